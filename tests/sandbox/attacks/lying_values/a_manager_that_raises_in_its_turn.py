"""A manager that answers the test's failed assertion with the exception that the test expects."""
# /// attack
# tests = ["try:\n    with f(2) as x:\n        assert x == 4\nexcept ValueError:\n    pass"]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class Manager:
    def __enter__(self):
        return 7

    def __exit__(self, *error):
        raise ValueError


def f(x):
    return Manager()
