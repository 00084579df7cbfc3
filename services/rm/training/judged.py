"""Answers that ``acecoder execute`` judged → questions for best-of-N, without any that was trained on.

A file of the questions that the pairs came from: its held-out part, by the same hash, so that questions which made no
pair are in it too. A file of other questions: all of them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from clients.pairs import AnswerForm, JudgedQuestion, join, pair_of
from clients.selection.rules import has_verdict
from services.rm.tokens.formats import Writer
from services.rm.tokens.prefix_sharing import Tokens
from services.rm.training.best_of_n import Judged
from services.rm.training.examples import Limits, written
from services.rm.training.questions import Bad, Dropped, Question, is_held_out


@dataclass(frozen=True, slots=True)
class Split:
    """Which questions were trained on."""

    trained: Sequence[Question]
    held: Sequence[Question]
    share: float
    seed: int

    def unseen(self, questions: Sequence[JudgedQuestion]) -> list[JudgedQuestion]:
        """Return the questions that may be reported on."""
        ids = {each.id for each in self.trained}
        prompts = {each.prompt for each in self.trained}
        known = ids | {each.id for each in self.held}
        by_id = any(each.id in known for each in questions)
        kin = by_id or any(each.prompt in prompts for each in questions)
        return [
            each
            for each in questions
            if each.id not in ids
            and each.prompt not in prompts
            and (not kin or is_held_out(each.id if by_id else _id_of(each.prompt), self.share, self.seed))
        ]


@dataclass(slots=True)
class Asked:
    """Judged questions as tokens: what to score, and how the scores come back."""

    ids: list[list[Tokens]] = field(default_factory=list)
    """Per question its answers' tokens, each once."""
    places: list[list[int | None]] = field(default_factory=list)
    """Per question and answer with a verdict: which of the tokens are its own; ``None``: it cannot be scored."""
    rates: list[list[float]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def with_scores(self, scores: Sequence[Sequence[float]]) -> Iterator[Judged]:
        """Yield the questions with what the model says."""
        for name, rates, places, own in zip(self.names, self.rates, self.places, scores, strict=True):
            yield Judged(name, rates, [None if at is None else own[at] for at in places])


def ask(
    sources: join.Sources, answer: AnswerForm, split: Split, writer: Writer, limits: Limits, bad: Bad
) -> Asked:
    """Read judged answers to questions that were not trained on.

    Raises:
        OSError, ValueError: as ``clients.pairs.join``; or no question is left.
    """
    everything = list(join.read_questions(sources, answer, bad))
    if not everything:
        raise ValueError(f"{sources.candidates}: no candidate's prompt is known; name a file with --prompts")
    asked, dropped = Asked(), Counter[Dropped]()
    for question in split.unseen(everything):
        judged = [at for at, result in enumerate(question.results) if has_verdict(result)]
        texts = [question.answers[at] for at in judged]
        if not judged:
            continue
        items = written(question.prompt, texts, writer, limits, dropped, lambda _: None)
        unique = {ids: at for at, ids in enumerate(dict.fromkeys(item.ids for item in items if item.ids))}
        asked.ids.append(list(unique))
        asked.places.append([unique[item.ids] if item.ids else None for item in items])
        asked.rates.append([float(question.results[at].pass_rate or 0.0) for at in judged])
        asked.names.append(question.id)
    if not asked.names:
        raise ValueError(
            f"{sources.results}: none of {len(everything)} judged questions was held out; "
            f"all were trained on, or have no verdict"
        )
    return asked


def _id_of(prompt: str) -> str:
    """The id that rows without one have."""
    return pair_of({"prompt": prompt, "chosen": "-", "rejected": "-"}).question
