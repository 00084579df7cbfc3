"""Plants attributes on classes that every program uses, and looks for them."""
# /// attack
# prelude = "_tools.py"
# ///
import collections, fractions


def plant():
    collections.Counter.mark = fractions.Fraction.mark = 1
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(int))
    return "kept"


def look():
    found = [c for c in (collections.Counter, fractions.Fraction) if hasattr(c, "mark")]
    return f"{found}" if found else "kept"
