"""What a group of scores costs: all pairs of a question at once. Pure torch, no model.

Scores of unique answers come in, and which was chosen over which; the sum over pairs is the same number, with the
same gradient, as if every pair had been a row of its own (Bradley-Terry, arXiv 2203.02155).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from services.rm.training.choices import Loss, Weigh
from services.rm.training.examples import Example

NEED_GAPS = frozenset({Loss.MARGIN, Loss.SCALED, Loss.SOFT})
NEED_RATES = frozenset({Loss.LISTWISE})


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Which of N scores were chosen over which, for one or several questions."""

    chosen: Tensor
    """Places of the chosen scores, [P]."""
    rejected: Tensor
    """Places of the rejected ones, [P]."""
    gaps: Tensor
    """Differences of pass rates, [P]; not a number where unknown."""
    weights: Tensor
    """What each pair counts for, [P]: 1, or its share of its question."""
    questions: tuple[slice, ...]
    """Where each question's scores are."""
    rates: Tensor
    """Pass rates, [N]; not a number where unknown."""


@dataclass(frozen=True, slots=True)
class Objective:
    """A loss and what goes with it."""

    loss: Loss = Loss.PAIRWISE
    weigh: Weigh = Weigh.PAIR
    margin: float = 1.0
    """c of the margin: 1 is what TRL makes of a column of gaps; AceCoder's variants took 3."""
    temperature: float = 0.1
    """τ of the listwise target: at 0.1 a rate of 1 has e² ≈ 7 times the weight of a rate of 0.8."""
    centering: float = 0.0
    """Weight of (chosen + rejected)², which keeps scores around 0 (arXiv 2312.09244); 0.01 is usual."""

    @property
    def per_question(self) -> bool:
        """Whether questions, not pairs, are what is counted."""
        return self.weigh is Weigh.QUESTION or self.loss is Loss.LISTWISE

    def units(self, examples: Sequence[Example]) -> int:
        """Return what a sum of ``total`` over ``examples`` is divided by."""
        return len(examples) if self.per_question else sum(len(example.pairs) for example in examples)

    def compare(self, examples: Sequence[Example], device: torch.device | str = "cpu") -> Comparisons:
        """Number the answers of several questions through."""
        chosen, rejected, gaps, weights, rates = [], [], [], [], []
        questions: list[slice] = []
        for example in examples:
            start = questions[-1].stop if questions else 0
            questions.append(slice(start, start + len(example.sequences)))
            rates += [_number(rate) for rate in example.rates]
            for pair in example.pairs:
                chosen.append(start + pair.chosen)
                rejected.append(start + pair.rejected)
                gaps.append(_number(pair.gap))
                weights.append(1 / len(example.pairs) if self.per_question else 1.0)
        return Comparisons(
            torch.tensor(chosen, device=device),
            torch.tensor(rejected, device=device),
            torch.tensor(gaps, device=device),
            torch.tensor(weights, device=device),
            tuple(questions),
            torch.tensor(rates, device=device),
        )

    def total(self, scores: Tensor, among: Comparisons) -> Tensor:
        """Return the loss of fp32 scores [N], summed over pairs or questions."""
        chosen, rejected = scores[among.chosen], scores[among.rejected]
        if self.loss is Loss.LISTWISE:
            total = self._listwise(scores, among)
        else:
            total = (among.weights * self._of_pairs(chosen - rejected, among.gaps)).sum()
        if self.centering:
            total = total + self.centering * (among.weights * (chosen + rejected).square()).sum()
        return total

    def _of_pairs(self, delta: Tensor, gaps: Tensor) -> Tensor:
        if self.loss is Loss.MARGIN:
            return -logsigmoid(delta - self.margin * gaps)
        if self.loss is Loss.SCALED:
            return -gaps * logsigmoid(delta)
        if self.loss is Loss.SOFT:
            wins = (1 + gaps) / 2
            return -wins * logsigmoid(delta) - (1 - wins) * logsigmoid(-delta)
        return -logsigmoid(delta)

    def _listwise(self, scores: Tensor, among: Comparisons) -> Tensor:
        total = scores.new_zeros(())
        for part in among.questions:
            target = torch.softmax(among.rates[part] / self.temperature, 0)
            total = total - (target * torch.log_softmax(scores[part], 0)).sum()
        return total


def check(objective: Objective, examples: Sequence[Example]) -> None:
    """See that the data say what the loss needs.

    Raises:
        ValueError: they do not.
    """
    if objective.loss in NEED_GAPS:
        missing = sum(pair.gap is None for example in examples for pair in example.pairs)
        what = "pairs have no margin"
    else:
        missing = sum(objective.loss in NEED_RATES and None in example.rates for example in examples)
        what = "questions have answers without a pass rate"
    if missing:
        raise ValueError(
            f"{missing} {what}, which the loss {objective.loss.value!r} needs; "
            f"make the pairs with 'acecoder pairs', or train with the loss 'pairwise'"
        )


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
