"""pass@1, lifts and differences of measurements, paired by question."""

import pytest

from loop.questions import LoopQuestion
from loop.rl.points import Measurement, MeasurementFile, by_split, difference, point


def questions(number, split="held_out", prefix="q"):
    return [
        LoopQuestion(
            id=f"{prefix}{at}", split=split, text="t", entry_point="f", program="", tests=["assert f()"]
        )
        for at in range(number)
    ]


def test_a_lift_is_paired_by_question_so_a_steady_gain_has_a_narrow_interval():
    known = questions(20)
    before = {question.id: (at % 5) / 10 for at, question in enumerate(known)}
    after = {name: rate + 0.25 for name, rate in before.items()}
    lift = difference(after, before, known)["held_out"]
    assert lift.mean == pytest.approx(0.25)
    assert (lift.low, lift.high) == pytest.approx((0.25, 0.25))
    spread = by_split(after, known)["held_out"]
    assert spread.high - spread.low > 0.05, "questions differ, so each pass@1 alone has a wide interval"


def test_a_fall_is_negative_and_a_question_without_a_verdict_is_left_out_of_both():
    known = questions(3)
    lift = difference({"q0": 0.0, "q1": 0.5}, {"q0": 1.0, "q1": 0.5, "q2": 1.0}, known)["held_out"]
    assert (lift.mean, lift.questions) == (-0.5, 2)


def test_few_questions_have_no_interval():
    assert by_split({"q0": 1.0}, questions(1))["held_out"].low is None


def test_splits_are_apart_and_a_split_without_rates_is_absent():
    known = [*questions(2), *questions(1, "held_out_family", "f"), *questions(1, "train", "t")]
    shares = by_split({"q0": 1.0, "q1": 0.0, "f0": 1.0}, known)
    assert {split: (one.mean, one.questions) for split, one in shares.items()} == {
        "held_out": (0.5, 2),
        "held_out_family": (1.0, 1),
    }


def test_a_resumed_training_drops_what_it_measures_again(tmp_path):
    file = MeasurementFile(tmp_path / "run" / "points.jsonl")
    assert file.read() == []
    for step in (0, 20, 40):
        file.append(Measurement(step=step, sampled={"q0": 0.5}, greedy={"q0": 1.0}, wall_s=step))
    file.drop_after(20)
    assert [one.step for one in file.read()] == [0, 20]
    shown = point(file.read()[-1], questions(1))
    assert (shown.pass_at_1["held_out"].mean, shown.greedy["held_out"].mean) == (0.5, 1.0)
