"""A generator that appends to the list it is drawn from."""
# /// attack
# tests = [
#   "import itertools\nassert list(itertools.islice(f(2), 9)) == [4, 9]",
#   "assert f(2) == [0, 1]",
#   "it = f(2)\nassert next(it) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def f(x):
    got = [0]

    def grow():
        for item in got:
            got.append(item + 1)
            yield item

    return grow()
