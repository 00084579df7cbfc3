"""Trains a policy by RL with TRL on rewards of the running services. One file, made to be copied.

    acecoder up &                                            # judges programs, at http://127.0.0.1:8000
    acecoder serve-rm out/rm/classification &                # only for --reward rm and hybrid, at http://127.0.0.1:8100
    python -m examples.rl.train --model Qwen/Qwen2.5-Coder-0.5B-Instruct --dataset out/run/dataset --reward rule -o out/rl

``--dataset`` is the folder that ``acecoder synth run`` writes: ``suites.jsonl.gz`` and ``canaries.jsonl.gz``. ``--preset paper`` has
AceCoder's hyper-parameters, ``small`` (the default) the same with batches for one GPU. ``--thinking`` trains R1-style from a base
model: a system prompt describes <think> and <answer>, and only the answer is judged.

The same command goes on from the last checkpoint of ``-o``. Needs `trl`, `datasets`, `torch`; `pip install -e '.[loop]'` has them.
"""

import argparse
import gzip
import json
from pathlib import Path

import torch
from datasets import Dataset
from transformers.trainer_utils import get_last_checkpoint
from trl import GRPOConfig, GRPOTrainer

from acecoder.adapters.trl import monitored, monitored_with_rm
from acecoder.monitor import RewardMonitor

COMMON = dict(
    temperature=1.0,
    top_p=1.0,
    beta=0.01,  # weight of the KL divergence from the first policy
    epsilon=0.2,  # clip
    max_grad_norm=1.0,
    adam_beta1=0.9,
    adam_beta2=0.95,
    warmup_steps=0.03,  # a share of all updates
    lr_scheduler_type="constant_with_warmup",
    loss_type="dapo",
)
PRESETS = {
    # Prompts and samples of a step, optimiser updates of a step, steps, learning rate, tokens of an answer.
    "paper": dict(prompts=256, samples=8, updates=16, steps=85, lr=5e-7, tokens=2048),
    "small": dict(prompts=8, samples=8, updates=1, steps=80, lr=1e-6, tokens=512),
}
# Transformers 5.17 knows the option by its old name alone.
CHECKPOINTING = (
    "activation_checkpointing"
    if hasattr(GRPOConfig, "activation_checkpointing")
    else "gradient_checkpointing"
)
SCALE = {
    "grpo": "group",  # what a reward less the mean of its group is divided by: the deviation of the group
    "reinforce++": "batch",  # or of the batch, as in AceCoder
}
THINKING = (
    "A conversation between User and Assistant. The user asks a question, and the Assistant solves it. The assistant first "
    "thinks about the reasoning process and then provides the user with the answer. The reasoning process and the answer are "
    "enclosed within <think> </think> and <answer> </answer> tags, respectively, i.e., <think> reasoning process here </think> "
    "<answer> answer here </answer>."
)


def read_rows(dataset, canary_share, system):
    """Return rows for TRL; canaries are repeated until they have their share."""
    turns = [{"role": "system", "content": system}] if system else []

    def rows(name):
        with gzip.open(dataset / name, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                yield {
                    "prompt": [*turns, {"role": "user", "content": row["prompt"]}],
                    "ground_truth": json.dumps(
                        row["suite"]
                    ),  # the adapters read this column, and the next two
                    "canary": bool(row.get("canary")),
                    "canary_test": row.get("canary_test"),
                }

    questions = list(rows("suites.jsonl.gz"))
    canaries = list(rows("canaries.jsonl.gz")) if canary_share else []
    count = max(1, round(len(questions) * canary_share / (1 - canary_share))) if canaries else 0
    return [*questions, *(canaries[at % len(canaries)] for at in range(count))]


def reward_arguments(name, monitor, rm_weight):
    """Return the reward functions, and how TRL makes one reward of them."""
    if name == "rule":  # 1 if all tests pass, else 0
        # A test that ran out of time settles it: the others would only let the step wait.
        return [monitored(monitor, reward="binary", on_timeout="stop")], {}
    if name == "pass_rate":
        return [monitored(monitor)], {}
    functions = list(monitored_with_rm(monitor, reward="binary" if name == "rm" else "pass_rate"))
    if name == "rm":  # the tests are run for the monitor alone
        return functions, {"reward_weights": [0.0, 1.0]}
    # Each is normalised within its group, then weighted: a raw score has no unit.
    return functions, {
        "reward_weights": [1.0, rm_weight],
        "multi_objective_aggregation": "normalize_then_sum",
    }


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True, help="a policy's name or folder")
    parser.add_argument(
        "--dataset", required=True, type=Path, help="dataset/ of a run of `acecoder synth run`"
    )
    parser.add_argument("-o", "--output", required=True, type=Path)
    parser.add_argument("--reward", choices=["rule", "pass_rate", "rm", "hybrid"], default="rule")
    parser.add_argument(
        "--rm-weight", type=float, default=0.3, help="of the score in `hybrid`; the pass rate has 1"
    )
    parser.add_argument("--algorithm", choices=list(SCALE), default="reinforce++")
    parser.add_argument("--preset", choices=list(PRESETS), default="small")
    parser.add_argument("--thinking", action="store_true", help="R1-style, from a base model")
    parser.add_argument("--canary-share", type=float, default=0.01)
    parser.add_argument(
        "--device-batch", type=int, default=8, help="samples of one pass; it decides the memory"
    )
    parser.add_argument("--save-every", type=int, default=10, help="steps between checkpoints")
    for name in ("prompts", "samples", "updates", "steps", "tokens"):
        parser.add_argument(f"--{name}", type=int, help="replaces the preset's")
    parser.add_argument("--lr", type=float, help="replaces the preset's")
    return parser.parse_args()


def trainer_arguments(args):
    """Return what GRPOConfig is given; a step is one generated batch, with one or several optimiser updates."""
    size = {name: getattr(args, name) or value for name, value in PRESETS[args.preset].items()}
    samples, gpu = size["prompts"] * size["samples"], torch.cuda.is_available()
    per_update = samples // size["updates"]
    device_batch = min(args.device_batch, per_update)
    return dict(
        output_dir=str(args.output / "checkpoints"),
        max_steps=size["steps"] * size["updates"],
        per_device_train_batch_size=device_batch,  # one process; with more, divide
        gradient_accumulation_steps=per_update // device_batch,
        steps_per_generation=samples // device_batch,
        num_generations=size["samples"],
        max_completion_length=size["tokens"],
        learning_rate=size["lr"],
        scale_rewards=SCALE[args.algorithm],
        save_steps=args.save_every * size["updates"],
        save_total_limit=1,
        logging_steps=1,
        report_to=[],
        bf16=gpu,
        dataloader_pin_memory=gpu,
        **{CHECKPOINTING: gpu},
    )


def main():
    args = parse_arguments()
    rows = read_rows(args.dataset, args.canary_share, THINKING if args.thinking else "")
    with RewardMonitor(args.output / "rewards.jsonl") as monitor:
        functions, weights = reward_arguments(args.reward, monitor, args.rm_weight)
        trainer = GRPOTrainer(
            model=args.model,
            reward_funcs=functions,
            train_dataset=Dataset.from_list(rows),
            args=GRPOConfig(**COMMON, **trainer_arguments(args), **weights),
        )
        checkpoints = args.output / "checkpoints"
        trainer.train(
            resume_from_checkpoint=get_last_checkpoint(str(checkpoints)) if checkpoints.exists() else None
        )
        trainer.save_model(str(args.output / "policy"))
    rewards = [log["reward"] for log in trainer.state.log_history if "reward" in log]
    print(f"{len(rewards)} updates; reward of the first {rewards[0]:.3f}, of the last {rewards[-1]:.3f}")


if __name__ == "__main__":
    main()
