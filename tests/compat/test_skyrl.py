"""SkyRL-Gym: our environment, registered and made as its trainer does."""

import pytest

from clients.adapters.verdicts import NoVerdictError
from tests.compat.programs import RATES, RIGHT, TESTS, slow


@pytest.fixture
def make(needs):
    needs("skyrl_gym")
    import skyrl_gym

    from clients.adapters import skyrl

    if "acecoder" not in skyrl_gym.envs.registration.registry:
        skyrl.register()

    def made():
        row = {"reward_spec": {"method": "rule", "ground_truth": TESTS}}
        return skyrl_gym.make("acecoder", env_config={}, extras=row)

    return made


@pytest.mark.parametrize("text", RATES)
def test_one_step(make, service, text):
    env = make()
    prompt = [{"role": "user", "content": "Double it."}]
    assert env.init(prompt)[0] == prompt
    told = env.step(text)
    assert (told["reward"], told["done"], told["observations"]) == (RATES[text], True, [])
    assert told["metadata"]["pass_rate"] == RATES[text]
    env.close()


def test_a_killed_worker(make, weak):
    with weak.killed_at_work():
        assert make().step(slow())["reward"] == 1.0


def test_no_verdict_is_an_error(make, weak, monkeypatch):
    monkeypatch.setenv("ACECODER_OPTIONS", '{"deadline_s": 2, "cache": false}')
    with weak.halted(), pytest.raises(NoVerdictError):
        make().step(RIGHT)
