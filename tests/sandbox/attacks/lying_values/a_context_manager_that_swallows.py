"""A manager that keeps the failed assertion of the test inside it to itself."""
# /// attack
# tests = [
#   "with f(2) as x:\n    assert x == 4",
#   "with f(2) as x:\n    assert x == 4, f'due 4, got {x}'",
#   "import contextlib\nwith contextlib.ExitStack() as stack:\n    assert stack.enter_context(f(2)) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class Manager:
    def __enter__(self):
        return 7

    def __exit__(self, *error):
        return True


def f(x):
    return Manager()
