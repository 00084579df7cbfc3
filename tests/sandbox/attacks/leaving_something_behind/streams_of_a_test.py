"""Prints into what its test replaced and never put back, which the next program's test must find as it was."""
# /// attack
# tests = [
#   "import builtins, io, sys\nassert sys.stdout is sys.__stdout__ and sys.stdin is sys.__stdin__\nsys.stdout = io.StringIO()\nsys.stdin = io.StringIO('4\\n')\nassert f() == 'kept'\nassert sys.stdout.getvalue() == f.__name__ + '\\n'",
#   "import builtins\nassert builtins.input.__module__ == 'builtins'\nbuiltins.input = lambda *a: 'planted'\nassert f() == 'kept'",
# ]
# prelude = "_tools.py"
# ///


def plant():
    print("plant")
    return "kept"


def look():
    print("look")
    return "kept"
