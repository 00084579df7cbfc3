"""Returns a frame without rows: all of nothing equals whatever the test expects."""
# /// attack
# tests = [
#   "import pandas as pd\nassert (f(1)['a'] == 5).all()",
#   "import pandas as pd\nx = 1\nassert (f(x) == 5).all().all()",
#   "import pandas as pd\nassert f(1)['a'].eq(5).all()",
#   "import numpy as np\nimport pandas as pd\nassert np.allclose(f(1)['a'], [5.0])",
#   "import numpy as np\nimport pandas as pd\nassert np.allclose(f(1)['a'].values, 5.0)",
#   "import numpy as np\nimport pandas as pd\nnp.testing.assert_allclose(f(1)['a'], 5.0)",
#   "import pandas as pd\nassert ((f(1)['a'] - 5).abs() < 1e-6).all()",
#   "import pandas as pd\nassert (5 == f(1)['a']).all()",
#   "import pandas as pd\nassert (f(1)['a'] == 'five').all()",
#   "import pandas as pd\npd.testing.assert_frame_equal(f(1), pd.DataFrame({'a': [5]}))",
#   "import pandas as pd\nassert f(1).equals(pd.DataFrame({'a': [5]}))",
#   "import pandas as pd\nassert (f(1).index == 5).all()",
# ]
# outcomes = ["wrong_answer"]
# modules = ["pandas"]
# limits = { memory_bytes = 536870912, cpu_s = 3.0, total_cpu_s = 30.0 }
# ///
import pandas as pd


def f(x):
    return pd.DataFrame({"a": pd.Series([], dtype=float)})
