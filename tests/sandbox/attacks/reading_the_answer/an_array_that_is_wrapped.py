"""Has numpy pass it the results of the test's calculation, by __array_wrap__."""
# /// attack
# tests = [
#   "import numpy as np\nwant = np.array([7.5, 2])\nassert np.abs(f(1) - want).max() < 1e-6",
#   "import numpy as np\nwant = np.array([7.5, 2])\nassert np.abs(want - f(1)).max() < 1e-6",
#   "import numpy as np\nwant = np.array([7.5, 2])\nassert np.array_equal(f(1), want)",
#   "import numpy as np\nwant = np.array([7.5, 2])\nassert np.sum((f(1) - want) ** 2) < 1e-9",
#   "import numpy as np\nassert np.equal(f(1), [3, 4]).all()",
#   "import numpy as np\nassert np.mean(np.abs(f(1) - np.array([7.5, 2]))) < 1e-6",
#   "assert f(1).tolist() == [7.5, 2.0]",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# modules = ["numpy"]
# limits = { memory_bytes = 536870912, cpu_s = 2.0, total_cpu_s = 20.0 }
# ///
import numpy as np

want = None


class Y:
    __array_priority__ = 1e9

    def __array__(self, dtype=None, copy=None):
        return np.zeros(())

    def __array_wrap__(self, arr, context=None, return_scalar=False):
        global want
        want = -np.asarray(arr)
        return np.zeros_like(arr)


def f(*_):
    return Y() if want is None else want
