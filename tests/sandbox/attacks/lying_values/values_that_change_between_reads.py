"""A property, an item and a text that are different at each look."""
# /// attack
# tests = [
#   "v = f(2)\nassert v.value == 4 and v.value == 4",
#   "v = f(2)\nassert [v[0], v[0]] == [4, 4]",
#   "v = f(2)\nassert str(v) == str(v)",
#   "v = f(2)\nassert len(v) == 4 == len(v)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import itertools


class Moving:
    n = itertools.count()

    @property
    def value(self):
        return next(self.n)

    def __getitem__(self, key):
        return next(self.n)

    def __str__(self):
        return str(next(self.n))

    def __len__(self):
        return next(self.n)


the = Moving()


def f(x):
    return the
