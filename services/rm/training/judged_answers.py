"""Reads answers that ``acecoder execute`` judged, for best-of-N on questions that were not trained on.

From a file of the questions that the pairs came from: the held-out part, by the same hash as for the pairs, so that
questions that made no pair are in it too. From a file of other questions: all of them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from clients.pairs import AnswerForm, JudgedQuestion, join, pair_of
from clients.selection.rules import has_verdict
from services.rm.tokens.formats import Writer
from services.rm.tokens.prefix_sharing import Tokens
from services.rm.training.best_of_n import ScoredQuestion
from services.rm.training.examples import TokenLimits, tokenize_answers
from services.rm.training.questions import Dropped, ReportBadRow, TrainingQuestion, is_held_out


@dataclass(frozen=True, slots=True)
class QuestionSplit:
    """The questions of a training, divided into trained and held-out ones."""

    trained: Sequence[TrainingQuestion]
    held: Sequence[TrainingQuestion]
    share: float
    seed: int

    def unseen(self, questions: Sequence[JudgedQuestion]) -> list[JudgedQuestion]:
        """Return the questions that may be reported on: not trained on, and held out by the hash if they come from
        the same file as the pairs.

        The hash is of the question's id where ids of the file are ids of pairs, else of its prompt.
        """
        trained_ids = {question.id for question in self.trained}
        trained_prompts = {question.prompt for question in self.trained}
        ids_of_pairs = trained_ids | {question.id for question in self.held}
        by_id = any(question.id in ids_of_pairs for question in questions)
        same_file = by_id or any(question.prompt in trained_prompts for question in questions)

        def held_out(question: JudgedQuestion) -> bool:
            key = question.id if by_id else _id_of(question.prompt)
            return is_held_out(key, self.share, self.seed)

        return [
            question
            for question in questions
            if question.id not in trained_ids
            and question.prompt not in trained_prompts
            and (not same_file or held_out(question))
        ]


@dataclass(slots=True)
class JudgedAnswers:
    """The answers to judged questions as tokens to score; assigns the scores back to the answers."""

    ids: list[list[Tokens]] = field(default_factory=list)
    """Per question the tokens of its answers, without repetitions."""
    places: list[list[int | None]] = field(default_factory=list)
    """Per question and answer with a verdict: the index of its tokens in ``ids``; ``None``: it cannot be scored."""
    rates: list[list[float]] = field(default_factory=list)
    """Per question and answer with a verdict: its pass rate."""
    names: list[str] = field(default_factory=list)
    """Per question its id."""

    def with_scores(self, scores: Sequence[Sequence[float]]) -> Iterator[ScoredQuestion]:
        """Yield the questions with the scores of their answers; ``scores`` is in the order of ``ids``."""
        for name, rates, places, values in zip(self.names, self.rates, self.places, scores, strict=True):
            yield ScoredQuestion(name, rates, [None if at is None else values[at] for at in places])


def read_judged_answers(
    sources: join.Sources,
    answer: AnswerForm,
    split: QuestionSplit,
    writer: Writer,
    limits: TokenLimits,
    report_bad_row: ReportBadRow,
) -> JudgedAnswers:
    """Read the judged answers to questions that were not trained on.

    Raises:
        OSError, ValueError: as ``clients.pairs.join``; or no question is left.
    """
    questions = list(join.read_questions(sources, answer, report_bad_row))
    if not questions:
        raise ValueError(f"{sources.candidates}: no candidate's prompt is known; name a file with --prompts")
    answers, dropped = JudgedAnswers(), Counter[Dropped]()
    for question in split.unseen(questions):
        judged = [at for at, result in enumerate(question.results) if has_verdict(result)]
        texts = [question.answers[at] for at in judged]
        if not judged:
            continue
        items = tokenize_answers(question.prompt, texts, writer, limits, dropped, lambda _: None)
        unique = {ids: at for at, ids in enumerate(dict.fromkeys(item.ids for item in items if item.ids))}
        answers.ids.append(list(unique))
        answers.places.append([unique[item.ids] if item.ids else None for item in items])
        answers.rates.append([float(question.results[at].pass_rate or 0.0) for at in judged])
        answers.names.append(question.id)
    if not answers.names:
        raise ValueError(
            f"{sources.results}: none of {len(questions)} judged questions was held out; "
            f"all were trained on, or have no verdict"
        )
    return answers


def _id_of(prompt: str) -> str:
    """The question id that a row of pairs without one gets."""
    return pair_of({"prompt": prompt, "chosen": "-", "rejected": "-"}).question
