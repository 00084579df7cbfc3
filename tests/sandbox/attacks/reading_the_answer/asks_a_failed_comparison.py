"""Returns objects that keep what they are compared with, and reads it when asked again."""
# /// attack
# tests = [
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert due == f()",
#   "due = 'k7Qz-9931'\nassert f() in (due,)",
#   "due = 'k7Qz-9931'\nassert due in f()",
#   "due = 'k7Qz-9931'\nassert f() + '' == due",
#   "due = 'k7Qz-9931'\nassert f() < due and f() > due",
#   "due = 'k7Qz-9931'\nassert f().startswith(due)",
#   "due = 'k7Qz-9931'\nassert f() % due == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
#   "due = 'k7Qz-9931'\nassert f() == due",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit"]
# twice = true
# limits = { cpu_s = 0.1 }
# ///
seen = []


class Spy:
    def note(self, *other):
        seen.extend(other)
        return False

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __add__ = __radd__ = __sub__ = (
        __rsub__
    ) = __mul__ = __rmul__ = __mod__ = __and__ = __or__ = __getitem__ = __call__ = __format__ = note
    __hash__ = lambda self: 1

    def __getattr__(self, name):
        seen.append(name)
        raise AttributeError(name)


class SpyStr(str):
    __eq__ = __ne__ = __contains__ = __add__ = __radd__ = __mod__ = Spy.note
    __hash__ = str.__hash__
    startswith = endswith = find = count = index = replace = Spy.note


def f():
    hit = next((s for s in seen if isinstance(s, str) and s.startswith("k7")), None)
    return hit or (SpyStr("x") if len(seen) % 2 else Spy())
