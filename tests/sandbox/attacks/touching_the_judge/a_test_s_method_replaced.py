"""Puts a function of its own in the place of a method of the test's object."""
# /// attack
# tests = [
#   "class Spy:\n    def __init__(self): self.told = []\n    def tell(self, x): self.told.append(x)\n    def was_told(self, x): return x in self.told\nspy = Spy()\nf(spy)\nassert spy.was_told(4)",
#   "class Spy:\n    @staticmethod\n    def calls(x): return False\nspy = Spy()\nf(spy)\nassert spy.calls(4)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def f(spy):
    for name in ("was_told", "calls"):
        try:
            setattr(spy, name, lambda *a: True)
        except Exception:
            pass
    return 5
