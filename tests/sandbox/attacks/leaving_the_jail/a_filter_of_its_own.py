"""Adds to its system-call filter, and asks for a listener of others'."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
def f():
    return (
        "kept"
        if all(call(317, op, flags, 0) in (-1, -38) for op in (0, 1, 2, 3) for flags in (0, 8))
        else "a filter"
    )
