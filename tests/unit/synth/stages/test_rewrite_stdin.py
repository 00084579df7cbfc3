"""The mode ``stdin`` makes a problem of stdin and stdout of a reply, with its examples and whether a checker is needed."""

import json

import anyio
import pytest

from clients.contract import ProgramKind, Seed, SynthRow, TestOrigin
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError
from services.synth.prompts import load_prompt
from services.synth.stages.rewrite import RewriteMode, RewriteOptions, make_rewrite_stage
from services.synth.stages.rewrite_stdin import NEEDS_CHECKER_NOTE
from tests.support.recorded_model import RecordedModel

ROW = SynthRow(seed=Seed(id="s", program="def secret_seed(): ..."))
REPLY = json.dumps(
    {
        "question": "Read n. Print any divisor of n.",
        "examples": [{"input": "6\n", "output": "3\n"}],
        "needs_checker": True,
        "reason": "6 has several divisors",
    }
)


def rewritten(*replies):
    model = RecordedModel(replies)
    stage = make_rewrite_stage(RewriteOptions(mode=RewriteMode.STDIN))
    return anyio.run(stage, ROW, Backends({"writer": [model]}, None)), model


def test_a_reply_becomes_a_question_for_a_script():
    row, model = rewritten("A thought.\n" + REPLY)
    assert (row.question.text, row.question.kind) == ("Read n. Print any divisor of n.", ProgramKind.STDIN)
    (test,) = row.tests
    assert (test.io.stdin, test.io.stdout, test.origin) == ("6\n", "3\n", TestOrigin.IMAGINED)
    assert row.notes[NEEDS_CHECKER_NOTE] is True
    assert row.notes["rewrite.checker_reason"] == "6 has several divisors"
    assert "secret_seed" in model.asked[0][1][-1]["content"]
    assert row.suite().size == 1


def test_another_reply_is_asked_for_and_a_row_without_one_is_dropped():
    row, model = rewritten("none", REPLY)
    assert (len(model.asked), row.notes["rewrite.attempts"]) == (2, 2)
    for replies, words in ((("none",), "no question"), (('{"question": "Print."}',), "no example")):
        with pytest.raises(RowDroppedError, match=words) as caught:
            rewritten(*replies)
        assert caught.value.reason is RowDrop.MALFORMED_REPLY


def test_the_checker_is_asked_for_only_where_it_is_needed():
    prompt = load_prompt("io_programs")
    without, with_checker = (
        prompt.messages(question="Q", checker=checker)[-1]["content"] for checker in ("", "yes")
    )
    assert "def check(" in with_checker
    assert "def check(" not in without
    assert "validate_input" in without
