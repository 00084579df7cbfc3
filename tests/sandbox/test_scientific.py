"""The scientific environment has numpy beside the standard library; arrays and numbers cross by value."""

import pytest

from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.conftest import FIRST_SLOT
from tests.sandbox.judging import holds, is_still_fair, outcome

pytest.importorskip("numpy", reason="install the 'scientific' extra")
ROOM = {"memory_bytes": 512 * 2**20, "cpu_s": 2.0, "total_cpu_s": 10.0}


def test_arrays_and_scalars_cross_by_value(scientific):
    program = """
import numpy as np
def ramp(n): return np.arange(n, dtype=float)
def total(a): return a.sum()
def scale(a, by): return a * by
def double(a): a *= 2
def kinds(): return [np.float32(0.5), np.int64(3), np.bool_(True), np.array([[1, 2], [3, 4]]), np.array(["a"]), np.array(5)]
def mean(xs): return np.mean(xs)
"""
    holds(
        scientific,
        program,
        "assert (ramp(3) == np.array([0.0, 1.0, 2.0])).all()",
        "assert total(np.ones((2, 3))) == 6",
        "assert np.allclose(scale(np.array([1, 2]), 1.5), [1.5, 3.0])",
        "import numpy\nassert isinstance(ramp(2), numpy.ndarray) and ramp(2).dtype == float",
        "assert mean([1, 2, 3]) == 2.0 and np.isclose(mean([0.1, 0.2]), 0.15)",
        "k = kinds()\nassert k[0] == 0.5 and k[0].dtype == np.float32 and k[1] == 3 and k[2] and k[3].shape == (2, 2) and k[3].T[0, 1] == 3",
        "np.testing.assert_array_equal(scale(ramp(3), 2), [0, 2, 4])",
        "from numpy import array_equal\nassert array_equal(ramp(2), [0, 1])",
        **ROOM,
    )


def test_wrong_arrays_fail(scientific):
    program = "import numpy as np\ndef f(): return np.array([1.0, 2.0])\nclass A(np.ndarray):\n    def __eq__(self, o): return np.array([True])\ndef g(): return np.zeros(2).view(A)"
    assert outcome(scientific, program, "assert np.allclose(f(), [1, 3])", **ROOM) == "wrong_answer"
    assert outcome(scientific, program, "assert (g() == np.array([1, 2])).all()", **ROOM) in {
        "wrong_answer",
        "runtime_error",
    }
    is_still_fair(scientific)


def test_random_numbers_are_the_same_each_time(scientific):
    program = "import numpy as np\ndef f(): return float(np.random.rand())"
    holds(scientific, program, "a = f()\nassert 0 <= a < 1 and a == 0.5488135039273248", **ROOM)


def test_the_base_environment_has_no_numpy(jail):
    assert outcome(jail, "import numpy\ndef f(): return 1", "assert f() == 1") == "runtime_error"


def test_an_environment_that_is_not_installed_says_what_to_do():
    sandbox = open_sandbox(
        BackendName.NSJAIL, EnvironmentSpec("odd", modules=("no_such_module",)), slot=FIRST_SLOT + 7
    )
    with pytest.raises(SandboxUnavailable, match="'no_such_module' is not installed; install it"):
        sandbox.start()
