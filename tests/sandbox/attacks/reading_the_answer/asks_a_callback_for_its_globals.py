"""Asks a callback for its globals."""
# /// attack
# tests = [
#   "due = 'k7Qz-9931'\nassert due in f(lambda x: due)",
#   "due = 'k7Qz-9931'\nassert due in f((due for _ in [1]))",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# twice = true
# ///
def f(g):
    for name in (
        "__globals__",
        "__code__",
        "__closure__",
        "__self__",
        "__class__",
        "__dict__",
        "gi_frame",
        "f_globals",
    ):
        try:
            return repr(getattr(g, name))
        except AttributeError:
            pass
    return "nothing"
