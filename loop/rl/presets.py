"""Turns the options of RL into the arguments of TRL's ``GRPOConfig``. Pure.

Both algorithms have no critic, and an optimiser of Adam (0.9, 0.95) with gradients clipped to a norm of 1. They
differ in what the reward less its group's mean is divided by:

- ``grpo``: the standard deviation within the group.
- ``reinforce++``: that of the whole batch, as in AceCoder. So an easy group does not weigh more than a mixed one.

Two differences from AceCoder's REINFORCE++ are TRL's: the mean that is subtracted is the group's
(REINFORCE++-baseline), not the batch's; and the KL divergence is a term of the loss, not of each token's reward.
"""

from typing import Any

from loop.config import RlOptions

PAPER = RlOptions(
    algorithm="reinforce++",
    steps=85,  # one epoch of 22,000 questions
    prompts_per_step=256,
    samples_per_prompt=8,
    updates_per_step=16,  # 2048 samples in updates of 128
    lr=5e-7,
    warmup_share=0.03,
    beta=0.01,
    score_lr=None,
    score_beta=None,
    clip=0.2,
    temperature=1.0,
    device_batch=8,
)
"""AceCoder's hyper-parameters (arXiv 2502.01718, appendix): 7B policies, 6 hours on 8 H100. ``longest_prompt`` and
``longest_answer`` were 2048. ``device_batch`` is ours: the samples that fit on one GPU. We have not run it."""


def grpo_arguments(options: RlOptions, run: str, *, longest_answer: int, seed: int) -> dict[str, Any]:
    """Return arguments of ``GRPOConfig`` for one run; those of the machine and of files are the caller's.

    Raises:
        ValueError: the samples of a step cannot be divided into updates, or those of an update into passes.
    """
    samples = options.prompts_per_step * options.samples_per_prompt
    if samples % options.updates_per_step:
        raise ValueError(
            f"rl.updates_per_step={options.updates_per_step} does not divide {samples} samples of a step"
        )
    per_update = samples // options.updates_per_step
    device_batch = options.device_batch or per_update
    if per_update % device_batch:
        raise ValueError(f"rl.device_batch={device_batch} does not divide {per_update} samples of an update")
    lr, beta = _strengths(options, run)
    return {
        "max_steps": options.steps * options.updates_per_step,
        "per_device_train_batch_size": device_batch,
        "gradient_accumulation_steps": per_update // device_batch,
        "steps_per_generation": samples // device_batch,
        "num_generations": options.samples_per_prompt,
        "num_iterations": 1,
        "max_completion_length": longest_answer,
        "temperature": options.temperature,
        "top_p": 1.0,
        "learning_rate": lr,
        "lr_scheduler_type": "constant_with_warmup",
        "warmup_steps": round(options.warmup_share * options.steps * options.updates_per_step),
        "adam_beta1": 0.9,
        "adam_beta2": 0.95,
        "max_grad_norm": 1.0,
        "beta": beta,
        "epsilon": options.clip,
        "loss_type": "dapo",  # a mean over tokens; that over answers ("grpo") makes wrong answers longer
        "scale_rewards": "group" if options.algorithm == "grpo" else "batch",
        "seed": seed,
        **_reward_arguments(options, run),
    }


def _strengths(options: RlOptions, run: str) -> tuple[float, float]:
    """Return the learning rate and the weight of the KL divergence of a run."""
    if not uses_reward_model(run):
        return options.lr, options.beta
    lr = options.lr if options.score_lr is None else options.score_lr
    return lr, options.beta if options.score_beta is None else options.score_beta


def uses_reward_model(run: str) -> bool:
    """Return whether a run's rewards need the reward model."""
    return run in ("reward_model", "hybrid")


def _reward_arguments(options: RlOptions, run: str) -> dict[str, Any]:
    """Return how the rewards by tests and by the reward model become one."""
    match run:
        case "reward_model":
            return {"reward_weights": [0.0, 1.0]}
        case "hybrid":
            weights = [1.0, options.hybrid_weight]
            return {"reward_weights": weights, "multi_objective_aggregation": "normalize_then_sum"}
    return {}
