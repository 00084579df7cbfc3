"""A subclass of numpy's array whose comparisons all hold."""
# /// attack
# tests = [
#   "import numpy as np\nassert (f(2) == np.array([4, 9])).all()",
#   "import numpy as np\nassert np.array_equal(f(2), [4, 9])",
#   "import numpy as np\nassert np.allclose(f(2), [4.0, 9.0])",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# modules = ["numpy"]
# limits = { memory_bytes = 536870912 }
# ///
import numpy


class A(numpy.ndarray):
    def __eq__(self, other):
        return numpy.array(True)

    def all(self, *a):
        return True

    def __array_ufunc__(self, *a, **k):
        return numpy.array(True)


def f(x):
    return numpy.zeros(2).view(A)
