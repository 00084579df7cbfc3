"""A small stack with two hash seeds, and one question with recorded tests and programs."""

import json
from pathlib import Path

import pytest

from clients.contract import Question, Seed, SynthRow, SynthTest
from services.executor.local.stack import LocalStack

TWO_SEEDS = {"EXECUTOR_ENVIRONMENTS": '{"base": {}, "reseeded": {"hash_seed": 1}}'}


@pytest.fixture(scope="package")
def url():
    """Address of an executor with the environments ``base`` and ``reseeded``."""
    with LocalStack(workers=1, settings=TWO_SEEDS) as running:
        yield running.url


@pytest.fixture(scope="package")
def recorded():
    """Replies of real models to one question."""
    return json.loads((Path(__file__).parent / "derivative.json").read_text())


@pytest.fixture
def row(recorded):
    """The question with its imagined tests, as the validation leaves it."""
    question = Question(**recorded["question"])
    tests = [SynthTest(source=source) for source in recorded["tests"]]
    return SynthRow(seed=Seed(id="derivative"), question=question, tests=tests)
