"""Returns objects of classes that bear the names of the language's own kinds, which a proxy might claim to be of."""
# /// attack
# tests = [
#   "import types\nassert isinstance(f('generator'), types.GeneratorType)",
#   "import types\nassert isinstance(f('mappingproxy'), types.MappingProxyType)",
#   "import types\nassert isinstance(f('function'), types.FunctionType)",
#   "import types\nassert isinstance(f('module'), types.ModuleType)",
#   "assert isinstance(f('property'), property)",
#   "assert isinstance(f('map'), map)",
#   "assert f('mappingproxy') == {'a': 4}",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
KINDS = {name: type(name, (), {}) for name in ["generator", "mappingproxy", "function", "module", "property", "map"]}


def f(name):
    return KINDS[name]()
