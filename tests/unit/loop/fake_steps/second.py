"""A step for tests: fails in a way that depends on a file of the run's folder."""

import os
import signal
import time

from loop.steps.context import StepContext, StepError


def run(context: StepContext) -> None:
    order = context.folder.root / "order.txt"
    what = order.read_text() if order.exists() else ""
    with (context.folder.root / "second.txt").open("a") as file:
        file.write("ran\n")
    if what == "refuse":
        raise StepError("questions: there are none; give a file that has some")
    if what == "crash":
        raise RuntimeError("a fault of ours")
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hang":
        (context.folder.root / "pid.txt").write_text(str(os.getpid()))
        time.sleep(600)
