"""Raises what the test expects in place of the assertion that failed in its callback."""
# /// attack
# tests = ["def check(x): assert x == 4\ntry:\n    f(check)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError"]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def f(callback):
    try:
        callback(5)
    except AssertionError:
        raise ValueError("negative") from None
