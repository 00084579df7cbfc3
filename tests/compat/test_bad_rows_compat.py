"""A row that cannot be judged, in the reward code of verl, OpenRLHF and SkyRL-Gym: an error that names it, or the reward that the
user chose. These frameworks have no value for "no reward"."""

import asyncio
import logging

import pytest

from clients.adapters import openrlhf as openrlhf_adapter
from clients.adapters.verdicts import NoVerdictError
from tests.compat import tiny
from tests.compat.programs import HALF, RIGHT, TESTS, WRONG
from tests.compat.test_openrlhf import rollout
from tests.compat.test_verl import CUSTOM, Loop

BAD = "the answer is 4"
"""A ground truth without a test."""
GROUP = 16
"""Samples of one prompt."""


@pytest.fixture
def chosen(monkeypatch):
    """Bad rows get the reward 0."""
    monkeypatch.setenv("ACECODER_BAD_ROW_REWARD", "0")


class RewardLoop(Loop):
    """verl's own worker of its reward loop, which scores a batch of rows at once."""

    def __init__(self, folder, *overrides):
        tiny.tokenizer().save_pretrained(folder)
        super().__init__(*CUSTOM, f"actor_rollout_ref.model.path={folder}", *overrides)
        self.tokenizer = tiny.tokenizer()

    def batch(self, rows):
        """A batch as verl's trainer gives it: padded on the right, and with a prompt."""
        import numpy as np
        import torch
        from verl import DataProto

        truths = [truth for _text, truth in rows]
        encoded = [self.tokenizer.encode(text) for text, _truth in rows]
        longest = max(map(len, encoded))
        ids = torch.tensor([each + [257] * (longest - len(each)) for each in encoded])
        prompts = torch.zeros((len(rows), 1), dtype=ids.dtype)
        mask = torch.cat([torch.ones_like(prompts), (ids != 257).to(ids.dtype)], dim=1)
        columns = {
            "data_source": ["taco"] * len(rows),
            "reward_model": [{"ground_truth": truth} for truth in truths],
            "extra_info": [
                {"index": truths.index(truth)} for truth in truths
            ],  # of the row, not of the sample
        }
        arrays = {name: np.array([*values, None], dtype=object)[:-1] for name, values in columns.items()}
        tensors = {"prompts": prompts, "responses": ids, "attention_mask": mask}
        return DataProto.from_dict(tensors=tensors, non_tensors=arrays)

    def scores(self, *rows):
        from verl.experimental.reward_loop import RewardLoopWorker

        async def scored():
            return await RewardLoopWorker(self.config).compute_score_batch(self.batch(rows))

        return asyncio.run(scored())


@pytest.fixture
def verl(needs, service, tmp_path):
    needs("verl", "ray", "tensordict", "hydra")
    return RewardLoop(tmp_path)


def test_verl_ends_the_step_with_an_error_that_names_the_row(verl):
    verl.scores((RIGHT, TESTS))
    with pytest.raises(
        NoVerdictError, match=r"the row \(index 1\): column 'ground_truth': .*ACECODER_BAD_ROW_REWARD"
    ):
        verl.scores((RIGHT, TESTS), (RIGHT, BAD), (HALF, TESTS))


def test_verl_goes_on_with_the_chosen_reward_and_the_group_has_no_advantage(verl, chosen):
    """Also if the first samples that a worker ever sees are those of a bad row."""
    import numpy as np
    import torch
    from verl.trainer.ppo.core_algos import compute_grpo_outcome_advantage

    rows = [*[(RIGHT, BAD)] * GROUP, (RIGHT, TESTS), (HALF, TESTS), (WRONG, TESTS), (RIGHT, TESTS)]
    told = verl.scores(*rows)
    rewards = [each["reward_score"] for each in told]
    assert rewards == [0.0] * GROUP + [1.0, 0.5, 0.0, 1.0]
    assert [each["reward_extra_info"]["bad_row"] for each in told] == [1.0] * GROUP + [0.0] * 4
    assert len({tuple(each["reward_extra_info"]) for each in told}) == 1  # else verl cannot make its columns
    groups = np.array(["bad"] * GROUP + ["good"] * 4)
    mask = torch.ones((len(rows), 1))
    advantages, _ = compute_grpo_outcome_advantage(torch.tensor(rewards)[:, None], mask, groups)
    assert advantages[:GROUP].abs().max() == 0
    assert advantages[GROUP:].abs().max() > 0


def test_verl_reads_the_error_of_a_worker_of_its_own(verl, monkeypatch):
    """Its workers are processes of Ray: the error has to cross to the trainer, and to name the row there."""
    import ray
    from verl.experimental.reward_loop import RewardLoopManager

    verl.config.reward.num_workers = 1
    # as low as is usual, they would wait for all else on a busy machine
    monkeypatch.setenv("RAY_worker_niceness", "0")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        manager = RewardLoopManager(verl.config)
        told = manager.compute_rm_score(verl.batch([(RIGHT, TESTS), (HALF, TESTS)]))
        assert told.batch["rm_scores"].sum(dim=1).tolist() == [1.0, 0.5]
        assert list(told.non_tensor_batch["bad_row"]) == [0.0, 0.0]
        with pytest.raises(NoVerdictError, match=r"the row \(index 1\): column 'ground_truth'"):
            manager.compute_rm_score(verl.batch([(RIGHT, TESTS), (RIGHT, BAD)]))
    finally:
        ray.shutdown()


@pytest.fixture
def experiences(needs, service):
    """Rollouts of OpenRLHF, merged into a micro batch as its trainer does."""
    needs("openrlhf", "torch", "transformers")
    import torch
    from openrlhf.trainer.ppo_utils.experience import Experience
    from openrlhf.utils.agent import SingleTurnAgentExecutor

    def merged(*rows, by=openrlhf_adapter.__file__):
        executor = SingleTurnAgentExecutor(by)
        told = [rollout(executor, text, label) for text, label in rows]
        # As in SamplesGenerator, which cannot be imported without vLLM.
        made = [
            Experience(
                rewards=None if each["reward"] is None else torch.tensor([each["reward"]]),
                info={name: torch.tensor([value]) for name, value in each["extra_logs"].items()},
            )
            for each in told
        ]
        return Experience.concat_experiences(made, 0)

    return merged


def test_openrlhf_cannot_train_on_a_micro_batch_with_a_bad_row(experiences, caplog):
    """Its trainer has no place for a row without a reward: the step ends with an error that names the row and the fix."""
    caplog.set_level(logging.WARNING, "acecoder")
    assert experiences((RIGHT, TESTS), (HALF, TESTS)).rewards.tolist() == [1.0, 0.5]
    for rows in ([(RIGHT, TESTS), (RIGHT, BAD)], [(RIGHT, BAD), (RIGHT, TESTS)]):
        with pytest.raises(
            NoVerdictError,
            match=r"row 0 \(label 'the answer is 4'\): column 'label': .*ACECODER_BAD_ROW_REWARD",
        ):
            experiences(*rows)
    assert "bad row, without a reward: row 0 (label 'the answer is 4'): column 'label': " in caplog.text


def test_openrlhf_by_url_goes_on_with_the_reward_that_the_url_names(experiences, service):
    merged = experiences(
        (RIGHT, TESTS), (RIGHT, BAD), (HALF, TESTS), by=f"{service.url}/get_reward?bad_row_reward=0"
    )
    assert merged.rewards.flatten().tolist() == [1.0, 0.0, 0.5]
    assert merged.info["bad_row"].tolist() == [[0.0], [1.0], [0.0]]


def test_openrlhf_goes_on_with_the_chosen_reward(experiences, chosen):
    merged = experiences(*[(RIGHT, BAD)] * GROUP, (RIGHT, TESTS))
    assert merged.rewards.tolist() == [0.0] * GROUP + [1.0]
    assert merged.info["bad_row"].tolist() == [1.0] * GROUP + [0.0]


@pytest.fixture
def episodes(needs, service):
    """Episodes of SkyRL-Gym, and what its trainer logs of them."""
    needs("skyrl_gym")
    import skyrl_gym
    from skyrl_gym.metrics import aggregate_for_environment

    from clients.adapters import skyrl

    if "acecoder" not in skyrl_gym.envs.registration.registry:
        skyrl.register()

    def run(*rows):
        made = []
        for at, (_text, truth) in enumerate(rows):
            extras = {"reward_spec": {"ground_truth": truth}, "index": at}
            made.append(skyrl_gym.make("acecoder", env_config={}, extras=extras))
        assert aggregate_for_environment("acecoder", [env.get_metrics() for env in made]) == {}
        rewards = [env.step(text)["reward"] for env, (text, _truth) in zip(made, rows, strict=True)]
        return rewards, aggregate_for_environment("acecoder", [env.get_metrics() for env in made])

    return run


def test_skyrl_gets_an_error_that_names_the_row(episodes):
    with pytest.raises(NoVerdictError, match=r"the row \(index 1\): column 'reward_spec.ground_truth': "):
        episodes((RIGHT, TESTS), (RIGHT, BAD))


def test_skyrl_goes_on_with_the_chosen_reward_and_logs_the_share_of_bad_rows(episodes, chosen):
    rewards, logged = episodes((RIGHT, BAD), (RIGHT, TESTS), (HALF, TESTS), (WRONG, TESTS))
    assert rewards == [0.0, 1.0, 0.5, 0.0]
    assert logged["bad_row"] == logged["unscorable"] == 0.25
    assert logged["pass_rate"] == 1.5 / 4
