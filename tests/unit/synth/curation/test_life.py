"""The picture of one question: every test with its fate, every program with its outcomes, hostile text as text."""

import xml.etree.ElementTree as ElementTree

import pytest

from clients.contract import Outcome, ProgramRole, Question, Seed, SynthProgram, SynthRow, SynthTest, TestDrop
from services.synth.curation.life import MAX_TESTS, life_svg

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
    assert "kept 93 %" in texts
    assert "rejected 2 %" in texts
    assert "Do <b>this</b>." in texts
    assert "\\u0000 & that" in texts
    assert texts.count("50") == 2
    cells = [node for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("title")]
    assert sorted(node.text for node in cells) == [
        "not passed",
        "passed",
        "passed",
        "passed",
        "passed",
        "wrong_answer",
    ]  # with the legend's


def test_what_does_not_fit_is_counted():
    svg = life_svg(row([SynthTest(source=f"assert f({n}) == {n}") for n in range(MAX_TESTS + 3)], [P]))
    assert "(3 more tests are not shown)" in svg


def test_a_row_without_a_question_has_no_picture():
    with pytest.raises(ValueError, match="no question"):
        life_svg(SynthRow(seed=Seed(id="q")))
