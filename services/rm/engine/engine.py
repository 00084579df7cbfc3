"""The torch engine: batches of token sequences → scores, step by step, within the memory there is.

Blocking; ``backends.local`` runs it in a thread. Running out of memory halves the budget of tokens per step and goes
on; after many steps that went well it grows again, for memory may have been another's for a while. A sequence that
does not fit alone costs itself, and may be asked for again if one as long did fit before. Scores that are not finite
are errors, not scores.
"""

from collections.abc import Callable, Sequence
from math import isfinite

import structlog
import torch

from services.rm.backend import IsAwaited, ScoreResult
from services.rm.engine.forward import TorchScorer
from services.rm.tokens.prefix_sharing import ForwardStep, Tokens, plan_steps

_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
"""The last is cuBLAS's and cuDNN's word for it."""
PATIENCE = 256
"""Steps that go well before the budget grows again: if it still does not fit, that costs one step in so many."""

OnScores = Callable[[Sequence[tuple[int, ScoreResult]]], None]


class Engine:
    """A scorer with a budget."""

    def __init__(self, scorer: TorchScorer, budget: int) -> None:
        self.scorer = scorer
        self.budget = budget
        """Tokens of one step, counted after sharing; falls when memory runs out."""
        self.lost = ""
        """Why the device computes nothing any more; empty as long as it does."""
        self._most = budget
        self._fitted = 0
        self._went_well = 0

    def run(self, sequences: Sequence[Tokens], found: OnScores, is_awaited: IsAwaited) -> None:
        """Score sequences that all differ; ``found`` is called after every step."""
        left = list(range(len(sequences)))
        while left:
            left = [at for at in left if is_awaited(at)]
            chosen = [sequences[at] for at in left]
            plan = plan_steps(chosen, self.budget)
            if not plan:
                return
            done: set[int] = set()
            for step in plan:
                if not any(is_awaited(left[at]) for group in step.groups for at in group.members):
                    done |= {at for group in step.groups for at in group.members}
                    continue
                scores = self._step(chosen, step)
                if scores is None:  # too large: what is left is planned again, within half the budget
                    break
                done |= {at for at, _ in scores}
                found([(left[at], score) for at, score in scores])
            left = [place for at, place in enumerate(left) if at not in done]

    def _step(self, sequences: Sequence[Tokens], step: ForwardStep) -> list[tuple[int, ScoreResult]] | None:
        try:
            with torch.inference_mode():
                scores, members = self.scorer.step(sequences, step)
                values = scores.tolist()
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                self.lost = device_lost(self.scorer.device)
                raise
            return self._less(sequences, step)
        self._fits(step)
        shares = {
            at: len(sequences[at]) - group.shared_tokens + group.shared_tokens / len(group.members)
            for group in step.groups
            for at in group.members
        }
        return [(at, _score(value, shares[at])) for at, value in zip(members, values, strict=True)]

    def _fits(self, step: ForwardStep) -> None:
        self.lost = ""
        self._fitted = max(self._fitted, step.tokens)
        self._went_well += 1
        if self._went_well >= PATIENCE and self.budget < self._most:
            self.budget = min(2 * self.budget, self._most)
            self._went_well = 0

    def _less(self, sequences: Sequence[Tokens], step: ForwardStep) -> list[tuple[int, ScoreResult]] | None:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self._went_well = 0
        alone = len(step.groups) == 1 and len(step.groups[0].members) == 1
        if not alone:
            self.budget = max(min(self.budget, step.tokens) // 2, 1)
            structlog.get_logger().warning("out of memory: smaller steps from now on", tokens=self.budget)
            return None
        (at,) = step.groups[0].members
        said = f"{len(sequences[at])} tokens do not fit into the memory of {self.scorer.device}"
        if len(sequences[at]) <= self._fitted:
            return [(at, ScoreResult(error=f"{said} at the moment; as many did before", retryable=True))]
        return [(at, ScoreResult(error=said))]


def out_of_memory(error: BaseException) -> bool:
    """Whether an error is one of too little memory, on whatever device."""
    if isinstance(error, torch.cuda.OutOfMemoryError | MemoryError):
        return True
    return any(words in str(error).lower() for words in _OUT_OF_MEMORY)


def device_lost(device: torch.device) -> str:
    """Return why the device computes nothing any more, as a GPU after a fault within a kernel; empty if it does."""
    try:
        return "" if torch.ones(1, device=device).add(1).item() == 2 else f"{device} computes wrong sums"
    except RuntimeError as error:
        if out_of_memory(error):
            return ""
        return f"{device} is lost until the service is restarted: {error}".splitlines()[0]


def _score(value: float, computed: float) -> ScoreResult:
    if not isfinite(value):
        return ScoreResult(
            error=f"the model's score is {value}, which is no number to rank by", computed=computed
        )
    return ScoreResult(value=value, computed=computed)
