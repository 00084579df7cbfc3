"""A class whose metaclass answers comparisons, instance checks and calls."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "assert f(2) == int",
#   "assert isinstance(4, f(2))",
#   "assert 4 in [f(2)]",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class Meta(type):
    __eq__ = lambda *_: True
    __hash__ = lambda *_: 4
    __instancecheck__ = lambda *_: True
    __subclasscheck__ = lambda *_: True
    __call__ = lambda *_: 5
    __len__ = lambda *_: 4
    __contains__ = lambda *_: True


class Answer(metaclass=Meta):
    pass


def f(x):
    return Answer
