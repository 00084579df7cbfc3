"""Options of RL as arguments of TRL, which TRL's own configuration accepts."""

import pytest

from loop.config import RlOptions
from loop.rl.presets import PAPER, grpo_arguments


def arguments(options, run="rule"):
    return grpo_arguments(options, run, longest_answer=64, seed=1)


def test_the_papers_batches():
    """256 prompts of 8 samples, in updates of 128; 85 such batches are one epoch of the hard subset."""
    made = arguments(PAPER)
    assert made["per_device_train_batch_size"] * made["gradient_accumulation_steps"] == 128
    assert made["per_device_train_batch_size"] * made["steps_per_generation"] == 256 * 8
    assert made["max_steps"] == 85 * 16
    assert (made["scale_rewards"], made["beta"], made["epsilon"], made["max_grad_norm"]) == (
        "batch",
        0.01,
        0.2,
        1.0,
    )
    assert (made["adam_beta1"], made["adam_beta2"], made["learning_rate"]) == (0.9, 0.95, 5e-7)


def test_grpo_divides_by_the_deviation_of_the_group():
    assert arguments(RlOptions())["scale_rewards"] == "group"


def test_the_reward_model_alone_has_the_whole_weight_and_a_hybrid_normalises_both():
    assert "reward_weights" not in arguments(RlOptions(), "pass_rate")
    assert arguments(RlOptions(), "reward_model")["reward_weights"] == [0.0, 1.0]
    hybrid = arguments(RlOptions(hybrid_weight=0.5), "hybrid")
    assert hybrid["reward_weights"] == [1.0, 0.5]
    assert hybrid["multi_objective_aggregation"] == "normalize_then_sum"


def test_runs_by_the_reward_model_may_move_more_slowly():
    options = RlOptions(lr=5e-4, beta=0.01, score_lr=1e-4, score_beta=0.1)
    strengths = {
        run: (arguments(options, run)["learning_rate"], arguments(options, run)["beta"])
        for run in ("rule", "hybrid")
    }
    assert strengths == {"rule": (5e-4, 0.01), "hybrid": (1e-4, 0.1)}
    assert arguments(PAPER, "reward_model")["learning_rate"] == PAPER.lr


@pytest.mark.parametrize("field", ["updates_per_step", "device_batch"])
def test_batches_that_cannot_be_divided_are_named(field):
    with pytest.raises(ValueError, match=f"rl.{field}=7 does not divide"):
        arguments(RlOptions(**{field: 7}))


@pytest.mark.parametrize("run", ["rule", "reward_model", "hybrid"])
def test_trl_accepts_them(run, tmp_path):
    config_type = pytest.importorskip("trl.trainer.grpo_config").GRPOConfig
    from loop.rl.training import CHECKPOINTING

    given = {"output_dir": str(tmp_path), "bf16": False, CHECKPOINTING: False}
    config = config_type(**given, **arguments(RlOptions(), run))
    assert config.generation_batch_size == 64
    assert config.num_generations == 8
