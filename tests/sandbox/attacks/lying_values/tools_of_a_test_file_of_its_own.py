"""Defines pytest, its helpers and unittest's where a test uses them without importing them."""
# /// attack
# tests = [
#   "assert f(2) == pytest.approx(0.5)",
#   "assert f(2) == approx(0.5)",
#   "x = 2\nassert approx(0.5) == f(x)",
#   "with raises(ValueError):\n    f(2)",
#   "with pytest.raises(ValueError):\n    f(2)",
#   "class T(TestCase):\n    def runTest(self):\n        self.assertEqual(f(2), 0.5)\nT().debug()",
#   "m = mock.Mock(return_value=0.5)\nassert f(2) == m()",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
told = []


def approx(x):
    told.append(x)
    return x


class raises:
    def __init__(self, *a):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *a):
        return True


class pytest:
    approx = staticmethod(approx)
    raises = raises


class TestCase:
    def debug(self):
        pass


class mock:
    class Mock:
        def __init__(self, **k):
            pass

        def __call__(self):
            return 1


def f(x):
    return told[-1] if told else 1
