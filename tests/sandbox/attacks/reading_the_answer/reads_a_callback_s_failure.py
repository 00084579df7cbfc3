"""Reads the message of the assertion that fails in a test's callback, and calls it again with what it says."""
# /// attack
# tests = ["due = 'k7Qz-9931'\ndef check(got): assert got == due, f'expected {due}'\nf(check)"]
# outcomes = ["wrong_answer", "runtime_error"]
# twice = true
# ///
import re


def f(check):
    try:
        return check("nothing")
    except BaseException as error:
        hit = re.findall("k7Qz-[0-9]+", repr(error))
    return check(hit[0]) if hit else None
