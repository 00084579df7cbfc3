"""Plants entries in caches of the library, and looks for them."""
# /// attack
# prelude = "_tools.py"
# ///
import linecache, re, struct


def plant():
    re.compile("mark[0-9]x")
    linecache.cache["mark"] = (1, None, ["mark"], "mark")
    struct.calcsize("77i")
    return "kept"


def look():
    found = [m for m in ("mark",) if m in linecache.cache] + [k for k in re._cache if "mark" in str(k)]
    return f"{found}" if found else "kept"
