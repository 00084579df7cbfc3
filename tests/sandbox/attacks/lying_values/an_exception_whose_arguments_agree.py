"""An exception whose arguments agree."""
# /// attack
# tests = [
#   "try:\n    f(-1)\nexcept ValueError as e:\n    assert e.args == ('negative',)",
#   "try:\n    f(-1)\nexcept ValueError as e:\n    assert str(e) == 'negative'",
#   "try:\n    f(-1)\nexcept ValueError as e:\n    assert e.code == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
class E(ValueError):
    __eq__ = yes
    code = me

    def __str__(self):
        return lying(str)("x")


def f(x):
    raise E(me)
