"""Runs the steps of a loop in their order, each with the services that it needs; skips what is done; resumes.

A step runs in a process of its own (``steps.process``), which ends with this one. Interrupted anywhere, also by
SIGKILL, the same command goes on: finished steps are skipped, and the step that was interrupted uses the files that it
finds. A step whose options have changed starts without the files that the old ones made.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from clients.runs.folder_lock import LOCK, locked
from loop.config import LoopConfig, RealModels, read_loop_config, write_config
from loop.folder import RunFolder
from loop.services.running import RunningServices
from loop.services.specs import thread_variables
from loop.step_process import run_in_process
from loop.steps.registry import STEPS, StepEntry, dependents, digests, find_step
from loop.view import LoopView


def run_loop(
    config: LoopConfig,
    root: Path,
    view: LoopView,
    *,
    until: str = "",
    restart: str = "",
    steps: Sequence[StepEntry] = STEPS,
) -> None:
    """Run the loop of ``config`` in the folder ``root``, or resume it there.

    ``until`` names the last step to run; ``restart`` a step that is repeated with all that depends on it.

    Raises:
        ValueError: a step has no such name, another run works in the folder, or the user's questions are not there.
        StepFailedError: a step failed.
        ServiceError: a service does not start.
        OSError: a file cannot be written.
    """
    if until:
        find_step(until, steps)
    _check_questions(config)
    folder = RunFolder(root)
    root.mkdir(parents=True, exist_ok=True)
    with locked(root, "loop"):
        if restart:
            for entry in dependents(find_step(restart, steps).name, steps):
                folder.forget(entry.name, entry.outputs)
        write_config(config, folder.config_file)
        with RunningServices(config, folder, view.line) as services:
            runner = _LoopRunner(config, folder, services, view)
            step_digests = digests(config, steps)
            for entry in _chosen(config, until, steps):
                runner.run(entry, step_digests[entry.name])


def check_run_folder(root: Path, config: LoopConfig) -> None:
    """Check that a folder is new, empty, or holds a run of this configuration, whose options may have changed.

    A run removes and overwrites files of the names that its steps use; those of another run or a user would be lost.

    Raises:
        ValueError: the folder holds something else; the message says what.
    """
    if root.exists() and not root.is_dir():
        raise ValueError(f"{root} is a file; give -o the name of a folder")
    names = (
        sorted(path.name for path in root.iterdir() if not path.name.startswith(".")) if root.is_dir() else []
    )
    if set(names) <= {LOCK}:
        return
    folder = RunFolder(root)
    if LOCK not in names or not folder.config_file.is_file():
        some = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
        raise ValueError(
            f"{root} holds files that no loop wrote ({some}); a loop removes files there: give -o a new or empty folder"
        )
    try:
        earlier = read_loop_config(folder.config_file)
    except ValueError as error:
        raise ValueError(f"{root} holds no run of a loop: {error}; give -o another folder") from None
    for field, before, now in (
        ("name", earlier.name, config.name),
        ("seed", earlier.seed, config.seed),
        ("world", _kind_of(earlier), _kind_of(config)),
    ):
        if before != now:
            raise ValueError(
                f"{root} holds a run with {field} {before!r}, and the configuration has {now!r}: its files would be "
                f"removed; give -o another folder"
            )


def _kind_of(config: LoopConfig) -> str:
    return config.world if isinstance(config.world, str) else "models of your own"


def _check_questions(config: LoopConfig) -> None:
    """Check that the user's questions are there, before what older ones made is removed."""
    if isinstance(config.world, RealModels) and not Path(config.world.questions).is_file():
        raise ValueError(
            f"world.questions: there is no file {config.world.questions}; a relative path is looked for in the "
            f"current folder, then in that of the configuration"
        )


def _chosen(config: LoopConfig, until: str, steps: Sequence[StepEntry]) -> Iterator[StepEntry]:
    for entry in steps:
        if not entry.switch or getattr(config, entry.switch):
            yield entry
        if entry.name == until:
            return


class _LoopRunner:
    """Runs single steps of one loop."""

    def __init__(
        self, config: LoopConfig, folder: RunFolder, services: RunningServices, view: LoopView
    ) -> None:
        self._config, self._folder, self._services, self._view = config, folder, services, view

    def run(self, entry: StepEntry, digest: str) -> None:
        """Run a step, unless it is done.

        Raises:
            StepFailedError: it failed.
            ServiceError: one of its services does not start, or ended for good.
        """
        if not entry.is_repeated and self._folder.is_done(entry.name, digest):
            self._view.skipped(entry.name, self._folder.wall_s(entry.name) or 0.0)
            return
        if not self._folder.is_started(entry.name, digest):
            self._folder.forget(entry.name, entry.outputs, entry.kept)
        self._view.started(entry.name)
        started = time.monotonic()
        earlier_s = self._folder.started_wall_s(entry.name)
        self._folder.mark_started(entry.name, digest, earlier_s)
        try:
            self._run(entry)
        finally:
            wall_s = earlier_s + time.monotonic() - started
            self._folder.mark_started(entry.name, digest, wall_s)
        self._folder.mark_done(entry.name, digest, wall_s)
        self._view.finished(entry.name, wall_s)

    def _run(self, entry: StepEntry) -> None:
        run_in_process(
            entry,
            self._folder.root,
            self._folder.log(entry.name),
            variables=thread_variables(self._config.threads),
            addresses=self._services.keep(entry.services),
            listener=self._view,
            check=self._services.check_alive,
        )
