"""Returns integers whose absolute value or successor wraps around."""
# /// attack
# tests = [
#   "assert abs(f('byte')) < 1e-6",
#   "assert abs(f('byte') - 0) < 1",
#   "assert abs(f('long')) < 1e-6",
#   "assert f('unsigned') + 1 == 0",
#   "import numpy as np\nassert np.abs(f('byte')) < 1",
#   "import numpy as np\nassert np.all(np.abs(f('array')) < 1e-6)",
#   "import numpy as np\nassert np.abs(f('array')).max() < 1",
#   "x = 'long'\nassert -f(x) < 0",
# ]
# outcomes = ["wrong_answer"]
# modules = ["numpy"]
# limits = { memory_bytes = 536870912, cpu_s = 2.0, total_cpu_s = 20.0 }
# ///
import numpy as np


def f(kind):
    return {
        "byte": np.int8(-128),
        "long": np.int64(-(2**63)),
        "unsigned": np.uint64(2**64 - 1),
        "array": np.full(3, -128, dtype=np.int8),
    }[kind]
