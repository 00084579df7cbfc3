"""System calls: shared segments, semaphores and message queues."""
# /// attack
# tests = [
#   "assert f('shmget') == 'kept'",
#   "assert f('semget') == 'kept'",
#   "assert f('msgget') == 'kept'",
#   "assert f('mq_open') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "shmget": (29, 1, 4096, 0o1777),
    "semget": (64, 1, 1, 0o1777),
    "msgget": (68, 1, 0o1777),
    "mq_open": (240, b"q", 0o100, 0o777, 0),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
