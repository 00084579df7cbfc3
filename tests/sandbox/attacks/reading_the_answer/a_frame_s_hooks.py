"""Hopes to be called, with what the test expects, by pandas or numpy: hooks of frames, names, cells and arrays."""
# /// attack
# tests = [
#   "import pandas as pd\nassert (f(CASE) == 81).all()",
#   "import pandas as pd\nassert (f(CASE) - 81 == 0).all()",
#   "import pandas as pd\nassert (81 == f(CASE)).all()",
#   "import numpy as np\nimport pandas as pd\nassert np.equal(f(CASE), 81).all()",
#   "import pandas as pd\nassert (pd.Series([81]) == f(CASE)).all()",
#   "import pandas as pd\npd.testing.assert_series_equal(f(CASE), pd.Series([81]))",
#   "import pandas as pd\nassert f(CASE).iloc[0] == 81",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# modules = ["pandas"]
# cases = 4
# limits = { memory_bytes = 536870912, cpu_s = 3.0, total_cpu_s = 60.0 }
# ///
import numpy as np
import pandas as pd

SEEN = []


class Cell:
    def __eq__(self, other):
        SEEN.append(other)
        return True

    def __sub__(self, other):
        SEEN.append(other)
        return 0

    __rsub__ = __sub__
    __hash__ = object.__hash__
    __array_ufunc__ = lambda self, *rest, **named: SEEN.append(rest) or np.array([True])
    __array_function__ = __array_ufunc__
    __array__ = lambda self, *rest, **named: np.array([SEEN[-1] if SEEN else 5])


class Column(pd.Series):
    _metadata = ["seen"]

    def _cmp_method(self, other, op):
        SEEN.append(other)
        return pd.Series([True])

    _arith_method = _cmp_method

    def __array_ufunc__(self, *rest, **named):
        SEEN.append(rest)
        return np.array([True])

    def __finalize__(self, other, method=None, **named):
        SEEN.append(other)
        return self


@pd.api.extensions.register_series_accessor("watch")
class Watch:
    def __init__(self, series):
        SEEN.append(series)


def learned():
    for value in SEEN:
        if isinstance(value, (int, np.integer)):
            return pd.Series([int(value)])
    return pd.Series([5])


def with_attrs():
    series = learned()
    series.attrs["cell"] = Cell()
    series.name = "x"
    return series


def f(case):
    if SEEN:
        return learned()
    return [lambda: pd.Series([Cell()]), lambda: Column([5]), with_attrs, lambda: Cell()][case]()
