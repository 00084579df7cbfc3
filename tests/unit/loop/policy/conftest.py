"""A policy of a few thousand parameters, trained for some steps: its answers are nonsense, and that does no harm here."""

import pytest
import torch

from loop.policy.sampling import Policy, load_policy
from loop.policy.training import TrainingOptions
from loop.policy.warm_start import train_new
from loop.world.making import training_answers


@pytest.fixture(scope="session")
def answers() -> list[tuple[str, str]]:
    return training_answers(40, 0.5, seed=0)


@pytest.fixture(scope="session")
def folder(answers, tmp_path_factory):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("models") / "policy"
    options = TrainingOptions(warm_up_steps=2)
    train_new(answers, folder, hidden_size=32, layers=2, options=options)
    return folder


@pytest.fixture(scope="session")
def policy(folder) -> Policy:
    return load_policy(folder)


@pytest.fixture(scope="session")
def texts(answers) -> list[str]:
    return sorted({question for question, _ in answers})[:6]
