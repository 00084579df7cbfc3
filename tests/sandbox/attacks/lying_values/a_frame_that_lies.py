"""Returns frames of classes of its own, and objects in columns, names and indexes, that claim to equal everything."""
# /// attack
# tests = [
#   "import pandas as pd\nassert (f(CASE) == 5).all().all()",
#   "import pandas as pd\npd.testing.assert_frame_equal(f(CASE), pd.DataFrame({'a': [5]}))",
#   "import pandas as pd\npd.testing.assert_frame_equal(pd.DataFrame({'a': [5]}), f(CASE), check_dtype=False)",
#   "import pandas as pd\nassert (f(CASE)['a'] == 5).all()",
#   "import pandas as pd\nassert f(CASE)['a'][0] == 5",
#   "import pandas as pd\nassert f(CASE).loc[0, 'a'] == 5",
#   "import pandas as pd\nassert 5 in f(CASE)['a'].values",
#   "import numpy as np\nimport pandas as pd\nassert np.array_equal(f(CASE)['a'], [5])",
#   "import pandas as pd\nassert f(CASE).to_dict() == {'a': {0: 5}}",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# modules = ["pandas"]
# cases = 7
# limits = { memory_bytes = 536870912, cpu_s = 3.0, total_cpu_s = 90.0 }
# ///
import pandas as pd


class Yes:
    __eq__ = lambda *_: True
    __ne__ = lambda *_: False
    __hash__ = lambda self: hash(5)


class Five(int):
    __eq__ = lambda *_: True
    __hash__ = int.__hash__


class Frame(pd.DataFrame):
    __eq__ = lambda self, other: pd.DataFrame({"a": [True]})
    __getitem__ = lambda self, name: self
    all = lambda *_: True

    @property
    def _constructor(self):
        return Frame


class Column(pd.Series):
    __eq__ = lambda *_: pd.Series([True])


def patched():
    pd.DataFrame.__eq__ = lambda *_: pd.DataFrame({"a": [True]})
    frame = pd.DataFrame({"a": [6]})
    frame.attrs["expected"] = Yes()
    return frame


MAKERS = [
    lambda: pd.DataFrame({"a": [Yes()]}),
    lambda: pd.DataFrame({"a": pd.Series([Five(7)], dtype=object)}),
    lambda: Frame({"a": [6]}),
    lambda: Column([6], name="a"),
    patched,
    lambda: pd.DataFrame({"a": [6]}, index=pd.Index([Yes()], dtype=object)),
    lambda: pd.DataFrame([[6]], columns=pd.Index([Yes()], dtype=object)),
]


def f(case):
    return MAKERS[case]()
