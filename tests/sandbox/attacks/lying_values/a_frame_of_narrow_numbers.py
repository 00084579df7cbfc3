"""Returns columns of numbers that equal others: narrow infinities, and integers that are their own absolute value."""
# /// attack
# tests = [
#   "import pandas as pd\nassert (f(CASE) == 100000).all()",
#   "import pandas as pd\nassert (f(CASE)['a'] == 1e300).all()",
#   "import numpy as np\nimport pandas as pd\nassert np.allclose(f(CASE)['a'], 1e300)",
#   "import pandas as pd\nassert (f(CASE)['a'].abs() < 1e-6).all()",
#   "import pandas as pd\nassert ((f(CASE)['a'] - 0).abs() < 1e-6).all()",
#   "import pandas as pd\nassert abs(f(CASE)['a'][0]) < 1e-6",
#   "import numpy as np\nimport pandas as pd\nassert (np.abs(f(CASE)['a'].values) < 1e-6).all()",
#   "import pandas as pd\nassert (f(CASE).abs() < 1).all().all()",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# modules = ["pandas"]
# cases = 7
# limits = { memory_bytes = 536870912, cpu_s = 3.0, total_cpu_s = 60.0 }
# ///
import numpy as np
import pandas as pd

COLUMNS = [
    np.array(["inf"], dtype="float16"),
    np.array(["inf"], dtype="float32"),
    np.array([-128], dtype="int8"),
    np.array([-(2**15)], dtype="int16"),
    np.array([-(2**31)], dtype="int32"),
    np.array([-(2**63)], dtype="int64"),
    pd.array([-(2**63)], dtype="Int64"),
]


def f(case):
    return pd.DataFrame({"a": COLUMNS[case]})
