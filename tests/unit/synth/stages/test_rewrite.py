"""A seed becomes a question with tests, in one call or several; what cannot be read is dropped with a reason."""

import json

import anyio
import pytest

from clients.contract import Seed, SynthRow, TestDrop, TestOrigin
from services.synth.llm.model import Completion, PromptRefusedError
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError
from services.synth.stages.label import LabelOptions, make_label_stage
from services.synth.stages.registry import STAGES
from services.synth.stages.rewrite import CALLS_NOTE, RewriteMode, RewriteOptions, make_rewrite_stage

ROW = SynthRow(seed=Seed(id="s", program="def secret_seed(): ...", instruction="Sort."))
GOOD = json.dumps(
    {"signature": "def f(a: int) -> int", "question": "Double `a`.", "tests": ["assert f(1) == 2"]}
)


class ScriptedModel:
    """Answers in the order of a list, and keeps what it was asked. A mock: the wire is tested in ``llm``."""

    name = "scripted"

    def __init__(self, *replies):
        self.replies, self.calls = list(replies), []

    async def complete(self, messages, *, purpose, count=1, sampling=None, schema=None):
        self.calls.append((purpose, messages, sampling, schema))
        texts = [self.replies.pop(0) for _ in range(count)]
        if isinstance(texts[0], Exception):
            raise texts[0]
        return [Completion(text, "stop", self.name) for text in texts]


def run(stage, row, model):
    return anyio.run(stage, row, Backends({"writer": [model]}, None))


def rewritten(*replies, row=ROW, **options):
    model = ScriptedModel(*replies)
    return run(make_rewrite_stage(RewriteOptions(**options)), row, model), model


def test_question_tests_and_signature_come_from_one_reply():
    row, model = rewritten(GOOD)
    assert row.question.entry_point == "f"
    assert row.question.signature == "def f(a: int) -> int"
    assert "def f(a: int) -> int" in row.question.text
    assert [(test.source, test.origin) for test in row.tests] == [("assert f(1) == 2", TestOrigin.IMAGINED)]
    assert row.notes == {"rewrite.repair": "none", "rewrite.attempts": 1, "rewrite.signature": "added"}
    prompt = model.calls[0][1][1]["content"]
    assert "def secret_seed(): ..." in prompt
    assert "Sort." in prompt
    assert model.calls[0][3]["required"] == ["signature", "question", "tests"]


def test_a_malformed_reply_is_asked_for_again_with_another_seed():
    row, model = rewritten("I cannot.", GOOD)
    assert row.notes["rewrite.attempts"] == 2
    assert [call[2].seed for call in model.calls] == [0, 1]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("I cannot.", RowDrop.MALFORMED_REPLY),
        ('{"question": "Q", "tests": []}', RowDrop.MALFORMED_REPLY),
        ('{"tests": ["assert f(1) == 2"]}', RowDrop.MALFORMED_REPLY),
        (
            '{"question": "Q", "tests": ["assert a(1) == 2", "assert b(1) == 2", "assert c(1)"]}',
            RowDrop.NO_ENTRY_POINT,
        ),
        (PromptRefusedError("too long"), RowDrop.PROMPT_REFUSED),
    ],
)
def test_a_row_without_a_usable_reply_is_dropped_with_a_reason(reply, reason):
    with pytest.raises(RowDroppedError) as dropped:
        rewritten(reply, reply)
    assert dropped.value.reason is reason
    assert dropped.value.detail


def test_without_repair_only_json_counts():
    broken = '{"question": "Q", "tests": [\nassert f(1) == 2\n]}'
    assert rewritten(broken)[0].notes["rewrite.repair"] == "lines+unquoted"
    with pytest.raises(RowDroppedError, match="repairs are off"):
        rewritten(broken, attempts=1, repair=False)
    assert rewritten(f"```json\n{GOOD}\n```", repair=False)[0].question is not None


def test_the_papers_way_keeps_the_text_of_the_question():
    row, model = rewritten(
        '{"question": "Double it.", "tests": ["assert f(1) == 2"]}', mode=RewriteMode.ACECODER_PAPER
    )
    assert row.question.text == "Double it."
    assert row.question.entry_point == "f"
    assert "about 20" in model.calls[0][1][1]["content"]
    assert model.calls[0][3] is None


def test_inputs_and_labels_are_asked_for_separately_and_labels_without_the_seed():
    replies = (
        '{"signature": "def f(a: int) -> int", "question": "Double `a`."}',
        '{"calls": ["f(1)", "f(2)", "f( 1 )", "g(3)", "f("]}',
        "1. 1 + 1 => 2\n2. => ?",
    )
    row, model = rewritten(*replies, mode=RewriteMode.SEPARATE)
    assert row.notes[CALLS_NOTE] == ["f(1)", "f(2)"]
    assert row.tests == []
    row = run(make_label_stage(LabelOptions()), row, model)
    assert [(test.source, test.dropped) for test in row.tests] == [
        ("assert f(1) == 2", None),
        ("f(2)", TestDrop.UNDECIDED),
    ]
    assert {test.origin for test in row.tests} == {TestOrigin.LABELLED}
    assert [call[0] for call in model.calls] == ["rewrite", "inputs", "label"]
    assert "secret_seed" not in str(model.calls[1:])


def test_votes_settle_an_expected_value():
    row, _ = rewritten(GOOD)
    row = row.model_copy(update={"notes": {CALLS_NOTE: ["f(1)", "f(2)"]}})
    model = ScriptedModel("1. => 2\n2. => 3", "1. => 2\n2. => 4", "1. => 9\n2. => 5")
    labelled = run(make_label_stage(LabelOptions(votes=3)), row, model)
    assert [test.source for test in labelled.tests[1:]] == ["assert f(1) == 2", "f(2)"]


def test_labels_that_cannot_be_read_drop_the_row_and_rows_without_calls_pass_through():
    row, _ = rewritten(GOOD)
    assert run(make_label_stage(LabelOptions()), row, ScriptedModel()) == row
    asked = row.model_copy(update={"notes": {CALLS_NOTE: ["f(1)"]}})
    with pytest.raises(RowDroppedError, match="no expected value"):
        run(make_label_stage(LabelOptions()), asked, ScriptedModel("I think it is two."))


def test_both_stages_are_registered_in_order():
    names = [entry.name for entry in STAGES]
    assert names.index("rewrite") < names.index("label")
