"""An object that tells numpy an address, to have the judge read its own memory there."""
# /// attack
# tests = [
#   "import numpy as np\nassert np.allclose(f(2), np.array([1.5, 2.5]))",
#   "import numpy as np\nassert np.asarray(f(2)).dtype == np.float64",
#   "import numpy as np\nx = 3\nassert np.asarray(f(x)).shape == (2,)",
#   "import numpy as np\nassert np.array_equal(np.array([1.5, 2.5]), f(2))",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# modules = ["numpy"]
# limits = { memory_bytes = 536870912 }
# ///
import numpy

keep = numpy.array([7.0, 7.0])


class Anywhere:
    __array_interface__ = {"data": (keep.ctypes.data, False), "shape": (2,), "typestr": "<f8", "version": 3}


class Number(float):
    __array_interface__ = Anywhere.__array_interface__


def f(x):
    return Anywhere() if x == 2 else Number(7)
