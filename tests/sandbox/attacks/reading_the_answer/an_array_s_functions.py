"""Has numpy pass it the operands, by __array_ufunc__, __array_function__, __array_prepare__ and methods of the same names."""
# /// attack
# tests = [
#   "import numpy as np\nwant = np.array([7.5, 2])\nassert np.abs(np.subtract(f(1), want)).max() < 1e-6",
#   "import numpy as np\nassert np.concatenate([f(1), [7.5, 2]]).sum() == 19.0",
#   "import numpy as np\nassert np.allclose(f(1), [7.5, 2])",
#   "import numpy as np\nassert np.array_equal(f(1), np.array([7.5, 2]))",
#   "import numpy as np\nassert np.isclose(f(1), 7.5)",
#   "assert not g(1)[0], g(1)",
#   "assert f(1).tolist() == [7.5, 2.0]",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# modules = ["numpy"]
# limits = { memory_bytes = 536870912, cpu_s = 2.0, total_cpu_s = 20.0 }
# ///
import numpy as np

seen = []


class Y:
    __array_priority__ = 1e9

    def __array__(self, dtype=None, copy=None):
        return np.zeros(2)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        seen.append(inputs)
        return np.zeros(2)

    def __array_function__(self, function, types, args, kwargs):
        seen.append(args)
        return True

    def __array_prepare__(self, array, context=None):
        seen.append(array)
        return array

    __array_finalize__ = __array_prepare__


def f(*_):
    return seen[-1][-1] if seen else Y()


def g(x):
    return (not seen, seen)
