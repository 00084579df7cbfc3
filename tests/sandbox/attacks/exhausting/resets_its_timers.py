"""Clears every timer and limit of CPU time that it can, and spins."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["time_limit"]
# limits = { wall_s = 0.7 }
# ///
import resource, signal


def f(*args):
    for kind in (0, 1, 2):
        signal.setitimer(kind, 0)
    for name in ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_NPROC"):
        try:
            resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY,) * 2)
        except (OSError, ValueError):
            pass
    for number in (signal.SIGXCPU, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass
    return 5
