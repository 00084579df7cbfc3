"""Of a checker that runs what a program returned as code, one well-formed result is taken and nothing else."""

import json

import pytest

from services.executor.sandbox.guest.wire.orders import DECIDED
from services.executor.sandbox.scheduler.untrusted import EvaluatingTest, ForgedLine

ANNOUNCED = EvaluatingTest(index=3, t=1, since_s=100.0)
RESULT = ["test", 3, 1, "wrong_answer", 0.25, "returned 5", False]


def _parse(*messages):
    return ANNOUNCED.parse(json.dumps(messages).encode())


def _with(position, value):
    return [*RESULT[:position], value, *RESULT[position + 1 :]]


def test_the_result_of_the_announced_test_is_taken():
    assert _parse(["edge", 3], RESULT) == [["edge", 3], RESULT]


def test_the_program_alone_decided_a_pass_whatever_the_line_says():
    (taken,) = _parse(_with(3, "passed"))
    assert taken[6] == DECIDED


def test_the_message_is_cut_and_has_no_control_characters():
    (taken,) = _parse(_with(5, "\x1b\ud800" + "x" * 2000))
    assert taken[5].startswith("\\x1b\\ud800x")
    assert len(taken[5]) == 500


@pytest.mark.parametrize(
    "message",
    [
        _with(0, "end"),
        _with(1, 4),
        _with(2, 0),
        _with(3, "invalid_test"),
        _with(3, "not_run"),
        _with(3, "excellent"),
        _with(3, []),
        _with(4, -1.0),
        _with(4, "1"),
        _with(4, True),
        _with(4, None),
        _with(5, 7),
        [*RESULT, {"stdout": ""}],
        RESULT[:5],
        ["edge", 4],
        ["end", 3],
        ["idle", 3, -1e9],
        [],
        "test",
        7,
        None,
    ],
)
def test_any_other_message_is_forged(message):
    with pytest.raises(ForgedLine):
        _parse(message)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"7",
        b"[" * 50_000,
        b"[" + b"1" * 5000 + b"]",
        b'[["test", 3, 1, "passed", NaN, "", false]]',
        b'[["test", 3, 1, "passed", 1e999, "", false]]',
        b"\xff\xfe",
    ],
)
def test_any_other_line_is_forged(line):
    with pytest.raises(ForgedLine):
        ANNOUNCED.parse(line)


@pytest.mark.parametrize(
    ("now_s", "cpu_s", "idle_s"), [(100.5, 0.0, 0.0), (104.0, 3.5, 0.0), (104.0, 0.5, 3.5)]
)
def test_time_that_is_not_reported_as_cpu_time_is_idle_time(now_s, cpu_s, idle_s):
    assert ANNOUNCED.idle_s(now_s, cpu_s) == idle_s


@pytest.mark.parametrize(
    ("now_s", "cpu_s", "stuck"),
    [(101.0, 1.0, False), (101.0, 6.0, True), (110.0, 0.0, False), (200.0, 1.0, True)],
)
def test_a_session_that_goes_on_for_too_long_is_stuck(now_s, cpu_s, stuck):
    assert ANNOUNCED.is_stuck(now_s, cpu_s, cpu_limit_s=1.0, wall_limit_s=12.0) is stuck
