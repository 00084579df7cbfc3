"""Returns the smallest 64-bit integer in an array: it is its own absolute value, so less than every tolerance."""
# /// attack
# tests = [
#   "import numpy as np\nassert (np.abs(f(1)) < 1e-6).all()",
#   "import numpy as np\nx = 1\nassert np.all(abs(f(x)) < 1e-6)",
#   "import numpy as np\nassert np.max(np.abs(f(1) - 0)) <= 1e-9",
#   "import numpy as np\nassert abs(f(1)[0]) < 1e-6",
#   "import numpy as np\nassert np.abs(f(1)).sum() < 1e-6",
# ]
# outcomes = ["wrong_answer"]
# modules = ["numpy"]
# limits = { memory_bytes = 536870912, cpu_s = 2.0, total_cpu_s = 20.0 }
# ///
import numpy as np


def f(x):
    return np.array([-(2**63)])
