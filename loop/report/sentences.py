"""Writes what a run shows as sentences computed from its numbers. Pure.

A sentence claims a difference only where the interval leaves out 0. Otherwise it says that the difference cannot be
told from chance. It never says why.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from loop.report.flow import main_split, most_samples
from loop.report.numbers import (
    NO_INTERVAL,
    Evidence,
    count,
    evidence_between,
    evidence_of,
    interval,
    percent,
    plural,
    points,
    points_interval,
    ratio,
    reward_label,
    size,
    split_label,
)
from loop.results import DatasetResults, LoopResults, RlResults, RlRun, SelectionResults, SelectionRow, Share

CHANCE = "no difference that can be told from chance"
REWARD_MODEL = "reward model"
"""The rule of the reward model in the rows of best-of-N."""

BASELINES = (REWARD_MODEL, "length", "random", "oracle")
"""How the rules begin that the headline does not compare the reward model with: they are no competitors."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the headline."""

    text: str
    evidence: Evidence | None = None
    """What its difference shows; ``None``: it states no difference."""


def headline(results: LoopResults) -> list[Sentence]:
    """Return what the run shows, the most important first."""
    sentences: list[Sentence] = []
    if results.rl:
        sentences += [sentence for run in results.rl.runs for sentence in _rl(run)]
        sentences += _run_differences(results.rl)
    if results.best_of_n:
        sentences += _selection(results.best_of_n)
    if results.dataset:
        sentences += _dataset(results.dataset)
    if results.ablations:
        for row in results.ablations.rows:
            if row.gain:
                subject = f"Best of N by a reward model {row.name} solves"
                sentences.append(_difference(subject, row.gain, "than by the one as configured"))
    sentences += _monitor(results.monitor_steps)
    if not sentences and results.world and (split := main_split(results.world.pass_at_1)):
        base = results.world.pass_at_1[split]
        text = f"The base policy ({size(results.world.policy_parameters)}) solves {_share(base)} of the"
        sentences.append(Sentence(f"{text} {split_label(split)}."))
    return sentences or [Sentence("No step of this run has results yet.")]


def missing_parts(results: LoopResults) -> list[str]:
    """Return the steps that have no results, in words."""
    parts = {
        "questions and base policy (world)": results.world,
        "data set (synthesise)": results.dataset,
        "best of N (best_of_n)": results.best_of_n,
        "RL (rl)": results.rl,
        "ablations": results.ablations,
        "examples": results.examples,
    }
    return [name for name, part in parts.items() if part is None]


def has_intervals(results: LoopResults) -> bool:
    """Return whether any share of the run has an interval; a run of a few questions has none."""
    shares = [results.best_of_n.average] if results.best_of_n else []
    for run in results.rl.runs if results.rl else []:
        shares += run.lift.values()
    return any(share.low is not None for share in shares) or not shares


def _share(share: Share) -> str:
    bounds = interval(share)
    return f"{percent(share.mean)} %" + (f" [{bounds}]" if bounds else "")


def _rl(run: RlRun) -> Iterator[Sentence]:
    """Yield a sentence for each split of a run."""
    for split, lift in run.lift.items():
        shares = [point.pass_at_1[split] for point in run.points if split in point.pass_at_1]
        way = f" from {percent(shares[0].mean)} % to {percent(shares[-1].mean)} %" if len(shares) > 1 else ""
        reward = f"RL with the {reward_label(run.name)} ({plural(run.steps, 'step')})"
        amount = f"{_amount(lift)}, {plural(lift.questions, 'question')}"
        greedy = run.greedy_lift.get(split)
        end = f"; greedy answers: {_amount(greedy)}" if greedy else ""
        evidence = evidence_of(lift)
        if evidence is Evidence.UNCLEAR:
            text = f"{reward}: {CHANCE} on {split_label(split)}, pass@1{way} ({amount}{end})."
        else:
            verb = "lifts" if evidence is Evidence.ABOVE else "lowers"
            text = f"{reward} {verb} pass@1 on {split_label(split)}{way}: {amount}{end}."
        yield Sentence(text, evidence)


def _amount(difference: Share) -> str:
    return f"{points(difference.mean)} points [{points_interval(difference) or NO_INTERVAL}]"


def _run_differences(rl: RlResults) -> Iterator[Sentence]:
    for pair in rl.differences:
        subject = f"The policy trained with the {reward_label(pair.first)} solves"
        other = f"than the one trained with the {reward_label(pair.second)}, on {split_label(pair.split)}"
        yield _difference(subject, pair.difference, other)
    if rl.differences or len(rl.runs) < 2:
        return
    first, second = rl.runs[0], rl.runs[1]
    for split in first.lift:
        if split not in second.lift or not first.points or not second.points:
            continue
        one, other_share = first.points[-1].pass_at_1.get(split), second.points[-1].pass_at_1.get(split)
        if one and other_share and evidence_between(one, other_share) is Evidence.UNCLEAR:
            names = f"{reward_label(first.name)} and with the {reward_label(second.name)}"
            text = f"The intervals after RL with the {names} overlap on"
            yield Sentence(
                f"{text} {split_label(split)}: the run does not show which is better.", Evidence.UNCLEAR
            )


def _difference(subject: str, difference: Share, other: str) -> Sentence:
    """Return a sentence such as: X solves 3.1 points more than Y."""
    evidence = evidence_of(difference)
    amount = points(abs(difference.mean)).lstrip("+")
    word = "more or less" if amount == "0.0" else "less" if difference.mean < 0 else "more"
    end = f": {CHANCE}." if evidence is Evidence.UNCLEAR else "."
    bounds = points_interval(difference) or NO_INTERVAL
    return Sentence(f"{subject} {amount} points {word} {other} [{bounds}]{end}", evidence)


def _selection(selection: SelectionResults) -> Iterator[Sentence]:
    row = next((row for row in selection.rows if row.rule == REWARD_MODEL), None)
    most = most_samples(row.by_n) if row else None
    if row is None or most is None:
        return
    pick = row.by_n[most]
    others = {"greedy": selection.greedy, "average": selection.average}
    verdicts = {name: _evidence(selection, name, pick, share) for name, share in others.items()}
    words = {
        Evidence.ABOVE: "above",
        Evidence.BELOW: "below",
        Evidence.UNCLEAR: "not clearly different from",
    }
    parts = [
        f"{words[verdicts[name]]} {name} ({percent(share.mean)} %{_gain(selection, name)})"
        for name, share in others.items()
    ]
    least = {Evidence.BELOW: 0, Evidence.UNCLEAR: 1, Evidence.ABOVE: 2}
    room = selection.oracle.mean - selection.average.mean
    covered = ratio(pick.mean - selection.average.mean, room) if room > 0 else None
    questions = plural(selection.questions, "held-out question")
    way = (
        f"; the pick covers {percent(covered)} % of the way from average to it"
        if covered is not None and covered > 0
        else ""
    )
    yield Sentence(
        f"Best of {most} by the reward model solves {_share(pick)} of {questions}: {' and '.join(parts)}. "
        f"The oracle, which no rule can beat, is at {percent(selection.oracle.mean)} %{way}.",
        min(verdicts.values(), key=least.__getitem__),
    )
    yield from _other_rules(selection, row, most)


def _other_rules(selection: SelectionResults, row: SelectionRow, most: int) -> Iterator[Sentence]:
    """Yield whether more samples make the reward model's picks worse, and how it stands to rules that may beat it."""
    pick = row.by_n[most]
    peak = max(row.by_n, key=lambda n: row.by_n[n].mean)
    if evidence_between(row.by_n[peak], pick) is Evidence.ABOVE:
        text = "The reward model's picks get worse with more samples"
        yield Sentence(
            f"{text}: {_share(row.by_n[peak])} of {peak}, {_share(pick)} of {most}.", Evidence.BELOW
        )
    for rule in (one.rule for one in selection.rows if not one.rule.startswith(BASELINES)):
        if gain := selection.gains.get(rule):
            yield _difference(f"Best of {most} by the reward model solves", gain, f"than by {rule}")


def _evidence(selection: SelectionResults, name: str, pick: Share, share: Share) -> Evidence:
    """Return what is shown about the pick: by the paired difference if there is one, else by the two intervals."""
    gain = selection.gains.get(name)
    return evidence_of(gain) if gain else evidence_between(pick, share)


def _gain(selection: SelectionResults, name: str) -> str:
    gain = selection.gains.get(name)
    if gain is None:
        return ""
    return f"; {_amount(gain)}"


def _dataset(data: DatasetResults) -> Iterator[Sentence]:
    before = ratio(data.wrong_tests_imagined, data.tests_imagined)
    after = ratio(data.wrong_tests_kept, data.tests_kept)
    if before is not None and after is not None:
        yield Sentence(
            f"Of {count(data.tests_imagined)} imagined tests {percent(before)} % are wrong; of the "
            f"{count(data.tests_kept)} that the filter kept, {f'{percent(after)} %' if after else 'none'}."
        )


def _monitor(steps: Mapping[str, list[dict[str, object]]]) -> Iterator[Sentence]:
    """Yield how many canaries were passed in all runs."""
    canaries = passed = 0.0
    for lines in steps.values():
        for line in lines:
            number, rate = line.get("canaries"), line.get("canary_pass_rate")
            if isinstance(number, int | float) and isinstance(rate, int | float):
                canaries += number
                passed += number * rate
    if canaries:
        text = "none was passed" if not round(passed) else f"{count(passed)} were passed: read the programs"
        yield Sentence(f"Of {count(canaries)} programs for canaries (suites with a wrong test) {text}.")
