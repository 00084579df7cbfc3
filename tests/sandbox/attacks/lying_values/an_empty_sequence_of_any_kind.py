"""Returns an empty sequence, which numpy stretches to fit a number or an array of one: all of nothing holds."""
# /// attack
# tests = [
#   "import numpy as np\nassert np.allclose(f(CASE), [5.0])",
#   "import numpy as np\nassert np.allclose(f(CASE), 5.0)",
#   "import numpy as np\nassert np.isclose(f(CASE), 5.0).all()",
#   "import numpy as np\nassert (f(CASE) == np.array([5.0])).all()",
#   "import numpy as np\nassert (np.array([5.0]) == f(CASE)).all()",
#   "import numpy as np\nassert np.all(np.array(f(CASE)) == 5.0)",
#   "import numpy as np\nassert not np.any(f(CASE) - np.array([5.0]))",
#   "import numpy as np\nnp.testing.assert_allclose(f(CASE), 5.0)",
#   "import numpy as np\nassert np.allclose(f(CASE), [[5.0]])",
# ]
# cases = 12
# outcomes = ["wrong_answer", "runtime_error"]
# modules = ["numpy"]
# ///
from array import array
from collections import ChainMap, UserList, deque


class Bag(list):
    pass


class Own:
    def __len__(self):
        return 0

    def __iter__(self):
        return iter([])

    def __getitem__(self, index):
        raise IndexError


class Changing(Own):
    asked = 0

    def __len__(self):
        self.asked += 1
        return 1 if self.asked == 1 else 0


KINDS = [
    range(0),
    deque(),
    array("d"),
    memoryview(b""),
    bytearray(),
    Bag(),
    UserList(),
    Own(),
    Changing(),
    ChainMap(),
    [Own()],
    [range(0)],
]


def f(case):
    return KINDS[case]
