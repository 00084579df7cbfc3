"""Collects what flowed through a run: the stations of the loop, and what went from each to the next, with counts. Pure.

``flow_picture`` draws it. A station that has not run yet has no numbers and is marked so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loop.report.numbers import count, decimal, percent, points, ratio, run_label, size
from loop.results import DatasetResults, LoopResults, RlRun, Share

MAX_REASONS = 6
"""Reasons of drops in the picture, of each kind; the table of the data set has all."""
RULE_RUNS = frozenset({"rule", "pass_rate"})
"""Runs whose reward is the executor's alone; the rewards of the others need the reward model."""


@dataclass(frozen=True, slots=True)
class Station:
    """One box of the picture."""

    key: str
    title: str
    lines: Sequence[str]
    is_done: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """What went from one station to another."""

    source: str
    target: str
    number: int | None
    noun: str


@dataclass(frozen=True, slots=True)
class Drops:
    """What one stage dropped: a title, and the number by reason, most frequent first."""

    title: str
    reasons: Sequence[tuple[str, int]]

    @property
    def more(self) -> int:
        """Number of reasons that the picture leaves out."""
        return max(len(self.reasons) - MAX_REASONS, 0)


@dataclass(frozen=True, slots=True)
class Flow:
    """Everything that the picture shows."""

    stations: Mapping[str, Station]
    arrows: Sequence[Arrow]
    test_drops: Drops | None
    row_drops: Drops | None


def flow_of(results: LoopResults) -> Flow:
    """Return what flowed through a run."""
    stations = [*_synthesis_stations(results), *_model_stations(results), *_rl_stations(results)]
    data = results.dataset
    return Flow(
        stations={station.key: station for station in stations},
        arrows=_arrows(results),
        test_drops=_drops("test", _all_test_drops(data)) if data else None,
        row_drops=_drops("question", data.row_drops) if data else None,
    )


def main_split(shares: Mapping[str, Share]) -> str | None:
    """Return the split that one number is shown of: ``held_out``, else the first."""
    return "held_out" if "held_out" in shares else next(iter(shares), None)


def most_samples(by_n: Mapping[int, Share]) -> int | None:
    """Return the largest N."""
    return max(by_n, default=None)


def _all_test_drops(data: DatasetResults) -> dict[str, int]:
    """Return reason → tests, with the tests that were lost because their question was dropped."""
    rest = data.tests_imagined - data.tests_kept - sum(data.test_drops.values())
    return {**data.test_drops, **({"of dropped questions": rest} if rest > 0 and data.row_drops else {})}


def _drops(noun: str, reasons: Mapping[str, int]) -> Drops | None:
    if not reasons:
        return None
    total = sum(reasons.values())
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return Drops(f"{count(total)} {noun}{'' if total == 1 else 's'} dropped", ordered)


def _synthesis_stations(results: LoopResults) -> list[Station]:
    data, world = results.dataset, results.world
    seeds = data.seeds if data else world.questions.get("train") if world else None
    seed_lines = [] if seeds is None else [f"{count(seeds)} right programs"]
    if data is None:
        empty = (("questions", "Questions + tests"), ("filter", "Filter"), ("suites", "Suites"))
        rest = [
            Station(key, title, [], is_done=False)
            for key, title in (*empty, ("programs", "Programs"), ("pairs", "Pairs"))
        ]
        return [Station("seeds", "Seeds", seed_lines, seeds is not None), *rest]
    wrong_made = ratio(data.wrong_tests_imagined, data.tests_imagined)
    wrong_kept = ratio(data.wrong_tests_kept, data.tests_kept)
    kept = ratio(data.tests_kept, data.tests_imagined)
    filter_lines = [f"{percent(kept)} % of tests kept"] if kept is not None else ["no test to filter"]
    filter_lines += (
        [f"of these {percent(wrong_kept)} % wrong" if wrong_kept else "none of these wrong"]
        if wrong_kept is not None
        else []
    )
    made_lines = ["tests are imagined"] + (
        [f"{percent(wrong_made)} % of them wrong"] if wrong_made is not None else []
    )
    suite_tests = data.tests_kept + data.tests_added
    per_suite, per_question = ratio(suite_tests, data.questions), ratio(data.samples, data.questions)
    suite_lines = [] if per_suite is None else [f"{decimal(per_suite)} tests each"]
    suite_lines += [f"{count(data.tests_added)} added to them"] if data.tests_added else []
    return [
        Station("seeds", "Seeds", seed_lines, is_done=True),
        Station("questions", "Questions + tests", made_lines, is_done=True),
        Station("filter", "Filter", filter_lines, is_done=True),
        Station("suites", "Suites", suite_lines, is_done=True),
        Station(
            "programs",
            "Programs",
            ([] if per_question is None else [f"{decimal(per_question)} a question"])
            + [f"pass rate {percent(data.pass_rate)} %"],
            is_done=True,
        ),
        Station("pairs", "Pairs", ["chosen and rejected", f"of {count(data.pair_questions)} questions"], is_done=True),
    ]  # fmt: skip


def _model_stations(results: LoopResults) -> list[Station]:
    world, selection = results.world, results.best_of_n
    policy = []
    if world:
        policy = [size(world.policy_parameters)]
        if split := main_split(world.pass_at_1):
            policy.append(f"pass@1 {percent(world.pass_at_1[split].mean)} %")
    accuracy = selection.pair_accuracy if selection else None
    model = [] if accuracy is None else ["orders rightly", f"{percent(accuracy)} % of pairs"]
    best = []
    if selection:
        row = next((row for row in selection.rows if row.rule == "reward model"), None)
        most = most_samples(row.by_n) if row else None
        best = [
            f"greedy {percent(selection.greedy.mean)} %",
            f"any is right {percent(selection.oracle.mean)} %",
        ]
        if row and most is not None:
            best.insert(0, f"pick of {most}: {percent(row.by_n[most].mean)} %")
    return [
        Station("policy", "Base policy", policy, world is not None),
        Station("reward_model", "Reward model", model, selection is not None or "reward_model" in results.wall_s),
        Station("best_of_n", "Best of N", best, selection is not None),
    ]  # fmt: skip


def _rl_stations(results: LoopResults) -> list[Station]:
    runs = results.rl.runs if results.rl else []
    by_rule = [run for run in runs if run.name.replace("-", "_") in RULE_RUNS]
    by_model = [run for run in runs if run not in by_rule]
    return [
        Station("rl_rule", "RL, rule reward", _rl_lines(by_rule), bool(by_rule)),
        Station("rl_model", "RL, reward model", _rl_lines(by_model), bool(by_model)),
    ]


def _rl_lines(runs: Sequence[RlRun]) -> list[str]:
    lines = []
    for run in runs[:2]:
        split = main_split(run.lift)
        if split is None or not run.points or split not in run.points[-1].pass_at_1:
            continue
        first, last = run.points[0].pass_at_1.get(split), run.points[-1].pass_at_1[split]
        before = f"{percent(first.mean)} → " if first else ""
        label = f"{run_label(run.name)}: " if len(runs) > 1 else ""
        lines += [f"{label}{before}{percent(last.mean)} %"]
        lines += [f"{points(run.lift[split].mean)} points"] if len(runs) == 1 else []
    return lines


def _arrows(results: LoopResults) -> list[Arrow]:
    data, selection = results.dataset, results.best_of_n
    runs = results.rl.runs if results.rl else []
    rewards = {True: 0, False: 0}
    for run in runs:
        rewards[run.name.replace("-", "_") in RULE_RUNS] += run.steps * run.samples_per_step
    held_out = selection.questions * selection.samples_per_question if selection else None
    return [
        Arrow("seeds", "questions", data.seeds if data else None, "seeds"),
        Arrow("questions", "filter", data.tests_imagined if data else None, "tests"),
        Arrow("filter", "suites", data.tests_kept if data else None, "tests"),
        Arrow("suites", "programs", data.questions if data else None, "questions"),
        Arrow("programs", "pairs", data.samples if data else None, "verdicts"),
        Arrow("pairs", "reward_model", data.pairs if data else None, "pairs"),
        Arrow("reward_model", "best_of_n", held_out, "scores"),
        Arrow("suites", "rl_rule", rewards[True] or None, "rewards"),
        Arrow("reward_model", "rl_model", rewards[False] or None, "rewards"),
    ]
