"""Numpy arrays and their numbers, in the scientific environment."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "arrays by value",
        """
import numpy as np

def normalise(a):
    return (a - a.mean(axis=0)) / a.std(axis=0)

def one_hot(labels, n):
    out = np.zeros((len(labels), n), dtype=int)
    out[np.arange(len(labels)), labels] = 1
    return out

def top(a, k):
    return np.argsort(-a)[:k]
""",
        [
            "import numpy as np\nassert np.allclose(normalise(np.array([[1.0, 10.0], [3.0, 30.0]])), [[-1, -1], [1, 1]])",
            "import numpy as np\nnp.testing.assert_array_equal(one_hot([0, 2], 3), [[1, 0, 0], [0, 0, 1]])",
            "import numpy as np\nassert top(np.array([5, 9, 7]), 2).tolist() == [1, 2] and one_hot([1], 2).dtype == int",
            "import numpy as np\nassert one_hot([], 2).shape == (0, 2) and isinstance(top(np.ones(3), 1), np.ndarray)",
        ],
        mutations=[("a.std(axis=0)", "a.std()"), ("np.argsort(-a)", "np.argsort(a)")],
        scientific=True,
    ),
    HonestProgram(
        "scalars, sums and kinds of numbers",
        """
import numpy as np

def distance(a, b):
    return np.linalg.norm(np.asarray(a) - np.asarray(b))

def accuracy(want, got):
    return np.mean(np.array(want) == np.array(got))

def largest(xs):
    return np.max(xs)

def summary(xs):
    xs = np.array(xs, dtype=float)
    return {"mean": xs.mean(), "n": xs.size, "any": (xs > 2).any()}
""",
        [
            "assert distance([0, 0], [3, 4]) == 5.0 and abs(distance((1, 1), (2, 2)) - 2 ** 0.5) < 1e-12",
            "assert accuracy([1, 0, 1, 1], [1, 1, 1, 1]) == 0.75",
            "import numpy as np\nassert largest([1, 5, 2]) == 5 and isinstance(largest([1]), np.integer) and largest([2.5]) == 2.5",
            "assert summary([1, 2, 3]) == {'mean': 2.0, 'n': 3, 'any': True}",
        ],
        mutations=[("np.mean(", "np.sum("), ("xs > 2", "xs > 3")],
        scientific=True,
    ),
    HonestProgram(
        "linear algebra",
        """
import numpy as np

def solve(a, b):
    return np.linalg.solve(np.array(a, dtype=float), np.array(b, dtype=float))

def fit(x, y):
    a = np.vstack([x, np.ones(len(x))]).T
    slope, intercept = np.linalg.lstsq(a, np.asarray(y), rcond=None)[0]
    return slope, intercept

def power(m, n):
    return np.linalg.matrix_power(m, n)
""",
        [
            "import numpy as np\nassert np.allclose(solve([[3, 1], [1, 2]], [9, 8]), [2, 3])",
            "import numpy as np\ntry:\n    solve([[1, 1], [1, 1]], [1, 2])\nexcept np.linalg.LinAlgError as error:\n    assert 'Singular' in str(error)\nelse:\n    assert False",
            "slope, intercept = fit([0, 1, 2], [1, 3, 5])\nassert round(slope, 6) == 2 and round(intercept, 6) == 1",
            "import numpy as np\nassert (power(np.array([[1, 1], [1, 0]]), 10) == np.array([[89, 55], [55, 34]])).all()",
        ],
        mutations=[
            ("np.linalg.matrix_power(m, n)", "m ** n"),
            ("return slope, intercept", "return intercept, slope"),
        ],
        scientific=True,
    ),
    HonestProgram(
        "a model with weights",
        """
import numpy as np

class Perceptron:
    def __init__(self, n, rate=1.0):
        self.weights, self.bias, self.rate = np.zeros(n), 0.0, rate

    def predict(self, x):
        return int(np.dot(self.weights, x) + self.bias > 0)

    def fit(self, xs, ys, epochs=10):
        for _ in range(epochs):
            for x, y in zip(np.asarray(xs, dtype=float), ys):
                error = y - self.predict(x)
                self.weights += self.rate * error * x
                self.bias += self.rate * error
        return self
""",
        [
            "m = Perceptron(2).fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])\nassert [m.predict(x) for x in ([0, 0], [0, 1], [1, 0], [1, 1])] == [0, 0, 0, 1]",
            "import numpy as np\nm = Perceptron(3)\nassert m.weights.shape == (3,) and (m.weights == 0).all() and m.predict(np.ones(3)) == 0",
            "m = Perceptron(1).fit([[1.0]], [1], epochs=1)\nassert m.weights.tolist() == [1.0] and m.bias == 1.0",
        ],
        mutations=[
            ("self.bias += self.rate * error", "self.bias = self.rate * error * 0"),
            ("y - self.predict(x)", "self.predict(x) - y"),
        ],
        scientific=True,
    ),
    HonestProgram(
        "arrays changed in place",
        """
import numpy as np

def normalize(a):
    a /= a.sum()

def scale_rows(rows):
    for row in rows:
        row *= 2

def order(a):
    a.sort()
    return a

def copied(a):
    b = a.copy()
    b[0] = 9
    return b

def mask(a, limit):
    a[a > limit] = limit

class Box:
    def __init__(self, a):
        self.a = a

    def fill(self, a, value):
        a.fill(value)
""",
        [
            "import numpy as np\na = np.array([1.0, 3.0])\nkept = a\nnormalize(a)\nassert kept is a and a.tolist() == [0.25, 0.75]",
            "import numpy as np\nrows = [np.arange(3), np.ones(2, dtype=np.float32)]\nscale_rows(rows)\nassert rows[0].tolist() == [0, 2, 4] and (rows[1] == 2).all() and rows[1].dtype == np.float32",
            "import numpy as np\na = np.array([3, 1, 2])\nassert order(a).tolist() == [1, 2, 3] and a.tolist() == [1, 2, 3] and order(a) is a",
            "import numpy as np\na = np.array([3, 1, 2])\nassert copied(a)[0] == 9 and a.tolist() == [3, 1, 2]",
            "import numpy as np\na = np.arange(12).reshape(3, 4)\nmask(a[1:, ::2], 5)\nassert a.tolist() == [[0, 1, 2, 3], [4, 5, 5, 7], [5, 9, 5, 11]]",
            "import numpy as np\na = np.zeros((2, 2), dtype='>i4')\nBox(a).fill(a, 7)\nassert a.tolist() == [[7, 7], [7, 7]]",
        ],
        mutations=[
            ("a /= a.sum()", "a = a / a.sum()"),
            ("row *= 2", "row = row * 2"),
            ("a.sort()", "a = np.sort(a)"),
            ("b = a.copy()", "b = a"),
            ("a[a > limit] = limit", "a[a > limit] = limit + 1"),
        ],
        scientific=True,
    ),
    HonestProgram(
        "arrays of dates and of plain data",
        """
import numpy as np

def days(start, n):
    return np.datetime64(start) + np.arange(n)

def gap(a, b):
    return np.datetime64(a) - np.datetime64(b)

def mixed(values):
    out = np.empty(len(values), dtype=object)
    for n, value in enumerate(values):
        out[n] = value
    return out

def fill(array):
    array[0] = [1, 2]
""",
        [
            "d = days('2024-02-28', 3)\nassert d.dtype == 'datetime64[D]' and d[2] == np.datetime64('2024-03-01') and len(d) == 3",
            "assert gap('2024-03-01', '2024-02-28') == np.timedelta64(2, 'D')",
            "m = mixed([1, 'a', None, [1, 2], (3,)])\nassert isinstance(m, np.ndarray) and m.dtype == object and m.tolist() == [1, 'a', None, [1, 2], (3,)]",
            "assert (mixed(['a', 'b']) == np.array(['a', 'b'], dtype=object)).all() and not (mixed([1, 2]) == np.array([1, 3], dtype=object)).all()",
            "a = np.array(['x', None], dtype=object)\nfill(a)\nassert a.tolist() == [[1, 2], None]",
        ],
        setup="import numpy as np",
        mutations=[
            ("np.arange(n)", "np.arange(1, n + 1)"),
            ("[1, 2]\n", "[2, 1]\n"),
            ("out[n] = value", "out[n - 1] = value"),
        ],
        scientific=True,
    ),
]
