"""Plants a recursion limit, a switch interval and a limit of digits, and looks for them."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    sys.setrecursionlimit(2000)
    sys.setswitchinterval(1.0)
    sys.set_int_max_str_digits(5000)
    return "kept"


def look():
    found = [
        v
        for v in (
            sys.getrecursionlimit() == 2000,
            sys.getswitchinterval() == 1.0,
            sys.get_int_max_str_digits() == 5000,
        )
        if v
    ]
    return f"{found}" if found else "kept"
