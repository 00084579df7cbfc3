"""Raises the judge's own exceptions, and what ends its loops, from modules it has loaded."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 10
# ///
NAMES = [
    "guest.checker.candidate_process:CandidateLost",
    "guest.wire.codec:WireError",
    "guest.wire.channel:ChannelClosed",
    "socket:timeout",
    "asyncio.exceptions:CancelledError",
    "concurrent.futures._base:CancelledError",
    "builtins:StopAsyncIteration",
    "json.decoder:JSONDecodeError",
    "unittest.case:SkipTest",
    "__main__:CandidateLost",
]


def f(n):
    module, name = NAMES[n].split(":")
    say(
        [
            "error",
            {"own": [], "module": module, "name": name, "a": ["passed", "", 0], "s": "", "l": 0},
            0.0,
            None,
        ]
    )
    return 5
