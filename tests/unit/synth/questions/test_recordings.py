"""Every recorded reply of a real model is read by a stated rule, or has a reason why it is not."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from services.synth.io_problems.replies import read_problem
from services.synth.pipeline.stage import RowDrop
from services.synth.prompts import load_prompt
from services.synth.questions.repairs import parses
from services.synth.questions.replies import parse_reply
from services.synth.questions.signatures import NoEntryPointError, settle
from tests.support.replay.recordings import Recordings, load

EARLIER = Path(__file__).resolve().parents[5] / "shared/data/llm"
"""Replies of the 1.5B model to other prompts than ours."""
REWRITES = [line for line in load() if line["purpose"] == "rewrite"]


def earlier(name):
    path = EARLIER / f"{name}.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]


def read(rows):
    return [parse_reply(row["reply"], row["finish_reason"]) for row in rows]


@pytest.mark.real_data
def test_rewrites_of_which_a_plain_parser_loses_half_are_read():
    replies = read(earlier("rewrite_qwen15b"))
    tests = [test for reply in replies for test in reply.tests]
    assert len(replies) == 42
    assert sum(reply.label == "fenced" for reply in replies) == 21, "what is JSON without a repair"
    assert all(reply.question for reply in replies)
    assert sum(not reply.tests for reply in replies) == 4, (
        "their tests are objects that do not say how they are passed"
    )
    assert (len(tests), sum(map(parses, tests))) == (469, 465)


@pytest.mark.real_data
def test_imagined_tests_of_which_a_quarter_is_malformed_are_read():
    rows = earlier("imagined_tests_qwen15b")
    replies = read(rows)
    tests = [test for reply in replies for test in reply.tests]
    assert len(replies) == 81
    assert sum(reply.label == "fenced" for reply in replies) == 62
    unread = [row["task_id"] for row, reply in zip(rows, replies, strict=True) if not reply.tests]
    assert unread == ["HumanEval/44"], "a list of tuples that no call goes with"
    assert (len(tests), sum(map(parses, tests))) == (952, 949)


@pytest.mark.real_data
def test_their_questions_settle_on_the_function_that_the_tests_call():
    changes = Counter()
    for reply in read(earlier("rewrite_qwen15b")):
        try:
            changes["+".join(settle(reply.question, reply.signature, reply.tests).changes)] += 1
        except NoEntryPointError:
            changes["none"] += 1
    assert changes == {"inferred+added": 37, "": 1, "none": 4}


def settled_or_reason(line):
    reply = parse_reply(line["reply"], line["finish_reason"])
    if not reply.question or not reply.tests:
        return None, "malformed_reply"
    try:
        return settle(reply.question, reply.signature, reply.tests), ""
    except NoEntryPointError:
        return None, "no_entry_point"


@pytest.mark.parametrize(
    "line", REWRITES, ids=lambda line: f"{line['model'][-13:-9]}-{line['seed_id']}-{line['body']['seed']}"
)
def test_a_recorded_rewrite_is_read_or_has_a_reason(line):
    settled, reason = settled_or_reason(line)
    if settled is None:
        assert reason in set(RowDrop)
    else:
        assert settled.entry_point in settled.text
        assert settled.signature.startswith(f"def {settled.entry_point}(")


def test_recorded_programs_answer_the_questions_of_recorded_rewrites():
    recordings = Recordings(load())
    questions = [settled for line in REWRITES if (settled := settled_or_reason(line)[0])]
    prompts = [
        load_prompt("solve").messages(
            question=settled.text, entry_point=settled.entry_point, signature=settled.signature, tests=""
        )
        for settled in questions
    ]
    answered = [recordings.has(messages) for messages in prompts]
    assert any(answered), (
        "the settled text of a question has changed: no recorded program belongs to it any more"
    )
    for settled, messages, has_programs in zip(questions, prompts, answered, strict=True):
        if has_programs:
            reply = recordings.pick(messages, 0, has_schema=False)
            assert settled.entry_point in reply.text


def test_refinements_repeat_what_they_are_shown_and_are_read_also_when_they_are_cut_off():
    lines = [line for line in load() if line["purpose"] == "refine"]
    replies = read(lines)
    assert (len(lines), sum(line["finish_reason"] == "length" for line in lines)) == (9, 4)
    assert all(parses(test) for reply in replies for test in reply.tests)
    shown = [line["body"]["messages"][1]["content"] for line in lines]
    ended = [
        [test in text for test in reply.tests]
        for line, reply, text in zip(lines, replies, shown, strict=True)
        if line["finish_reason"] == "stop"
    ]
    assert (sum(map(len, ended)), sum(map(sum, ended))) == (65, 58)


def test_problems_of_stdin_are_read_from_every_recorded_reply():
    problems = [read_problem(line["reply"]) for line in load() if line["purpose"] == "rewrite_stdin"]
    assert [bool(problem and problem.question) for problem in problems] == [True] * 8
    assert all(problem.examples for problem in problems)
    assert sum(problem.needs_checker for problem in problems) == 6
