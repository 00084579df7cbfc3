"""Plants a time zone, a locale and warnings that raise, and looks for them."""
# /// attack
# prelude = "_tools.py"
# ///
import locale, warnings


def plant():
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    warnings.simplefilter("error")
    locale.setlocale(locale.LC_ALL, "C")
    return "kept"


def look():
    found = [v for v in (time.timezone, any(f[0] == "error" for f in warnings.filters)) if v]
    return f"{found}" if found else "kept"
