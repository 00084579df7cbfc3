"""Scripts run the model's functions by what they read, print only the answer, and depend on the seed alone."""

import subprocess
import sys

import pytest

from services.synth.io_problems.generators import GeneratorCall, GeneratorKind
from services.synth.io_problems.scripts import call_line, generator_script, replay_script, validator_script

GENERATORS = """
from __future__ import annotations
import random
print("loading")

def generate_random(rng):
    print("debugging")
    return f"{rng.randint(1, 10**9)} {random.randint(1, 10**9)}\\n"

def generate_wrong(rng):
    return 5

if __name__ == "__main__":
    print(generate_random(random))
"""
VALIDATOR = """
def validate_input(text):
    print(text)
    numbers = [int(word) for word in text.split()]
    return len(numbers) == 2 or numbers[0]
"""


def run(script, stdin):
    done = subprocess.run(
        [sys.executable, "-c", script], input=stdin, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def call(name, seed):
    return call_line(GeneratorCall(name, GeneratorKind.RANDOM, seed))


def test_a_generator_prints_its_input_and_depends_on_its_seed():
    script = generator_script(GENERATORS)
    first, again, other = (run(script, call("generate_random", seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert first[0] == 0
    assert len(first[1].split()) == 2
    assert run(script, call("generate_wrong", 1))[0] == 1


@pytest.mark.parametrize(
    ("text", "answer"), [("1 2\n", "valid"), ("1 x\n", "invalid"), ("", "invalid"), ("7", "invalid")]
)
def test_only_true_is_valid(text, answer):
    assert run(validator_script(VALIDATOR), text) == (0, answer)


def test_a_replay_prints_the_output_of_its_input():
    script = replay_script({"1\n": "a\n", "2": "'\"\\"})
    assert [run(script, stdin)[1] for stdin in ("1\n", "2", "3")] == ["a\n", "'\"\\", ""]
