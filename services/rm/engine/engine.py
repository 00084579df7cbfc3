"""Scores batches of token sequences with torch, in steps that fit into the device's memory.

Blocking: ``backends.local`` runs it in a thread.

Out of memory: the budget of tokens per step is halved and the rest of the batch is planned again. After many
successful steps the budget is doubled again, because another process may have held the memory only for a while. A
sequence that does not fit even alone gets an error; the error is retryable if a step as large fitted before.

A score that is not finite is an error.
"""

from collections.abc import Callable, Sequence
from math import isfinite

import structlog
import torch

from services.rm.backend import IsAwaited, ScoreResult
from services.rm.engine.forward import TorchScorer
from services.rm.tokens.prefix_sharing import ForwardStep, Tokens

_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
"""Parts of the messages of CUDA, of torch's CPU allocator, and (the last) of cuBLAS and cuDNN."""
GROW_AFTER_STEPS = 256
"""Successful steps before the budget is doubled. If the doubled budget still does not fit, the cost is one failed step
in 256."""

OnScores = Callable[[Sequence[tuple[int, ScoreResult]]], None]
"""Receives the results of one step, each with the index of its sequence. Called in the engine's thread."""


class Engine:
    """A scorer with a budget of tokens per step."""

    def __init__(self, scorer: TorchScorer, budget: int) -> None:
        self.scorer = scorer
        self.budget = budget
        """Tokens of one step, counted after sharing. Falls when memory runs out."""
        self.device_error = ""
        """Why the device cannot compute any more; empty while it can."""
        self._max_budget = budget
        self._largest_fitting = 0
        """Tokens of the largest step that fitted into memory."""
        self._steps_without_failure = 0

    def run(self, sequences: Sequence[Tokens], on_scores: OnScores, is_awaited: IsAwaited) -> None:
        """Score sequences that all differ; call ``on_scores`` after every step.

        Sequences that no caller waits for are left out, at the latest when their step begins.
        """
        left = list(range(len(sequences)))
        while left:
            left = [index for index in left if is_awaited(index)]
            chosen = [sequences[index] for index in left]
            plan = self.scorer.plan(chosen, self.budget)
            if not plan:
                return
            done: set[int] = set()
            # The members of a step are places in ``left``; callers know indices into ``sequences``.
            for step in plan:
                if not any(is_awaited(left[place]) for place in step.members):
                    done.update(step.members)
                    continue
                scores = self._step(chosen, step)
                if scores is None:  # out of memory: plan the rest again with the smaller budget
                    break
                done |= {place for place, _ in scores}
                on_scores([(left[place], score) for place, score in scores])
            left = [index for place, index in enumerate(left) if place not in done]

    def _step(self, sequences: Sequence[Tokens], step: ForwardStep) -> list[tuple[int, ScoreResult]] | None:
        """Compute one step; ``None`` if it does not fit and must be planned again."""
        try:
            with torch.inference_mode():
                scores, members = self.scorer.step(sequences, step)
                values = scores.tolist()
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                self.device_error = check_device(self.scorer.device)
                raise
            return self._handle_out_of_memory(sequences, step)
        self._record_success(step)
        return [
            (place, _result(value, len(sequences[place]) - shared))
            for place, value, shared in zip(members, values, step.shared, strict=True)
        ]

    def _record_success(self, step: ForwardStep) -> None:
        self.device_error = ""
        self._largest_fitting = max(self._largest_fitting, step.tokens)
        self._steps_without_failure += 1
        if self._steps_without_failure >= GROW_AFTER_STEPS and self.budget < self._max_budget:
            self.budget = min(2 * self.budget, self._max_budget)
            self._steps_without_failure = 0

    def _handle_out_of_memory(
        self, sequences: Sequence[Tokens], step: ForwardStep
    ) -> list[tuple[int, ScoreResult]] | None:
        """Halve the budget and return ``None``; for a single sequence, return its error."""
        if torch.cuda.is_available():
            # Blocks that torch keeps for reuse may have the wrong sizes for a smaller step.
            torch.cuda.empty_cache()
        self._steps_without_failure = 0
        if len(step.members) > 1:
            self.budget = max(min(self.budget, step.tokens) // 2, 1)
            structlog.get_logger().warning("out of memory: steps are smaller from now on", tokens=self.budget)
            return None
        (place,) = step.members
        reason = f"{len(sequences[place])} tokens do not fit into the memory of {self.scorer.device}"
        if len(sequences[place]) <= self._largest_fitting:
            return [
                (place, ScoreResult(error=f"{reason} now, but as many fitted before; retry", retryable=True))
            ]
        return [(place, ScoreResult(error=f"{reason}; send a shorter prompt or candidate"))]


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error means too little memory, on whatever device."""
    if isinstance(error, torch.cuda.OutOfMemoryError | MemoryError):
        return True
    return any(words in str(error).lower() for words in _OUT_OF_MEMORY)


def check_device(device: torch.device) -> str:
    """Return why the device cannot compute any more; empty if it can.

    After a fault inside a CUDA kernel every later call in the same process fails.
    """
    try:
        return "" if torch.ones(1, device=device).add(1).item() == 2 else f"{device} computes wrong sums"
    except RuntimeError as error:
        if out_of_memory(error):
            return ""
        return f"{device} cannot be used until the service is restarted: {error}".splitlines()[0]


def _result(value: float, computed: int) -> ScoreResult:
    if not isfinite(value):
        return ScoreResult(error=f"the model's score is {value}, which cannot be ranked", computed=computed)
    return ScoreResult(value=value, computed=computed)
