"""Uses functions of the library that the test passes to look into the test's objects."""
# /// attack
# tests = [
#   "import operator\ndef target(x):\n    return x + 4242\nassert f(operator.attrgetter, target) == 1",
#   "import operator\ndef target(x):\n    return x + 4242\nassert f(operator.attrgetter('__code__.co_consts'), target) == 1",
#   "def target(x):\n    return x + 4242\nassert g(getattr, target) == 1",
#   "def target(x):\n    return x + 4242\nassert h(str.format, target) == 1",
#   "def target(x):\n    return x + 4242\nassert f(vars, target) == 1",
#   "import inspect\ndef target(x):\n    return x + 4242\nassert f(inspect.getsource, target) == 1",
#   "from functools import partial\ndef target(x):\n    return x + 4242\nassert f(partial(getattr, target), '__globals__') == 1",
#   "assert look(eval) == 1",
#   "import sys\nassert f(sys._getframe, 1) == 1",
#   "assert f(globals().get, '__builtins__') == 1",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
def f(tool, target):
    found = tool(target)
    return 1 if "4242" in repr(found) or "tests" in repr(found) else 0


def g(tool, target):
    return 1 if "4242" in repr(tool(tool(target, "__code__"), "co_consts")) else 0


def h(tool, target):
    return 1 if "4242" in tool("{0.__code__.co_consts}", target) else 0


def look(tool):
    text = "[g for m in __import__('gc').get_objects() if type(m) is dict and m.get('__name__') == 'tests' for g in m]"
    return 1 if tool(text) else 0
