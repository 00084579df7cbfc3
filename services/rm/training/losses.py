"""Computes the loss of all pairs of a question from the scores of its answers. Pure torch, no model.

Each answer is scored once, however many pairs it is in. The sum over the pairs is the same number, with the same
gradient, as if every pair had been a row of a batch (Bradley-Terry, arXiv 2203.02155).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from services.rm.training.choices import Loss, WeightUnit
from services.rm.training.examples import TrainingExample

NEED_GAPS = frozenset({Loss.MARGIN, Loss.SCALED, Loss.SOFT})
NEED_RATES = frozenset({Loss.LISTWISE})


@dataclass(frozen=True, slots=True)
class Comparisons:
    """The P pairs of one or several questions, as indices into their N scores."""

    chosen: Tensor
    """Indices of the chosen answers' scores, [P]."""
    rejected: Tensor
    """Indices of the rejected answers' scores, [P]."""
    gaps: Tensor
    """Differences of the pass rates, [P]; NaN where not known."""
    weights: Tensor
    """Weights of the pairs, [P]: 1, or 1 divided by the pairs of the question."""
    questions: tuple[slice, ...]
    """Per question the range of its scores."""
    rates: Tensor
    """Pass rates, [N]; NaN where not known."""


@dataclass(frozen=True, slots=True)
class Objective:
    """A loss and its parameters."""

    loss: Loss = Loss.PAIRWISE
    weigh: WeightUnit = WeightUnit.PAIR
    margin: float = 1.0
    """c of the margin: TRL uses 1 for a column of gaps, AceCoder's variants 3."""
    temperature: float = 0.1
    """τ of the listwise target: at 0.1 a rate of 1 has e² ≈ 7 times the weight of a rate of 0.8."""
    centering: float = 0.0
    """Weight of (chosen + rejected)² in the loss, which keeps scores around 0 (arXiv 2312.09244); 0.01 is usual."""

    @property
    def per_question(self) -> bool:
        """Whether a question has weight 1, and not a pair."""
        return self.weigh is WeightUnit.QUESTION or self.loss is Loss.LISTWISE

    def units(self, examples: Sequence[TrainingExample]) -> int:
        """Return the divisor that makes a mean of the sum of ``total`` over ``examples``."""
        return len(examples) if self.per_question else sum(len(example.pairs) for example in examples)

    def compare(self, examples: Sequence[TrainingExample], device: torch.device | str = "cpu") -> Comparisons:
        """Return the pairs of several questions, whose scores follow each other in one tensor."""
        chosen, rejected, gaps, weights, rates = [], [], [], [], []
        questions: list[slice] = []
        for example in examples:
            start = questions[-1].stop if questions else 0
            questions.append(slice(start, start + len(example.sequences)))
            rates += [_or_nan(rate) for rate in example.rates]
            for pair in example.pairs:
                chosen.append(start + pair.chosen)
                rejected.append(start + pair.rejected)
                gaps.append(_or_nan(pair.gap))
                weights.append(1 / len(example.pairs) if self.per_question else 1.0)
        return Comparisons(
            torch.tensor(chosen, device=device),
            torch.tensor(rejected, device=device),
            torch.tensor(gaps, device=device),
            torch.tensor(weights, device=device),
            tuple(questions),
            torch.tensor(rates, device=device),
        )

    def total(self, scores: Tensor, comparisons: Comparisons) -> Tensor:
        """Return the loss of fp32 scores [N], summed over pairs or questions."""
        chosen, rejected = scores[comparisons.chosen], scores[comparisons.rejected]
        if self.loss is Loss.LISTWISE:
            total = self._listwise(scores, comparisons)
        else:
            total = (comparisons.weights * self._pair_losses(chosen - rejected, comparisons.gaps)).sum()
        if self.centering:
            total = total + self.centering * (comparisons.weights * (chosen + rejected).square()).sum()
        return total

    def _pair_losses(self, delta: Tensor, gaps: Tensor) -> Tensor:
        if self.loss is Loss.MARGIN:
            return -logsigmoid(delta - self.margin * gaps)
        if self.loss is Loss.SCALED:
            return -gaps * logsigmoid(delta)
        if self.loss is Loss.SOFT:
            wins = (1 + gaps) / 2
            return -wins * logsigmoid(delta) - (1 - wins) * logsigmoid(-delta)
        return -logsigmoid(delta)

    def _listwise(self, scores: Tensor, comparisons: Comparisons) -> Tensor:
        total = scores.new_zeros(())
        for question in comparisons.questions:
            target = torch.softmax(comparisons.rates[question] / self.temperature, 0)
            total = total - (target * torch.log_softmax(scores[question], 0)).sum()
        return total


def check_data(objective: Objective, examples: Sequence[TrainingExample]) -> None:
    """Check that the examples have the gaps or the pass rates that the loss needs.

    Raises:
        ValueError: some lack them.
    """
    if objective.loss in NEED_GAPS:
        missing = sum(pair.gap is None for example in examples for pair in example.pairs)
        fault = "pairs have no margin"
    else:
        missing = sum(objective.loss in NEED_RATES and None in example.rates for example in examples)
        fault = "questions have answers without a pass rate"
    if missing:
        raise ValueError(
            f"{missing} {fault}, which the loss {objective.loss.value!r} needs; "
            f"make the pairs with 'acecoder pairs', or train with the loss 'pairwise'"
        )


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
