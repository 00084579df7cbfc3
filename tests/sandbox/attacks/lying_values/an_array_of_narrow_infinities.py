"""Returns an array of float16 infinities, which equal any large number."""
# /// attack
# tests = [
#   "assert (f(1) == 100000).all()",
#   "import numpy as np\nassert np.allclose(f(1), 100000)",
#   "assert f(1)[0] == 100000",
#   "assert f(1).max() == 100000",
#   "assert all(v == 100000 for v in f(1))",
#   "import numpy as np\nassert (np.asarray(f(1)) == 100000).all()",
#   "assert f(1).mean() == 100000",
#   "assert (f(1) + 0 == 100000).all()",
#   "import numpy as np\nassert (np.concatenate([f(1)]) == 100000).all()",
# ]
# outcomes = ["wrong_answer"]
# modules = ["numpy"]
# limits = { memory_bytes = 536870912, cpu_s = 2.0, total_cpu_s = 20.0 }
# ///
import numpy as np


def f(x):
    return np.full(3, np.inf, dtype=np.float16)
