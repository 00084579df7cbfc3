"""System calls: numbers of the old ABI, and numbers that are not assigned."""
# /// attack
# tests = [
#   "assert f('a number of the old ABI') == 'kept'",
#   "assert f('a number not assigned') == 'kept'",
#   "assert f('a negative number') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "a number of the old ABI": (1073741863,),
    "a number not assigned": (9999,),
    "a negative number": (-1,),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
