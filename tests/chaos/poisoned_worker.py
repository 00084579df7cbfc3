"""An executor worker that kills itself, or its jail, when it judges a program with one of two marks.

Only chaos tests start it. In production, a bug, a broken kernel or the out-of-memory killer does the same.
"""

import os
import signal
import sys

from services.executor.sandbox.factory import open_sandbox
from services.executor.sandbox.scheduler import run
from services.executor.worker import worker

KILLS_WORKER = "# kills the worker that judges this"
KILLS_JAIL = "# kills the jail in which this is judged"


class KillingSandbox:
    """Wraps a real sandbox, and kills its worker or its jail for marked programs."""

    def __init__(self, sandbox):
        self._sandbox = sandbox

    def __getattr__(self, name):
        return getattr(self._sandbox, name)

    def judge(self, suite, programs, rules, **options):
        if any(KILLS_WORKER in program for program in programs):
            os.kill(os.getpid(), signal.SIGKILL)
        if any(KILLS_JAIL in program for program in programs):
            options["cancelled"] = self._kill_jail
        return self._sandbox.judge(suite, programs, rules, **options)

    def _kill_jail(self):
        os.kill(self._sandbox.jail()._process._popen.pid, signal.SIGKILL)
        return False


if __name__ == "__main__":
    run._ASLEEP_SHARE = 0.0  # on a busy machine, a loop that waits for its core would count as asleep
    worker.open_sandbox = lambda *args, **options: KillingSandbox(open_sandbox(*args, **options))
    sys.exit(worker.main())
