"""An exception whose texts, attributes, methods, notes and causes claim to be what is expected."""
# /// attack
# tests = [
#   "try:\n    f(-1)\nexcept ValueError as e:\n    assert str(e) == 'negative'",
#   "try:\n    f(-1)\nexcept ValueError as e:\n    assert repr(e) == 'E(negative)'",
#   "try:\n    f(-1)\nexcept ValueError as e:\n    assert e.limit == 4 and e.reason() == 'negative'",
#   "try:\n    f(-1)\nexcept ValueError as e:\n    assert e.missing == 4",
#   "try:\n    f(-1)\nexcept ValueError as e:\n    assert e.__notes__ == ['seen']",
#   "try:\n    f(-1)\nexcept ValueError as e:\n    assert str(e.__cause__) == 'negative' and e.__cause__.args == ('negative',)",
#   "assert E.LIMIT == 4 and str(E.made()) == 'negative'",
#   "import pytest\nwith pytest.raises(ValueError, match='negative'):\n    f(-1)",
#   "import pytest\nwith pytest.raises(ValueError) as info:\n    f(-1)\nassert info.value == ValueError('negative')",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
class Meta(type):
    def __getattr__(cls, name):
        return me


class E(ValueError, metaclass=Meta):
    __eq__ = yes
    __hash__ = None

    def __str__(self):
        return lying(str)("x")

    def __repr__(self):
        return lying(str)("x")

    @property
    def limit(self):
        return me

    def __getattr__(self, name):
        return me


def f(x):
    error = E("x")
    error.__notes__ = [lying(str)("x"), me]
    cause = E(me)
    raise error from cause
