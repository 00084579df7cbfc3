"""A class that bears the name of a builtin's kind, and yields nothing that is due."""
# /// attack
# tests = [
#   "import types\ng = f(2)\nassert isinstance(g, types.GeneratorType) and next(g) == 4",
#   "import itertools\nassert list(itertools.islice(f(2), 2)) == [0, 1]",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class generator:
    def __iter__(self):
        return self

    def __next__(self):
        return 7


def f(x):
    return generator()
