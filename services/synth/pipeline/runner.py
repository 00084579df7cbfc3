"""Runs the rows of a store through stages, a bounded number at once, and resumes where an earlier run stopped.

Each row goes through its stages in order and on its own, so model and executor are busy at the same time. A
stage that drops a row, or fails on it, costs that row only. A service that cannot be reached pauses the rows that
need it: they try again, longer apart each time, until it answers. A service that refuses every row, because a key, an
address or the name of an environment is wrong, stops the run, and the rows stay as they are. Nothing here depends on
the order in which rows end.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar

import anyio
import structlog

from clients.errors import (
    CannotConnectError,
    ConnectionLostError,
    LimitAboveCapError,
    MethodNotAllowedError,
    NotFoundError,
    QueueFullError,
    QueueUnavailableError,
    StoppingError,
    TimedOutError,
    TooManyRequestsError,
    UnauthorizedError,
    UnknownEnvironmentError,
    WrongHostError,
)
from services.synth.llm.model import PromptFileError
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError, Stage
from services.synth.pipeline.store import RowState, RunStore, Step, StoredRow

UNAVAILABLE = (
    CannotConnectError, ConnectionLostError, QueueFullError, QueueUnavailableError, StoppingError, TimedOutError,
    TooManyRequestsError,
)  # fmt: skip
"""Faults of a service, not of the row: the row waits and tries again. The client has retried already."""
REFUSES_ALL = (
    LimitAboveCapError, MethodNotAllowedError, NotFoundError, PromptFileError, UnauthorizedError,
    UnknownEnvironmentError, WrongHostError,
)  # fmt: skip
"""Faults of the configuration that every row would meet: the run stops, because a row that is dropped for them is lost
for nothing."""
FLUSH_S = 0.5
"""Seconds between two commits: a killed process repeats at most the stages of the last half second."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
"""A service that restarts is back in seconds; one that is down for an hour need not be asked every second."""

logger = structlog.get_logger()
T = TypeVar("T")


class RunProgress(Protocol):
    """Receives what happens in a run, as it happens."""

    def stepped(self, step: Step, stored: StoredRow) -> None:
        """One stage has ended for one row; ``stored`` is the row after it, which need not be in the store yet."""

    def paused(self, stage: str, reason: str, pause_s: float) -> None:
        """A stage waits ``pause_s`` seconds for a service that cannot be reached."""


class RunStoppedError(ValueError):
    """A setting is wrong for every row; the message names the stage and what the service said."""


@dataclass(slots=True)
class _Unwritten:
    """Rows and steps that are not in the store yet."""

    rows: dict[int, StoredRow]
    steps: list[Step]


async def run_rows(
    store: RunStore,
    stages: Sequence[tuple[str, Stage]],
    backends: Backends,
    progress: RunProgress,
    *,
    at_once: int,
) -> None:
    """Run every active row of ``store`` through the stages that it has not been through.

    ``at_once`` rows are in memory and in progress. If the caller cancels, rows keep the stages that they finished.

    Raises:
        RunStoppedError: a service refuses every row; they keep the stages that they finished.
    """
    unwritten = _Unwritten({}, [])
    gate = anyio.Semaphore(at_once)

    async def process(stored: StoredRow) -> None:
        try:
            while stored.state is RowState.ACTIVE:
                stored, step = await _advance(stored, stages, backends, progress)
                unwritten.rows[stored.position] = stored
                unwritten.steps.append(step)
                progress.stepped(step, stored)
        finally:
            gate.release()

    try:
        async with anyio.create_task_group() as flusher:
            flusher.start_soon(_flush_forever, store, unwritten)
            async with anyio.create_task_group() as tasks:
                for stored in store.rows(RowState.ACTIVE):
                    await gate.acquire()
                    tasks.start_soon(process, stored)
            flusher.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        if stopped := _first_of(group, RunStoppedError):
            raise stopped from None
        raise
    finally:
        _flush(store, unwritten)


async def _advance(
    stored: StoredRow, stages: Sequence[tuple[str, Stage]], backends: Backends, progress: RunProgress
) -> tuple[StoredRow, Step]:
    """Run the next stage of one row."""
    name, stage = stages[stored.stages_done]
    started = time.monotonic()
    reason = detail = ""
    row = stored.row
    try:
        row = await call_with_pauses(name, partial(stage, row, backends), progress)
    except RowDroppedError as dropped:
        reason, detail, row = dropped.reason, dropped.detail, dropped.row or row
    except RunStoppedError as stopped:
        raise RunStoppedError(f"stage {stopped}") from stopped.__cause__
    except Exception as error:
        logger.exception("stage failed", stage=name, row=row.id)
        reason, detail = RowDrop.STAGE_ERROR, f"{type(error).__name__}: {error}"[:500]
    done = stored.stages_done + 1
    state = RowState.DROPPED if reason else RowState.DONE if done == len(stages) else RowState.ACTIVE
    step = Step(
        stored.position, name, reason, time.monotonic() - started, len(stored.row.kept), len(row.kept)
    )
    return replace(stored, stages_done=done, row=row, state=state, reason=reason, detail=detail), step


async def call_with_pauses(name: str, call: Callable[[], Awaitable[T]], progress: RunProgress) -> T:
    """Return the result of ``call``, which is made again, longer apart each time, while a service is unavailable.

    Raises:
        RunStoppedError: a service refuses what every call would ask.
    """
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            return await call()
        except REFUSES_ALL as refusal:
            raise RunStoppedError(f"{name}: {refusal}") from refusal
        except UNAVAILABLE as error:
            progress.paused(name, str(error), pause_s)
            await anyio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _first_of(group: BaseExceptionGroup, kind: type[Exception]) -> BaseException | None:
    """Return the first error of a kind in a group of groups."""
    found: BaseException | None = group.subgroup(kind)
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


async def _flush_forever(store: RunStore, unwritten: _Unwritten) -> None:
    while True:
        await anyio.sleep(FLUSH_S)
        _flush(store, unwritten)


def _flush(store: RunStore, unwritten: _Unwritten) -> None:
    if unwritten.rows:
        store.write(unwritten.rows.values(), unwritten.steps)
        unwritten.rows.clear()
        unwritten.steps.clear()
