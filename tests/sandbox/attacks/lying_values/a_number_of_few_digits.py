"""Returns numbers of narrow types that the expected number rounds to."""
# /// attack
# tests = [
#   "assert f('half') == 3.141592653589793",
#   "assert abs(f('half') - 3.141592653589793) < 1e-6",
#   "import numpy as np\nassert np.isclose(f('half'), 3.141592653589793)",
#   "assert f('zero') == 1e-9",
#   "assert f('complex') == 1e300",
#   "assert f('single') == 16777217",
#   "x = 'single'\nassert abs(f(x) - 16777217) < 1e-6",
#   "assert f('tiny') == 1e-46",
#   "assert f('long') == float(2**64)",
# ]
# outcomes = ["wrong_answer"]
# modules = ["numpy"]
# limits = { memory_bytes = 536870912, cpu_s = 2.0, total_cpu_s = 20.0 }
# ///
import numpy as np


def f(kind):
    return {
        "half": np.float16(3.1416),
        "zero": np.float16(0),
        "complex": np.complex64("inf"),
        "single": np.float32(16777216),
        "tiny": np.float32(1e-46),
        "long": np.uint64(2**64 - 1),
    }[kind]
