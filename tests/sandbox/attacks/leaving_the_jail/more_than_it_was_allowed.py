"""More than it was allowed."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import resource as r


def f():
    for name in dir(r):
        if name.startswith("RLIMIT_"):
            soft, hard = r.getrlimit(getattr(r, name))
            try:
                if hard != -1:
                    r.setrlimit(getattr(r, name), (hard + 1, hard + 1))
                    return name
            except (OSError, ValueError, OverflowError):  # the last for no limit at all, since Python 3.15
                pass
    return "kept"
