"""Judges programs on the landlock backend, in a process that ``test_landlock`` starts as an ordinary user.

Reads a JSON object on stdin: ``programs`` (name → program and test), and ``landlock_version``, to use an older one than
the kernel's. Prints a JSON object: name → ``[outcome, message]``; ``profile``, ``failed checks`` of the self-check, and
the folders ``left behind``.
"""

import json
import sys
import tempfile
from pathlib import Path

from services.executor.sandbox import SandboxFault, selfcheck
from services.executor.sandbox.backends import landlock
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.sandbox.judging import is_still_fair, results


def main() -> None:
    request = json.load(sys.stdin)
    if older := request["landlock_version"]:
        landlock.landlock_version = lambda: older
    sandbox = open_sandbox(BackendName.LANDLOCK, EnvironmentSpec("base"))
    try:
        sandbox.start()
        answer = {"profile": sandbox.profile}
        for name, (program, test) in request["programs"].items():
            (judged,) = results(sandbox, program, test, cpu_s=2.0)
            answer[name] = [judged.outcome, judged.message]
        is_still_fair(sandbox)
        answer["failed checks"] = [check.name for check in selfcheck.run(sandbox) if not check.ok]
    except SandboxFault as fault:
        answer = {"fault": str(fault)}
    finally:
        sandbox.close()
    answer["left behind"] = [path.name for path in Path(tempfile.gettempdir()).glob("acecoder-landlock-*")]
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
