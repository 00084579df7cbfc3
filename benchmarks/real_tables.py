"""Makes the tables of ``real_loop``: each a mean over problems, with its 95 % interval from resampling problems."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from benchmarks.real_heads import SplitScores
from benchmarks.real_questions import MIN_TESTS, RealQuestion
from clients.evaluation.estimators import bootstrap
from clients.pairs import JudgedQuestion
from loop.steps.held_out.selection import (
    REWARD_MODEL,
    RULES,
    HeldOutQuestion,
    average,
    pair_accuracy,
    reward_model_chance,
)

NS = (1, 2, 4, 8)
N = NS[-1]
Values = dict[str, float]
"""Problem → a value."""


@dataclass(slots=True)
class Table:
    """A table as text."""

    title: str
    columns: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)

    def markdown(self) -> str:
        """Return the table in Markdown."""
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        return "\n".join([f"{self.title}:", "", *(f"| {' | '.join(line)} |" for line in lines)])


def data_table(questions: Sequence[RealQuestion], synth: Sequence[JudgedQuestion]) -> Table:
    """Return what the training data are made of."""
    usable = [question for question in questions if len(question.kept) >= MIN_TESTS]
    tests = sum(len(question.right_tests) for question in questions)
    wrong = sum(not one for question in questions for one in question.right_tests)
    kept = [question.right_tests[at] for question in usable for at in question.kept]
    table = Table("Data", ["quantity", "value"])
    table.rows = [
        ["problems, answers", f"{len(questions)}, {sum(len(one.programs) for one in questions)}"],
        ["answers that pass the true tests", f"{fmean(fmean(one.right) for one in questions):.1%}"],
        ["problems with right and wrong answers", str(sum(0 < sum(one.right) < N for one in questions))],
        ["imagined tests, of them wrong", f"{tests}, {wrong / tests:.1%}"],
        [f"problems with {MIN_TESTS} or more kept tests", str(len(usable))],
        ["kept tests, of them wrong", f"{len(kept)}, {1 - fmean(kept):.1%}"],
        ["synthesised questions, answers", f"{len(synth)}, {sum(len(one.answers) for one in synth)}"],
    ]
    return table


def best_of_n_table(scores: SplitScores, questions: Mapping[str, RealQuestion]) -> Table:
    """Return what each rule picks of N answers, beside the average and the greedy answer, as far as it is recorded."""
    gains = [f"less average, N = {N}", f"less greedy, N = {N}"]
    table = Table("Best of N", ["pick", *(f"N = {n}" for n in NS), *gains])
    means = scores.values(average)
    greedy = {
        name: float(one.greedy_is_right)
        for name, one in questions.items()
        if one.greedy_is_right is not None and name in means
    }
    if greedy:
        share = "" if len(greedy) == len(means) else f" ({len(greedy)} problems only)"
        rest = [*["" for _ in NS[1:]], _less(greedy, means), ""]
        table.rows.append([f"greedy{share}", _cell(list(greedy.values())), *rest])
    for rule in RULES:
        by_n = {n: scores.values(lambda one, n=n, rule=rule: rule.chance(one, n)) for n in NS}  # type: ignore[misc]
        cells = [_cell(list(by_n[n].values())) for n in NS]
        table.rows.append(
            [rule.name, *cells, _less(by_n[N], means), _less(by_n[N], greedy) if greedy else ""]
        )
    return table


def scores_table(
    trained: SplitScores,
    questions: Mapping[str, RealQuestion],
    others: Mapping[str, Callable[[RealQuestion, int], list[float]]],
    splits: int,
) -> Table:
    """Return other scores in the place of the reward model's."""
    table = Table(
        "Other scores", ["score", "pairs in order", f"best of {N}", "less average", f"less {REWARD_MODEL}"]
    )
    picks = trained.values(lambda one: reward_model_chance(one, N))
    means = trained.values(average)
    table.rows.append(
        [
            REWARD_MODEL,
            f"{fmean(trained.pair_accuracy):.1%}",
            _cell(list(picks.values())),
            _less(picks, means),
            "",
        ]
    )
    for name, score in others.items():
        scored = SplitScores()
        for seed in range(splits):
            held: list[HeldOutQuestion] = []
            for question in questions.values():
                held.append(question.held_out(score(question, seed)))
                scored.questions.setdefault(question.id, []).append(held[-1])
            scored.pair_accuracy.append(pair_accuracy(held) or 0.5)
        values = scored.values(lambda one: reward_model_chance(one, N))
        row = [name, f"{fmean(scored.pair_accuracy):.1%}", _cell(list(values.values()))]
        table.rows.append([*row, _less(values, means), _less(values, picks)])
    return table


def variants_table(results: Mapping[str, SplitScores], configured: str) -> Table:
    """Return reward models from other pairs."""
    columns = ["pairs by", "pairs", "pairs in order", f"best of {N}", "less average", f"less {configured}"]
    table = Table("Reward models from other pairs", columns)
    baseline = results[configured].values(lambda one: reward_model_chance(one, N))
    for name, scores in results.items():
        if not scores.questions:
            table.rows.append([name, "0", "", "", "", ""])
            continue
        picks = scores.values(lambda one: reward_model_chance(one, N))
        row = [
            name,
            f"{fmean(scores.pairs):.0f}",
            f"{fmean(scores.pair_accuracy):.1%}",
            _cell(list(picks.values())),
        ]
        table.rows.append(
            [*row, _less(picks, scores.values(average)), _less(picks, baseline) if name != configured else ""]
        )
    return table


def _cell(values: Sequence[float]) -> str:
    estimate = bootstrap(values)
    return f"{100 * estimate.mean:.1f} [{100 * estimate.low:.1f}–{100 * estimate.high:.1f}]"


def _less(first: Values, second: Values) -> str:
    """Return the mean difference over the problems that both have."""
    estimate = bootstrap([first[name] - second[name] for name in sorted(first.keys() & second.keys())])
    return f"{100 * estimate.mean:+.1f} [{100 * estimate.low:+.1f} to {100 * estimate.high:+.1f}]"
