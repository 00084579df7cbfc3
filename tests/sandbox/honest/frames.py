"""Frames, series and indexes of pandas, and its moments."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "a frame in and a frame out",
        """
import pandas as pd

def totals(df):
    return df.groupby("city", as_index=False)["sales"].sum()

def wide(df):
    return df.pivot_table(index="city", columns="year", values="sales", aggfunc="sum")

def summary(df):
    return df["sales"].describe()

def cleaned(df):
    return df.dropna().reset_index(drop=True)

def names(df):
    return df.columns
""",
        [
            "df = make()\nresult = totals(df)\nassert isinstance(result, pd.DataFrame) and list(result.columns) == ['city', 'sales']\nassert result.loc[result.city == 'Oslo', 'sales'].item() == 4.0",
            "pd.testing.assert_frame_equal(totals(make()), pd.DataFrame({'city': ['Bonn', 'Oslo'], 'sales': [2.0, 4.0]}))",
            "w = wide(make())\nassert w.index.name == 'city' and w.columns.name == 'year' and w.loc['Oslo', 2021] == 3.0\nassert w.shape == (2, 2)",
            "s = summary(make())\nassert isinstance(s, pd.Series) and s.name == 'sales' and s['count'] == 3 and s['max'] == 3.0",
            "assert cleaned(make()).isna().sum().sum() == 0 and len(cleaned(make())) == 3",
            "import numpy as np\nassert np.allclose(totals(make())['sales'], [2.0, 4.0]) and totals(make()).values.tolist() == [['Bonn', 2.0], ['Oslo', 4.0]]",
            "assert names(make()).tolist() == ['city', 'year', 'sales'] and 'city' in names(make())",
            "assert totals(make()).equals(make().groupby('city', as_index=False)['sales'].sum())",
            "import unittest\nunittest.TestCase().assertIsInstance(totals(make()), pd.DataFrame)",
        ],
        setup="""
import pandas as pd

def make():
    return pd.DataFrame({
        "city": ["Oslo", "Bonn", "Oslo", "Bonn"], "year": [2020, 2021, 2021, 2020], "sales": [1.0, 2.0, 3.0, None],
    })
""",
        mutations=[('["sales"].sum()', '["sales"].max()'), ("df.dropna()", "df.fillna(0)"), ("df.columns", "df.index")],
        frames=True,
    ),
    HonestProgram(
        "frames that a call changes",
        """
import pandas as pd

def add_total(df):
    df["total"] = df["a"] + df["b"]

def rename(df):
    df.rename(columns={"a": "x"}, inplace=True)
    df.sort_values("x", ascending=False, inplace=True)
    return df

def scale(series, by):
    series *= by

def clear(frames):
    for frame in frames.values():
        frame.drop(frame.index, inplace=True)
""",
        [
            "df = pd.DataFrame({'a': [1, 2], 'b': [3, 4]})\nadd_total(df)\nassert df['total'].tolist() == [4, 6] and list(df.columns) == ['a', 'b', 'total']",
            "df = pd.DataFrame({'a': [1, 2], 'b': ['u', 'v']})\nassert rename(df) is df and list(df.columns) == ['x', 'b'] and df.index.tolist() == [1, 0]",
            "s = pd.Series([1.0, 2.0], name='s')\nscale(s, 3)\nassert s.tolist() == [3.0, 6.0] and s.name == 's'",
            "frames = {'one': pd.DataFrame({'a': [1]}), 'two': pd.DataFrame({'a': [2, 3]})}\none = frames['one']\nclear(frames)\nassert one.empty and frames['one'] is one and list(one.columns) == ['a']",
        ],
        setup="import pandas as pd",
        mutations=[
            ('df["a"] + df["b"]', 'df["a"] - df["b"]'), ("ascending=False", "ascending=True"),
            ("series *= by", "series = series * by"), ("frame.drop(frame.index, inplace=True)", "pass"),
        ],
        frames=True,
    ),
    HonestProgram(
        "moments, durations and indexes of them",
        """
import pandas as pd
from datetime import datetime

def days(start, n):
    return pd.date_range(start, periods=n, freq="D")

def daily(series):
    return series.resample("D").sum()

def first(df):
    return df["when"].min()

def span(df):
    return df["when"].max() - df["when"].min()

def parsed(texts):
    return pd.to_datetime(pd.Series(texts), errors="coerce")

def local(text):
    return pd.Timestamp(text, tz="UTC").tz_convert("Europe/Paris")

def years(series):
    return series.dt.year
""",
        [
            "index = days('2024-02-28', 3)\nassert isinstance(index, pd.DatetimeIndex) and index[-1] == pd.Timestamp('2024-03-01') and index.freqstr == 'D'",
            "s = pd.Series([1, 2, 3], index=pd.to_datetime(['2024-01-01 01:00', '2024-01-01 02:00', '2024-01-02 00:00']))\npd.testing.assert_series_equal(daily(s), pd.Series([3, 3], index=pd.date_range('2024-01-01', periods=2)))",
            "df = pd.DataFrame({'when': pd.to_datetime(['2024-01-03', '2024-01-01'])})\nassert first(df) == datetime(2024, 1, 1) and isinstance(first(df), pd.Timestamp) and span(df) == pd.Timedelta(days=2)",
            "p = parsed(['2024-01-01', 'never'])\nassert p.isna().tolist() == [False, True] and p[1] is pd.NaT and p.dtype.kind == 'M'",
            "moment = local('2024-07-01 10:00')\nassert moment.hour == 12 and str(moment.tz) == 'Europe/Paris'",
            "assert years(parsed(['1999-12-31'])).tolist() == [1999]",
        ],
        setup="import pandas as pd\nfrom datetime import datetime",
        mutations=[('freq="D")', 'freq="2D")'), ('.resample("D").sum()', '.resample("D").max()'), ("dt.year", "dt.month")],
        frames=True,
    ),
    HonestProgram(
        "columns of every kind",
        """
import numpy as np
import pandas as pd

def table():
    return pd.DataFrame({
        "n": [1, 2, 3],
        "x": [0.5, np.nan, np.inf],
        "word": ["a", None, "c"],
        "cells": [[1, 2], {"k": 1}, (3,)],
        "kind": pd.Categorical(["u", "v", "u"], categories=["u", "v", "w"], ordered=True),
        "maybe": pd.array([1, None, 3], dtype="Int64"),
        "bin": pd.cut([1, 5, 9], [0, 4, 8, 12]),
        "zone": pd.date_range("2024-01-01", periods=3, tz="UTC"),
        "took": pd.to_timedelta([1, 2, 3], unit="h"),
        "month": pd.period_range("2024-01", periods=3, freq="M"),
        "yes": [True, False, True],
    })

def nested():
    return table().groupby(["kind", "yes"], observed=True).agg({"n": ["sum", "max"]})

def empty():
    return table().iloc[:0]

def counts():
    return table()["kind"].value_counts().to_dict(), table()["n"].unique(), table()["kind"].cat.categories

def twice():
    return pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"], index=[7, 7])
""",
        [
            "t = table()\nassert t['n'].sum() == 6 and np.isnan(t['x'][1]) and t['x'][2] == np.inf and t['word'].isna().tolist() == [False, True, False]",
            "t = table()\nassert t['cells'].tolist() == [[1, 2], {'k': 1}, (3,)] and t['kind'].max() == 'v' and t['kind'].cat.ordered",
            "t = table()\nassert t['maybe'].sum() == 4 and t['maybe'].isna().sum() == 1 and t['bin'][0] == pd.Interval(0, 4)",
            "t = table()\nassert str(t['zone'].dtype).endswith('UTC]') and t['took'].sum() == pd.Timedelta(hours=6) and t['month'][2] == pd.Period('2024-03')",
            "g = nested()\nassert g.columns.tolist() == [('n', 'sum'), ('n', 'max')] and g.index.names == ['kind', 'yes'] and g.loc[('u', True), ('n', 'sum')] == 4",
            "assert empty().empty and list(empty().columns)[:2] == ['n', 'x'] and len(empty()) == 0 and empty().shape == (0, 11)",
            "c, u, k = counts()\nassert c == {'u': 2, 'v': 1, 'w': 0} and u.tolist() == [1, 2, 3] and list(k) == ['u', 'v', 'w']",
            "assert twice()['a'].shape == (2, 2) and twice().loc[7].values.tolist() == [[1, 2], [3, 4]]",
            "assert (empty()['n'] == pd.Series([], dtype='int64')).all() and empty()[empty()['n'] > 1].empty",
            "assert (table()[table()['n'] > 9]['x'] == 1.0).all() and table()['n'].eq(3).any()",
        ],
        setup="import numpy as np\nimport pandas as pd",
        mutations=[('[1, 2, 3],\n        "x"', '[1, 2, 4],\n        "x"'), ('categories=["u", "v", "w"]', 'categories=["v", "u"]'), ("iloc[:0]", "iloc[:1]")],
        frames=True,
    ),
]  # fmt: skip
