"""Collects what TRL's reward functions see and hands it to a monitor, step by step.

TRL calls a reward function once for each batch that it generates, with the trainer's state; nothing tells it that a
step is over. So a step is finished with the first batch of the next one, and the last step when the monitor is
closed.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio

from clients.adapters.columns import canaries_of, values_of
from clients.adapters.completion_texts import read_completions
from clients.contract import CandidateResult
from clients.monitor import RewardMonitor

_TRAINERS = ("trl.trainer.grpo_trainer", "trl.trainer.rloo_trainer")
"""Loggers that warn of a sample without a reward, with its whole row. That of a canary has none on purpose."""


class StepSamples:
    """Samples of one trainer, for one monitor."""

    def __init__(self, monitor: RewardMonitor) -> None:
        """Watch for ``monitor``.

        Raises:
            TypeError: it is not a monitor, but perhaps its path.
        """
        if not isinstance(monitor, RewardMonitor):
            raise TypeError(f"monitor is of type {type(monitor).__name__}; give RewardMonitor(path)")
        for name in _TRAINERS:
            logging.getLogger(name).addFilter(_is_no_canary)  # a second time has no effect
        self._monitor = monitor
        self._step: int | None = None
        self._batches: dict[int, _Batch] = {}
        """Batches of which either the verdicts or the scores have arrived, by the identity of their completions."""

    def begin(self, row: Mapping[str, Any]) -> None:
        """Finish the last step if a batch of another step begins.

        Raises:
            RewardAlarmError: a measure of the last step is beyond a bound whose action is to stop.
        """
        state = row.get("trainer_state")
        step = state.global_step if state is not None else (self._step or 0) + 1
        if self._step is not None and step != self._step:
            self._monitor.finish_step(self._step)
        self._step = step

    def add(
        self,
        results: Sequence[CandidateResult],
        completions: Sequence[object],
        row: Mapping[str, Any],
        scores: Sequence[float | None] | None = None,
    ) -> None:
        """Add a batch to the step that ``begin`` has begun."""
        N = len(results)
        assert self._step is not None
        prompts = values_of(row, "prompts", N, default=None)
        self._monitor.add(
            self._step,
            results,
            [str(at) if prompt is None else repr(prompt) for at, prompt in enumerate(prompts)],
            read_completions(completions)[0],
            scores=scores,
            canaries=canaries_of(row, N),
            canary_tests=values_of(row, "canary_test", N, default=None),
        )

    async def join(
        self,
        completions: Sequence[object],
        row: Mapping[str, Any],
        *,
        results: Sequence[CandidateResult] | None = None,
        scores: Sequence[float | None] | None = None,
    ) -> tuple[Sequence[CandidateResult], Sequence[float | None]]:
        """Give the verdicts or the scores of a batch, wait for the others, and return both.

        The second of the two calls adds the batch to the step.
        """
        batch = self._batches.setdefault(id(completions), _Batch(completions))
        batch.results = batch.results if results is None else results
        batch.scores = batch.scores if scores is None else scores
        if batch.results is None or batch.scores is None:
            await batch.is_complete.wait()
        else:
            del self._batches[id(completions)]
            self.add(batch.results, completions, row, batch.scores)
            batch.is_complete.set()
        assert batch.results is not None
        assert batch.scores is not None
        return batch.results, batch.scores


@dataclass(slots=True)
class _Batch:
    """The samples of one call of the trainer."""

    completions: Sequence[object]
    """Kept, so that no other list gets their identity."""
    results: Sequence[CandidateResult] | None = None
    scores: Sequence[float | None] | None = None
    is_complete: anyio.Event = field(default_factory=anyio.Event)


def _is_no_canary(record: logging.LogRecord) -> bool:
    """Whether a log record is something else than TRL's warning of a canary without a reward."""
    text = record.getMessage()
    return not ("All reward functions returned None" in text and "'canary': True" in text)
