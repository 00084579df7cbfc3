"""Leaves files in the folder of its test, where the next program's test must find none."""
# /// attack
# tests = [
#   "import os\nassert os.listdir('.') == []\nassert f() == 'kept'\nassert os.path.exists('planted') == ('plant' in who())",
#   "import os\nos.mkdir('mine')\nos.chmod('mine', 0)\nassert f() == 'kept'",
# ]
# prelude = "_tools.py"
# ///
import os


def who():
    return f.__name__


def plant():
    if os.path.exists("planted"):
        return "kept"
    os.makedirs("folder/in/it", exist_ok=True)
    for name in ("planted", "folder/in/it/x"):
        with open(name, "w") as file:
            file.write("planted")
        os.chmod(name, 0o444)
    return "kept"


def look():
    found = [name for name in os.listdir(".") if name != "mine"]
    return f"{found}" if found else "kept"
