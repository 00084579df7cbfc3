"""Asks a test's object for its insides."""
# /// attack
# tests = [
#   "class Box:\n    _due = 'k7Qz-9931'\n    def show(self): return 1\nassert 'k7Qz' in f(Box())",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
def f(o):
    got = []
    for name in ("__class__", "__dict__", "__init__", "_due", "__init_subclass__"):
        try:
            got.append(repr(getattr(o, name)))
        except AttributeError:
            pass
    try:
        o.show.__globals__
    except AttributeError:
        pass
    return " ".join(got)
