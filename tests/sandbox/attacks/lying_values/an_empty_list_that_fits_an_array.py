"""Returns an empty list where an array of one number is expected."""
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
# ]
# outcomes = ["wrong_answer"]
# modules = ["numpy"]
# limits = { memory_bytes = 536870912, cpu_s = 2.0, total_cpu_s = 20.0 }
# ///
def f(x):
    return []
