"""A script that looks for the expected output in its descriptors, files and objects."""
# /// attack
# outcomes = ["wrong_answer", "runtime_error", "time_limit"]
# twice = true
# io = [["", "k7Qz-9931"], ["x\n", "k7Qz-9931\n"]]
# limits = { cpu_s = 1.0 }
# prelude = "_search.py"
# ///
import fcntl, gc, os

texts = []
for fd in range(64):
    try:
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK)
        texts.append(os.read(fd, 65536))
    except OSError:
        pass
texts += [repr(o) for o in gc.get_objects() if type(o) in (list, dict, tuple) and len(o) < 9][:20000]
print(next(filter(None, map(found, texts)), "nothing"))
