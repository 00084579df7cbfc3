"""An executor worker like any other, but for two marks that make it meet what kills workers and jails.

Only chaos tests start it. What a marked candidate does here at once, a bug, a broken kernel or an
out-of-memory killer does in production.
"""

import os
import signal
import sys

from services.executor.sandbox.factory import open_sandbox
from services.executor.worker import worker

KILLS_WORKER = "# its worker is killed whenever it takes this"
KILLS_JAIL = "# its jail is killed while this is judged"


class Poisoned:
    """A sandbox around the real one."""

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
    worker.open_sandbox = lambda *args, **options: Poisoned(open_sandbox(*args, **options))
    sys.exit(worker.main())
