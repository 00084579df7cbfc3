"""Plants as many class names as the judge has room for; the next one's own must still be known."""
# /// attack
# tests = [
#   "assert f() == 'kept'",
#   "assert type(made()).__name__ == name()",
#   "x = many()\nassert len(x) > 2",
# ]
# prelude = "_tools.py"
# limits = { output_bytes = 1048576, memory_bytes = 268435456 }
# ///
class Named:
    pass


def name():
    return "Planter" if f is plant else "Looker"


def made():
    return type(name(), (), {})()


def many():
    return [type(f"{name()}{n}", (), {})() for n in range(1100 if f is plant else 3)]


def plant():
    pass
    return "kept"


def look():
    found = []
    return f"{found}" if found else "kept"
