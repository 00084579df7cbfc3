"""True tests are passed by the right program in each of its styles, and failed by each plausible mistake."""

import random

import pytest

from loop.world.answers import answer_text, draw_answer, draw_wrong, habit_of, program_of
from loop.world.families import FAMILIES, draw
from loop.world.suites import Examined, assert_of, choose_inputs, examine, function_of


def examined_tasks() -> list[Examined]:
    chance = random.Random(7)
    drawn = [examine(draw(family, chance), chance) for family in FAMILIES]
    return [one for one in drawn if one]


TASKS = examined_tasks()


def passes(program: str, tests: list[str]) -> list[bool]:
    names = {"solve": function_of(program)}
    outcomes = []
    for test in tests:
        try:
            exec(test, names)
            outcomes.append(True)
        except Exception:
            outcomes.append(False)
    return outcomes


def suite_of(examined: Examined) -> list[str]:
    return [assert_of(examined.pool[at], examined.results[at]) for at in choose_inputs(examined, 12)]


def test_most_drawn_tasks_are_usable_and_most_families_are_there():
    assert len(TASKS) > 0.7 * len(FAMILIES)


@pytest.mark.parametrize("examined", TASKS, ids=lambda examined: "/".join(examined.task.shape))
def test_right_programs_of_all_styles_pass_all_tests(examined):
    tests = suite_of(examined)
    assert len(tests) == len(set(tests)) >= 8
    for style in examined.task.styles:
        assert all(passes(examined.task.program(style), tests))


@pytest.mark.parametrize("examined", TASKS, ids=lambda examined: "/".join(examined.task.shape))
def test_every_mistake_fails_a_test_in_every_style(examined):
    tests = suite_of(examined)
    assert examined.wrong
    for wrong in examined.wrong:
        for style in wrong.mutation.task.styles:
            assert not all(passes(wrong.mutation.task.program(style), tests))


def test_most_mistakes_pass_some_tests_and_fail_several():
    rates = []
    for examined in TASKS:
        tests = suite_of(examined)
        for wrong in examined.wrong:
            outcomes = passes(wrong.mutation.task.program(wrong.mutation.task.styles[0]), tests)
            rates.append(sum(outcomes) / len(outcomes))
    assert sum(0 < rate <= 0.6 for rate in rates) > 0.6 * len(rates)


def test_answers_are_wrong_as_often_as_asked_and_habits_prevail():
    chance = random.Random(1)
    examined = next(one for one in TASKS if habit_of(one))
    right = {program_of(examined.task, random.Random(seed)) for seed in range(20)}
    drawn = [draw_answer(examined, 0.65, chance) for _ in range(400)]
    assert 0.28 < sum(program in right for program in drawn) / 400 < 0.42
    habits = [draw_wrong(examined, chance) is habit_of(examined) for _ in range(400)]
    assert sum(habits) > 300
    assert draw_answer(examined, 0.0, chance) in right


def test_few_wrong_answers_pass_as_many_tests_as_a_chosen_answer_needs():
    chance = random.Random(2)
    rates = []
    for examined in TASKS:
        tests = suite_of(examined)
        for _ in range(5):
            outcomes = passes(program_of(draw_wrong(examined, chance).mutation.task, chance), tests)
            rates.append(sum(outcomes) / len(outcomes))
    assert sum(rate >= 0.8 for rate in rates) < 0.12 * len(rates)


def test_a_task_that_needs_an_element_says_so_and_has_no_input_without_one():
    from loop.world.pipeline import Pipeline

    task = Pipeline("numbers", (), "maximum")
    assert task.text.endswith("Return the largest; there is at least one.")
    examined = examine(task, random.Random(0))
    assert ([],) not in examined.pool
    assert all(examined.pool)


def test_an_answer_is_one_fence():
    assert answer_text("def solve(n):\n    return n\n") == "```python\ndef solve(n):\n    return n\n```"


def test_a_task_with_too_few_results_is_refused():
    from loop.world.operations import Step
    from loop.world.pipeline import Pipeline

    nothing_is_left = Pipeline("digits", (Step("above", 9), Step("equal", 1)), "sum")
    assert examine(nothing_is_left, random.Random(0)) is None
