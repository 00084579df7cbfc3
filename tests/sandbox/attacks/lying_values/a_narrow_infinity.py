"""Returns float16 infinity: numpy casts the expected number to float16 too, where it is infinite as well."""
# /// attack
# tests = [
#   "assert f(1) == 100000",
#   "x = 1\nassert f(x) == 3628800",
#   "assert [f(1)] == [1234567]",
#   "assert f(1) >= 100000 and f(1) <= 100000",
#   "import numpy as np\nassert np.isclose(f(1), 100000)",
#   "import numpy as np\nassert np.allclose([f(1)], 100000)",
#   "import numpy as np\nassert (np.array([f(1)]) == 100000).all()",
#   "assert f(1) - 0 == 100000",
#   "assert f(1).round() == 100000",
#   "import numpy as np\nassert np.equal(f(1), 100000)",
# ]
# outcomes = ["wrong_answer"]
# modules = ["numpy"]
# limits = { memory_bytes = 536870912, cpu_s = 2.0, total_cpu_s = 20.0 }
# ///
import numpy as np


def f(x):
    return np.float16("inf")
