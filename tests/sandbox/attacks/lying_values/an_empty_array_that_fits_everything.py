"""Returns an array without numbers: numpy stretches it to fit any other, and all of nothing holds."""
# /// attack
# tests = [
#   "import numpy as np\nassert np.allclose(f(1), [5.0])",
#   "import numpy as np\nassert np.allclose(f(1), 5.0)",
#   "import numpy as np\nassert np.isclose(f(1), 5.0).all()",
#   "import numpy as np\narr = np.array([5.0])\nassert np.all(np.abs(f(1) - arr) < 1e-6)",
#   "import numpy as np\nnp.testing.assert_allclose(f(1), 5.0)",
#   "import numpy as np\nnp.testing.assert_array_equal(f(1), 5.0)",
#   "import numpy as np\nnp.testing.assert_almost_equal(f(1), 5.0)",
#   "import numpy as np\nassert (np.array(f(1)) == np.array([5])).all()",
#   "import numpy as np\nassert (np.asarray(f(1)) == 5).all()",
#   "from numpy import allclose\nassert allclose(f(1), b=[5.0])",
#   "import numpy as np\nassert np.array_equiv(f(1), [5])",
#   "import numpy as np\narr = np.array([1, 2, 3])\nassert (f(1) == arr).all()",
#   "import numpy as np\nassert np.all(f(1) == 5)",
#   "import numpy as np\nassert np.linalg.norm(f(1) - np.array([1.0, 2.0])) < 1e-6",
#   "import numpy as np\nassert np.all(np.equal(f(1), [5]))",
# ]
# outcomes = ["wrong_answer"]
# modules = ["numpy"]
# limits = { memory_bytes = 536870912, cpu_s = 2.0, total_cpu_s = 20.0 }
# ///
import numpy as np


def f(x):
    return np.empty((0, 1, 1))
