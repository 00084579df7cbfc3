"""The tests of a reply to a refinement: repeated ones take no place of new ones."""

from clients.contract import Question, Seed, SynthRow, SynthTest, TestDrop
from services.synth.stages.refine import with_new_tests

ROW = SynthRow(
    seed=Seed(id="s", source="std", licence="MIT"),
    question=Question(text="Double.", entry_point="f", signature="def f(x)"),
    tests=[SynthTest(source="assert f(1) == 2"), SynthTest(source="assert f(2) == 4")],
)


def test_tests_that_the_row_has_already_do_not_use_up_the_limit():
    sources = [
        "assert f(1) == 2",
        "assert f(2)==4",
        "assert f(3) == 6",
        "assert f(4) == 8",
        "assert f(5) == 10",
    ]
    tests = with_new_tests(ROW, sources, 2).tests[2:]
    assert [(test.source, test.dropped) for test in tests] == [
        ("assert f(1) == 2", TestDrop.DUPLICATE),
        ("assert f(2)==4", TestDrop.DUPLICATE),
        ("assert f(3) == 6", None),
        ("assert f(4) == 8", None),
    ]
