"""Plants a precision and traps of decimal numbers, and looks for them."""
# /// attack
# prelude = "_tools.py"
# ///
import decimal


def plant():
    decimal.getcontext().prec = 3
    decimal.DefaultContext.prec = 3
    return "kept"


def look():
    found = [decimal.getcontext().prec] if decimal.getcontext().prec != 28 else []
    return f"{found}" if found else "kept"
