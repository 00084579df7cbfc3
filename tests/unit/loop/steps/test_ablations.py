import gzip
import json
from pathlib import Path

import anyio

from clients.contract import (
    CandidateResult,
    Outcome,
    ProgramRole,
    Question,
    Seed,
    Status,
    SynthProgram,
    SynthRow,
    SynthTest,
    TestDrop,
    TestOrigin,
    TestResult,
)
from loop.config import LoopConfig
from loop.folder import RunFolder
from loop.results import AblationRow
from loop.steps.ablations import ablation_row, ablations_of, write_pairs
from loop.steps.context import StepContext
from loop.steps.held_out.measured import ImaginedTests
from loop.steps.synthesis.rows import ReadRow

P, W = Outcome.PASSED, Outcome.WRONG_ANSWER


def imagined() -> ImaginedTests:
    tests = [SynthTest(source=f"assert f({at}) == {at}") for at in range(4)]
    tests[3] = SynthTest(source="assert f(3) == 9", dropped=TestDrop.REJECTED)
    programs = [
        SynthProgram(
            role=ProgramRole.SAMPLE, model="policy", completion=text, program=f"def f(x): return {text}"
        )
        for text in ("x", "x // 2", "x.y")
    ]
    solver = programs[0].model_copy(update={"role": ProgramRole.SOLVER})
    row = SynthRow(
        seed=Seed(id="q", source="s"),
        question=Question(text="Same.", entry_point="f"),
        tests=tests,
        programs=[solver, *programs],
    )
    one = ReadRow(row, is_done=True)
    return ImaginedTests(one, one.usable)


def verdict(*outcomes: Outcome) -> CandidateResult:
    return CandidateResult(
        id="0",
        index=0,
        suite="q",
        status=Status.JUDGED,
        pass_rate=0.5,
        tests=[TestResult(outcome=outcome) for outcome in outcomes],
    )


VERDICTS = {"q": [verdict(P, P, P, W), verdict(P, W, W, P), verdict(W, W, W, W)]}


def pairs(tmp_path: Path, slug: str, *, reject_rate_zero: bool = True) -> list[tuple[float, float]]:
    (ablation,) = [one for one in ablations_of(reject_rate_zero=reject_rate_zero) if one.slug == slug]
    path = tmp_path / "pairs.jsonl.gz"
    count = write_pairs(path, ablation, {"q": imagined()}, VERDICTS)
    with gzip.open(path, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    assert len(rows) == count
    return sorted((row["chosen_rate"], row["rejected_rate"]) for row in rows)


def test_without_filtering_a_wrong_test_counts(tmp_path: Path) -> None:
    # The right program passes 3 of 4 tests: it is no longer good enough to be chosen.
    assert pairs(tmp_path, "unfiltered") == []


def test_without_rate_zero_answers_a_pair_is_gone(tmp_path: Path) -> None:
    assert pairs(tmp_path, "rate_zero") == [(1.0, 1 / 3)]


def test_a_configuration_without_them_has_the_opposite_ablation(tmp_path: Path) -> None:
    assert pairs(tmp_path, "rate_zero", reject_rate_zero=False) == [(1.0, 0.0), (1.0, 1 / 3)]
    assert ablations_of(reject_rate_zero=False)[1].name == "with rate-0 answers"


def test_an_ablation_without_pairs_has_a_row_and_no_reward_model(tmp_path: Path) -> None:
    """With a real coder no answer may pass 80 % of unfiltered tests. Nothing is trained or served here."""
    context = StepContext(RunFolder(tmp_path), LoopConfig())
    (ablation,) = [one for one in ablations_of(reject_rate_zero=True) if one.slug == "unfiltered"]

    async def make() -> AblationRow:
        return await ablation_row(context, tmp_path, ablation, {"q": imagined()}, VERDICTS)

    row = anyio.run(make)
    assert (row.name, row.pairs, row.by_n, row.gain) == ("without filtering", 0, {}, None)


def test_tests_that_were_added_after_the_filter_count_with_the_filtered_ones_alone() -> None:
    one = imagined()
    added = SynthTest(source="assert f(9) == 9", origin=TestOrigin.MUTATED)
    row = one.row.row.model_copy(update={"tests": [*one.row.row.tests, added]})
    tests = ImaginedTests(ReadRow(row, is_done=True), [0, 1, 2, 3, 4])
    assert (tests.kept, tests.written) == ([0, 1, 2, 4], [0, 1, 2, 3])
