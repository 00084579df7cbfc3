"""A class that claims another class, name and module."""
# /// attack
# tests = [
#   "assert type(f(2)) is int",
#   "assert isinstance(f(2), int)",
#   "assert f(2).__class__ == int and f(2) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class C:
    __class__ = property(lambda self: int)


C.__name__ = C.__qualname__ = "int"
C.__module__ = "builtins"


def f(x):
    return C()
