"""Trains reward heads on the features of a frozen model, over many random halves of the problems, for ``real_loop``.

In each split a head is trained on pairs of one half of the problems, and scores the answers to the other half. A
problem is held out in about half of the splits; what is measured of it is averaged over them first, so intervals are
over problems.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean

from benchmarks.head_only import with_new_head
from benchmarks.real_questions import RealQuestion
from clients.pairs import JudgedQuestion, PairForm, PairPolicy, preference_pairs, row_of
from loop.steps.held_out.selection import HeldOutQuestion, pair_accuracy
from services.rm.tokens.formats import Writer, default_format
from services.rm.tokens.prefix_sharing import Tokens
from services.rm.training.examples import TokenLimits, TrainingExample, make_examples, tokenize_answers
from services.rm.training.loop import TrainingLoop, make_accelerator
from services.rm.training.model import TrainingBase
from services.rm.training.options import TrainingOptions
from services.rm.training.questions import is_held_out, read_pair_files

LONGEST = 2048
PAIRS_PER_QUESTION = 16


@dataclass(frozen=True, slots=True)
class Texts:
    """Tokenises the answers of a base's conversations."""

    base: TrainingBase

    @property
    def writer(self) -> Writer:
        """The writer of the base's own format."""
        return Writer(self.base.tokenizer, default_format(self.base.tokenizer))

    @property
    def limits(self) -> TokenLimits:
        """What the base takes."""
        return TokenLimits(LONGEST, self.base.model.scorer.vocabulary)

    def ids(self, prompt: str, answers: Sequence[str]) -> list[Tokens]:
        """Return the tokens of each answer; empty for one that is too long."""
        items = tokenize_answers(prompt, list(answers), self.writer, self.limits, Counter(), print)
        return [item.ids for item in items]

    def examples(
        self, questions: Iterable[JudgedQuestion], *, reject_rate_zero: bool
    ) -> list[TrainingExample]:
        """Return the pairs of questions by AceCoder's thresholds, as ``acecoder train-rm`` reads them."""
        policy = PairPolicy(reject_rate_zero=reject_rate_zero, per_question=PAIRS_PER_QUESTION)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pairs.jsonl"
            rows = [
                row_of(pair, PairForm.OURS, at) for at, pair in enumerate(preference_pairs(questions, policy))
            ]
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            read = read_pair_files([path], print, Counter()) if rows else []
        return list(make_examples(read, self.writer, self.limits, print, Counter()))


@dataclass(slots=True)
class SplitScores:
    """The scores of one way to train, on the held-out problems of every split."""

    pairs: list[int] = field(default_factory=list)
    """Pairs of each training."""
    pair_accuracy: list[float] = field(default_factory=list)
    """Per split the share of (right, wrong) answers in the right order."""
    questions: dict[str, list[HeldOutQuestion]] = field(default_factory=dict)
    """Problem → itself with the scores of each split in which it is held out."""

    def values(self, value: Callable[[HeldOutQuestion], float]) -> dict[str, float]:
        """Return problem → mean of a value over its splits."""
        return {name: fmean(map(value, scored)) for name, scored in self.questions.items()}


Choose = Callable[[Sequence[TrainingExample], int], Sequence[TrainingExample]]
"""Makes the training of a split from the examples of its training half, and its seed."""


def train_splits(
    texts: Texts,
    questions: Mapping[str, RealQuestion],
    examples: Sequence[TrainingExample],
    settings: TrainingOptions,
    splits: int,
    choose: Choose = lambda trained, _: trained,
) -> SplitScores:
    """Train a head in each split, and score the answers of the held-out problems."""
    result = SplitScores()
    for seed in range(splits):
        held = {name for name in questions if is_held_out(name, 0.5, seed)}
        trained = choose([example for example in examples if example.question not in held], seed)
        if not trained:
            continue
        result.pairs.append(sum(len(example.pairs) for example in trained))
        loop = _trained(texts.base, trained, replace(settings, seed=seed))
        scored = []
        for name in sorted(held):
            ids = texts.ids(questions[name].prompt, questions[name].answers)
            distinct = list(dict.fromkeys(one for one in ids if one))
            (values,) = loop.score_ids([distinct])
            by_ids = dict(zip(distinct, values, strict=True))
            scored.append(questions[name].held_out([by_ids.get(one) for one in ids]))
            result.questions.setdefault(name, []).append(scored[-1])
        if (accuracy := pair_accuracy(scored)) is not None:
            result.pair_accuracy.append(accuracy)
    return result


def _trained(
    base: TrainingBase, examples: Sequence[TrainingExample], settings: TrainingOptions
) -> TrainingLoop:
    model = with_new_head(base, settings.seed)
    with tempfile.TemporaryDirectory() as folder:
        loop = TrainingLoop(model, examples, settings, make_accelerator(settings, "cpu"), Path(folder))
        loop.run()
    return loop
