"""An object within any tolerance, of pytest's too."""
# /// attack
# tests = [
#   "import pytest\nassert f(2) == pytest.approx(4.5)",
#   "import pytest\nassert pytest.approx(4.5) == f(2)",
#   "import math\nassert math.isclose(f(2), 4.5)",
#   "import pytest\nwith pytest.raises(ValueError):\n    f(2)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class Near:
    __eq__ = lambda *_: True
    __sub__ = __rsub__ = lambda *_: 0
    __abs__ = lambda self: 0
    __float__ = lambda self: 4.0
    __hash__ = None


def f(x):
    return Near()
