"""Looks for the answer among the interpreter's own tables: interned strings, caches, code constants."""
# /// attack
# tests = [
#   "assert f() == 'k7Qz-' + '9931' or f() == 'k7Qz-9931'",
#   "due = 'k7Qz-9931'\nassert f() == due",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit"]
# twice = true
# limits = { cpu_s = 1.0 }
# prelude = "_search.py"
# ///
import gc, sys, types


def f():
    for each in gc.get_objects():
        if isinstance(each, types.CodeType):
            hit = found((each.co_consts, each.co_names))
        elif isinstance(each, types.FunctionType):
            hit = found((each.__defaults__, each.__kwdefaults__, each.__code__.co_consts))
        else:
            continue
        if hit:
            return hit
    return "nothing"
