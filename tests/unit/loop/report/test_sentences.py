"""The headline says what the numbers are, and claims a difference only where the interval leaves out 0."""

import pytest

from loop.report.numbers import Evidence
from loop.report.sentences import CHANCE, headline
from loop.results import LoopResults, RlResults, Share
from tests.unit.loop.report import invented


def run_with(lift):
    run = invented.rl_run("rule", (0.3, 0.5), 0.2)
    return run.model_copy(update={"lift": {"held_out": lift}})


@pytest.mark.parametrize(
    ("low", "high", "evidence"),
    [
        (0.01, 0.4, Evidence.ABOVE),
        (-0.01, 0.4, Evidence.UNCLEAR),
        (0.0, 0.4, Evidence.UNCLEAR),
        (-0.4, -0.01, Evidence.BELOW),
        (None, None, Evidence.UNCLEAR),
    ],
)
def test_a_lift_is_claimed_only_where_the_interval_leaves_out_zero(low, high, evidence):
    lift = Share(mean=-0.2 if evidence is Evidence.BELOW else 0.2, low=low, high=high, questions=64)
    sentence = headline(LoopResults(name="x", seed=0, rl=RlResults(runs=[run_with(lift)])))[0]
    assert sentence.evidence is evidence
    assert (CHANCE in sentence.text) == (evidence is Evidence.UNCLEAR)
    assert ("lifts" in sentence.text) == (evidence is Evidence.ABOVE)
    assert ("lowers" in sentence.text) == (evidence is Evidence.BELOW)


def test_the_first_sentence_is_the_lift_with_its_interval():
    sentence = headline(invented.results())[0]
    assert sentence.text == (
        "RL with the rule reward (80 steps) lifts pass@1 on held-out questions from 28.1 % to 59.4 %: "
        "+31.3 points [+22.3 to +40.3], 64 questions; greedy answers: +31.3 points [+21.3 to +41.3]."
    )


def test_best_of_n_is_compared_by_the_paired_differences():
    texts = [sentence.text for sentence in headline(invented.results())]
    assert any(
        "Best of 64 by the reward model solves 59.3 % [51.3–67.3] of 96 held-out questions: above greedy (33.3 %; +26.0 points "
        "[+18.0 to +34.0])" in text
        for text in texts
    )  # fmt: skip


def test_the_reward_model_is_compared_with_rules_that_may_beat_it():
    texts = [sentence.text for sentence in headline(invented.results())]
    assert [text for text in texts if "than by imagined tests" in text] == [
        f"Best of 64 by the reward model solves 8.7 points less than by imagined tests [−18.7 to +1.3]: {CHANCE}."
    ]


@pytest.mark.parametrize(("last", "is_said"), [(0.137, True), (0.30, False)])
def test_a_reward_model_that_is_optimised_too_far_is_said_to_be(last, is_said):
    selection = invented.selection()
    row = selection.rows[0].model_copy(update={"by_n": {8: invented.share(0.354), 64: invented.share(last)}})
    changed = selection.model_copy(update={"rows": [row]})
    texts = [s.text for s in headline(invented.results(best_of_n=changed))]
    expected = "The reward model's picks get worse with more samples: 35.4 % [27.4–43.4] of 8, 13.7 % [5.7–21.7] of 64."
    assert (expected in texts) is is_said


def test_without_paired_differences_overlapping_intervals_claim_nothing():
    selection = invented.selection().model_copy(update={"gains": {}, "greedy": invented.share(0.55)})
    text = next(s for s in headline(invented.results(best_of_n=selection)) if s.text.startswith("Best of 64"))
    assert "not clearly different from greedy" in text.text
    assert "above average" in text.text
    assert text.evidence is Evidence.UNCLEAR


def test_without_their_difference_two_runs_that_overlap_are_not_ranked():
    rl = invented.rl().model_copy(update={"differences": []})
    texts = [sentence.text for sentence in headline(invented.results(rl=rl))]
    assert any(
        "overlap on held-out families: the run does not show which is better" in text for text in texts
    )


def test_a_difference_across_zero_says_so():
    texts = [sentence.text for sentence in headline(invented.results())]
    assert any(
        text.startswith("Best of N by a reward model without rate-0 answers") and CHANCE in text
        for text in texts
    )
    assert any(
        text.startswith("Best of N by a reward model without filtering") and CHANCE not in text
        for text in texts
    )


@pytest.mark.parametrize(("rate", "expected"), [(0.0, "none was passed"), (0.5, "4 were passed")])
def test_canaries_are_counted(rate, expected):
    steps = {"rule": [{"step": at, "canaries": 2, "canary_pass_rate": rate} for at in range(4)]}
    texts = [s.text for s in headline(LoopResults(name="x", seed=0, monitor_steps=steps))]
    assert texts == [
        next(text for text in texts if "Of 8 programs for canaries" in text and expected in text)
    ]


def test_only_a_base_policy_is_described():
    assert headline(LoopResults(name="x", seed=0, world=invented.world()))[0].text == (
        "The base policy (3.1 M parameters) solves 28.1 % [20.1–36.1] of the held-out questions."
    )  # fmt: skip


def test_no_difference_at_all_is_neither_more_nor_less_and_needs_no_interval():
    gains = {"imagined tests": Share(mean=0.0, questions=3)}
    selection = invented.selection().model_copy(update={"gains": gains})
    texts = [sentence.text for sentence in headline(LoopResults(name="x", seed=0, best_of_n=selection))]
    assert (
        f"Best of 64 by the reward model solves 0.0 points more or less than by imagined tests [no interval]: {CHANCE}."
        in texts
    )
