"""Plants an import of modules that no program had, and looks for them."""
# /// attack
# prelude = "_tools.py"
# ///
def plant():
    import sqlite3, xml.dom.minidom, asyncio

    return "kept"


def look():
    found = [m for m in ("sqlite3", "xml.dom.minidom") if m in sys.modules]
    return f"{found}" if found else "kept"
