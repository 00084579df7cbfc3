"""What one execution adds to the panels on the health of rewards."""

from prometheus_client import CollectorRegistry

from clients.contract import ExecutionRequest, SuiteInfo, TestResult
from services.common.dashboard.panels import panel_values
from services.executor.panels import PANELS
from services.executor.results.records import verdict_of
from services.executor.reward_health import RewardHealth, RewardHealthMetrics

P, W = "passed", "wrong_answer"


def shares(*candidates, suites=(), infos=()):
    """Return the number of each reward panel; a candidate is its suite, its program, its outcomes, and who decided."""
    registry = CollectorRegistry()
    request = ExecutionRequest.model_validate(
        {
            "suites": [
                {"id": name, "asserts": ["assert f()"]}
                for name in {row[0] for row in candidates} | set(suites)
            ],
            "candidates": [{"suite": suite, "program": program} for suite, program, *_ in candidates],
        }
    )
    health = RewardHealth(request)
    for index, (_, _, outcomes, *resting) in enumerate(candidates):
        tests = [
            TestResult(outcome=outcome, rests_on_program=t in resting) for t, outcome in enumerate(outcomes)
        ]
        reward = outcomes.count(P) / len(outcomes)
        health.add([(index, b'{"id":"\\"reward\\":7","reward":%r}' % reward)], verdict_of(tests))
    RewardHealthMetrics(registry).record(health, infos)
    now = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in registry.collect()
        for sample in family.samples
    }
    values = {panel.title: panel_values(panel, {}, now, 1.0) for panel in PANELS if panel.group == "Rewards"}
    return {title: numbers[""] for title, numbers in values.items() if "" in numbers}


def test_a_canary_counts_among_canaries_alone():
    assert shares(("s:canary", "a", [P, P]), ("s:canary", "b", [P, W])) == {"Canaries passed, share": 0.5}


def test_groups_are_equal_or_mixed_and_a_single_candidate_is_none():
    rows = [("s", "a", [P, W]), ("s", "b", [W, P]), ("t", "a", [P]), ("t", "b", [W]), ("u", "a", [P])]
    assert shares(*rows)["Groups with equal rewards, share"] == 0.5
    assert "Groups with equal rewards, share" not in shares(("u", "a", [P]))


def test_passes_that_rest_on_the_program_are_a_share_of_all_passes():
    assert (
        shares(("s", "a", [P, P, W], 0), ("s", "b", [P, P]))["Passes that rest on the program, share"] == 0.25
    )


def test_the_held_out_gap_is_of_programs_that_both_suites_judged():
    rows = [("s", "a", [P, P]), ("s:held-out", "a", [P, W]), ("s", "b", [W, W]), ("t:held-out", "c", [W])]
    assert shares(*rows)["Held-out gap"] == 0.5


def test_weak_tests_are_a_share_of_the_valid_tests_that_were_searched():
    searched = SuiteInfo(id="s", test_hashes=["a", "b", "c"], invalid_tests=[2], weak_tests=[0])
    ignored = SuiteInfo(id="t", test_hashes=["d"])
    assert shares(("s", "a", [P]), infos=[searched, ignored])["Weak tests, share"] == 0.5
