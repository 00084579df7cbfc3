"""The picture of one question: every test with its fate, every program with its outcomes, hostile text as text."""

import xml.etree.ElementTree as ElementTree

import pytest

from clients.contract import Outcome, ProgramRole, Question, Seed, SynthProgram, SynthRow, SynthTest, TestDrop
from services.synth.curation.life import MAX_DROPPED, MAX_KEPT, MAX_OF_ONE_REASON, life_svg

P, W = Outcome.PASSED, Outcome.WRONG_ANSWER


def row(tests, *outcomes):
    programs = [
        SynthProgram(
            role=ProgramRole.SAMPLE, model="m", completion="", program="", outcomes=one, pass_rate=0.5
        )
        for one in outcomes
    ]
    question = Question(
        text="Do <b>this</b>.\n\x00 & that", entry_point="f", signature="def f(x: int) -> int"
    )
    return SynthRow(seed=Seed(id="q"), question=question, tests=tests, programs=programs)


def test_every_test_is_drawn_with_what_became_of_it():
    tests = [
        SynthTest(source="assert f('<script>') == 1", probability=0.93),
        SynthTest(source="assert f(2) == 9", dropped=TestDrop.REJECTED, probability=0.02),
    ]
    svg = life_svg(row(tests, [P, W], [P, P]))
    texts = [node.text for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert "assert f('<script>') == 1" in texts
    assert "kept, imagined 93 %" in texts
    assert "rejected 2 %" in texts
    assert "1 of 2 tests kept (2 imagined)" in texts
    assert "1 dropped: 1 rejected" in texts
    assert "2 samples" in texts
    assert "pass rates by the kept tests; 0 of 2 pass all" in texts
    assert "Do <b>this</b>." in texts
    assert "\\u0000 & that" in texts
    titles = [node.text for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("title")]
    assert titles.count("sample m: passed") == 3
    assert titles.count("sample m: wrong_answer") == 1
    assert titles.count("50 %") == 2


def test_what_does_not_fit_is_counted():
    kept = [SynthTest(source=f"assert f({n}) == {n}") for n in range(MAX_KEPT + 3)]
    weak = [SynthTest(source=f"assert f({n})", dropped=TestDrop.WEAK) for n in range(MAX_OF_ONE_REASON + 2)]
    svg = life_svg(row([*kept, *weak], [P]))
    assert "not drawn: 5 tests<" in svg
    assert f"{MAX_OF_ONE_REASON + 2} dropped: {MAX_OF_ONE_REASON + 2} weak" in svg


def test_every_reason_of_a_drop_has_a_test_before_any_has_two():
    tests = [
        SynthTest(source=f"assert f() == '{reason}'", dropped=reason) for reason in TestDrop for _ in range(3)
    ]
    svg = life_svg(row(tests, [P]))
    drawn = [reason for reason in TestDrop if f"== '{reason}'" in svg.replace("&#x27;", "'")]
    assert len(drawn) == MAX_DROPPED


def test_the_signature_is_the_title_alone_and_sentences_are_joined():
    one = row([SynthTest(source="assert f(1) == 1")], [P])
    text = "Return\n    the number.\n- A list\n\nSignature:\n```python\ndef f(x: int) -> int\n```"
    svg = life_svg(one.model_copy(update={"question": one.question.model_copy(update={"text": text})}))
    texts = [node.text for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert texts[:3] == ["def f(x: int) -> int", "Return the number.", "- A list"]


def test_a_row_without_a_question_has_no_picture():
    with pytest.raises(ValueError, match="no question"):
        life_svg(SynthRow(seed=Seed(id="q")))
