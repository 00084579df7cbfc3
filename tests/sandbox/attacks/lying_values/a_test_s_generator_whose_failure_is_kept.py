"""Draws from a test's generator, and calls its failed assertion the end."""
# /// attack
# tests = ["def items():\n    yield 1\n    assert False, 'drawn too far'\nassert f(items()) == [1]"]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def f(items):
    got = []
    try:
        for item in items:
            got.append(item)
    except AssertionError:
        pass
    return got
