"""System calls: rebooting, renaming, swapping, setting the clock, accounting, terminals and the kernel log."""
# /// attack
# tests = [
#   "assert f('reboot') == 'kept'",
#   "assert f('sethostname') == 'kept'",
#   "assert f('swapon') == 'kept'",
#   "assert f('settimeofday') == 'kept'",
#   "assert f('adjtimex') == 'kept'",
#   "assert f('acct') == 'kept'",
#   "assert f('vhangup') == 'kept'",
#   "assert f('syslog') == 'kept'",
#   "assert f('quotactl') == 'kept'",
#   "assert f('lookup_dcookie') == 'kept'",
# ]
# outcomes = ["passed"]
# prelude = "_call.py"
# ///
CALLS = {
    "reboot": (169, 0xFEE1DEAD, 672274793, 0, 0),
    "sethostname": (170, b"x", 1),
    "swapon": (167, b"/tmp", 0),
    "settimeofday": (164, 0, 0),
    "adjtimex": (159, 0),
    "acct": (163, 0),
    "vhangup": (153,),
    "syslog": (103, 3, 0, 0),
    "quotactl": (179, 0, 0, 0, 0),
    "lookup_dcookie": (212, 0, 0, 0),
}


def f(name):
    result = call(*CALLS[name])
    return "kept" if result in (-1, -38, -95) else str(result)
