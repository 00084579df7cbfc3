"""A manager that reads what its test's failed assertion says, and answers with it next time."""
# /// attack
# tests = [
#   "due = 'k7Qz-9931'\nwith f() as got:\n    assert got == due, f'expected {due}'",
#   "due = 'k7Qz-9931'\nwith f() as got:\n    assert got == due",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# twice = true
# ///
import re

seen = []


class Manager:
    def __enter__(self):
        return seen[-1] if seen else "nothing"

    def __exit__(self, kind, error, trace):
        seen.extend(re.findall("k7Qz-[0-9]+", repr(error) + str(error) + repr(getattr(error, "args", ""))))


def f():
    return Manager()
