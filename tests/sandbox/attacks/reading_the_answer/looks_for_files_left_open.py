"""Looks for the answer in the files of its scratch, deleted files and everything it may open."""
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
import os


def f():
    texts = []
    for top in ("/tmp", "/dev", "/acecoder/guest", "/run", "/var", "/etc", "/home", "/root", "/mnt"):
        for folder, _, names in os.walk(top):
            for name in names[:200]:
                path = os.path.join(folder, name)
                if path.endswith((".py", ".txt", ".json", ".sock", ".log")) or "/tmp" in path:
                    try:
                        texts.append(open(path, "rb").read(1 << 16))
                    except OSError:
                        pass
    return next(filter(None, map(found, texts)), "nothing")
