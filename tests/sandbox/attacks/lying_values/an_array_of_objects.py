"""Returns arrays of objects that claim to equal everything, and durations without a unit, which equal any."""
# /// attack
# tests = [
#   "import numpy as np\nassert (f(CASE) == np.array([5, 6], dtype=object)).all()",
#   "import numpy as np\nassert np.array_equal(f(CASE), [5, 6])",
#   "import numpy as np\nassert (f(CASE) == 5).all()",
#   "import numpy as np\nassert f(CASE)[0] == 5",
#   "import numpy as np\nassert 5 in f(CASE)",
#   "import numpy as np\nassert (f(CASE) == np.array([7, 7], dtype='m8[D]')).all()",
#   "import numpy as np\nassert (f(CASE) == np.array([7, 7], dtype='m8[s]')).all()",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# modules = ["numpy"]
# cases = 4
# limits = { memory_bytes = 536870912, cpu_s = 2.0, total_cpu_s = 60.0 }
# ///
import numpy as np


class Yes:
    __eq__ = lambda *_: True
    __ne__ = lambda *_: False
    __hash__ = lambda self: hash(5)


class Seven(int):
    __eq__ = lambda *_: True
    __hash__ = int.__hash__


def f(case):
    return [
        lambda: np.array([Yes(), Yes()], dtype=object),
        lambda: np.array([Seven(7), Seven(7)], dtype=object),
        lambda: np.array([[Yes()], None], dtype=object),
        lambda: np.array([7, 7], dtype="m8"),
    ][case]()
