"""Raises an exception after another one was, from which it might have got a base: a test expects a ``KeyError``."""
# /// attack
# tests = [
#   "try:\n    fail('missing')\nexcept LookupError:\n    pass\nimport pytest\nwith pytest.raises(KeyError):\n    fail('plain')",
#   "try:\n    fail('both')\nexcept Exception:\n    pass\ntry:\n    fail('plain')\nexcept Other:\n    pass",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class Plain(Exception):
    pass


class Other(Exception):
    pass


class Missing(Plain, KeyError):
    pass


class Both(Plain, Other):
    pass


def fail(how):
    raise {"missing": Missing, "both": Both, "plain": Plain}[how](how)
