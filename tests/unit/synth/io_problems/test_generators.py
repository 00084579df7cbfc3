"""Generators are found by name and kind; those that may never end are refused; calls have seeds of their own."""

from services.synth.io_problems.generators import GeneratorKind, find_generators, plan_calls

SOURCE = """
import random

def helper(rng):
    return 1

def generate_small(rng):
    return rng.choice(["1", "2"])

def generate_class_no(rng):
    return "3"

def generate_numbers(rng, size=3):
    return "4"

def generate_large(rng):
    while True:
        if rng.random() < 0.5:
            return "5"

def generate_nothing():
    return "6"
"""


def test_each_has_a_kind_and_the_fault_that_keeps_it_from_running():
    found = {each.name: (each.kind, bool(each.fault)) for each in find_generators(SOURCE)}
    assert found == {
        "generate_small": (GeneratorKind.SMALL, False),
        "generate_class_no": (GeneratorKind.CLASS, False),
        "generate_numbers": (GeneratorKind.RANDOM, False),
        "generate_large": (GeneratorKind.ADVERSARIAL, True),
        "generate_nothing": (GeneratorKind.RANDOM, True),
    }
    assert find_generators("def generate_x(") == []


def test_calls_are_shared_out_and_no_two_have_one_seed():
    calls = plan_calls(find_generators(SOURCE), 7, first_seed=5)
    assert [call.name for call in calls][:4] == [
        "generate_small",
        "generate_class_no",
        "generate_numbers",
        "generate_small",
    ]
    assert [call.seed for call in calls] == list(range(5, 12))
    assert plan_calls([], 7, first_seed=1) == []
