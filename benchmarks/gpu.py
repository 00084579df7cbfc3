"""Measures the reward-model engine on a GPU with a model of random weights: scoring, and training steps with LoRA.

    python -m benchmarks.gpu [--size 7b] [--help]                       # needs .[rm,train], and no download
    python -m benchmarks.gpu --size tiny --device cpu --groups 2        # shows in seconds that it starts

Scoring: groups of N candidates of one prompt, in bf16, with each packed attention, one by one, and in padded batches of
transformers. For each: candidates and computed tokens per second, the share of the GPU's peak (MFU), the peak of its
memory, and the largest difference of a score from one-by-one scoring. Training: optimiser steps of some questions'
pairs, with LoRA and activation checkpointing. A way that fails is reported with its error, and the others go on.
``out/gpu.json`` is written after each part.

An H100 has run it: docs/reward-model.md. A roofline for 7B on an H200: 183 candidates/s with shared prompts.
"""

import argparse
import statistics
import sys
import tempfile
from array import array
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, Qwen2Config, set_seed

from benchmarks import report
from benchmarks.gpu_scoring import first_line, measure_scoring, random_groups, text_of
from services.rm.engine.head import Head
from services.rm.training.choices import Precision, Schedule
from services.rm.training.examples import TrainingExample
from services.rm.training.loop import TrainingLoop, make_accelerator
from services.rm.training.lora import add_adapters
from services.rm.training.model import TrainableModel, prepare
from services.rm.training.options import Lora, TrainingOptions
from services.rm.training.questions import AnswerPair

SIZES = {
    "tiny": (64, 128, 2, 4, 2, 1_000),
    "0.5b": (896, 4_864, 24, 14, 2, 151_936),
    "1.5b": (1_536, 8_960, 28, 12, 2, 151_936),
    "7b": (3_584, 18_944, 28, 28, 4, 152_064),
}
"""Of Qwen2.5: hidden size, intermediate size, layers, heads, key-value heads, vocabulary."""
PEAK_TFLOPS = 989.0
"""Of an H100 SXM or an H200 in bf16, dense, by NVIDIA's data sheets."""
QUESTIONS, ANSWERS, STEPS = 4, 8, 3
"""Questions of an optimiser step, answers of a question, and steps; the first step warms up."""


def main() -> int:
    options = _options()
    facts = report.announce(f"Reward model of {options.size} with random weights on {options.device}")
    facts |= {"device": _device_name(options.device), "torch": torch.__version__}
    print(facts["device"])
    backbone = _backbone(options)
    numbers: dict[str, Any] = {"machine": facts, "settings": {k: str(v) for k, v in vars(options).items()}}
    for name, part in (("scoring", measure_scoring), ("training", measure_training)):
        if name in options.parts:
            numbers[name] = part(backbone, _head(options), options)
            report.save("gpu", numbers)
    failed = [row for row in numbers.get("scoring", {}).get("ways", {}).values() if "error" in row]
    return int(bool(failed) or "error" in numbers.get("training", {}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=SIZES, default="7b", help="of the model (default 7b)")
    parser.add_argument("--device", default="cuda", help="as torch names it (default cuda)")
    parser.add_argument("--parts", nargs="+", default=["scoring", "training"], help="default: both")
    parser.add_argument("--groups", type=int, default=16, help="prompts of one measurement (default 16)")
    parser.add_argument("--prompt", type=int, default=400, help="tokens of a prompt (default 400)")
    parser.add_argument("--candidates", type=int, default=16, help="candidates of a prompt (default 16)")
    parser.add_argument(
        "--completion", type=int, default=300, help="mean tokens of a candidate (default 300)"
    )
    parser.add_argument("--budget", type=int, default=16_384, help="tokens of a step (default 16384)")
    parser.add_argument("--rounds", type=int, default=3, help="measurements; the median counts (default 3)")
    parser.add_argument("--peak-tflops", type=float, default=PEAK_TFLOPS, help=f"default {PEAK_TFLOPS:g}")
    options = parser.parse_args()
    options.vocabulary = SIZES[options.size][-1]
    return options


def _device_name(device: str) -> str:
    if device.startswith("cuda"):
        return f"{torch.cuda.get_device_name(device)}, CUDA {torch.version.cuda}"
    return device


def _backbone(options: argparse.Namespace) -> torch.nn.Module:
    hidden, intermediate, layers, heads, kv_heads, vocabulary = SIZES[options.size]
    config = Qwen2Config(
        vocab_size=vocabulary, hidden_size=hidden, intermediate_size=intermediate, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv_heads, max_position_embeddings=32_768,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
    )  # fmt: skip
    set_seed(0)
    with torch.device(options.device):
        backbone: torch.nn.Module = AutoModel.from_config(config, dtype=torch.bfloat16)
    return backbone.eval().requires_grad_(False)


def _head(options: argparse.Namespace) -> Head:
    head = Head.fresh(SIZES[options.size][0], torch.Generator().manual_seed(0), bias=False)
    return head.to(options.device)


def measure_training(backbone: Any, head: Head, options: argparse.Namespace) -> dict[str, Any]:  # noqa: ANN401
    """Do some optimiser steps with LoRA."""
    settings = TrainingOptions(
        lora=Lora(), precision=Precision.BF16, checkpointing=True, tokens=options.budget, warmup=0.0,
        batch_pairs=QUESTIONS * ANSWERS // 2, schedule=Schedule.CONSTANT, lr=1e-4,
    )  # fmt: skip
    steps: list[dict[str, float]] = []
    is_cuda = options.device.startswith("cuda")
    try:
        if is_cuda:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        scorer, attention = prepare(backbone, head, settings)
        add_adapters(backbone, settings.lora or Lora())
        accelerator = make_accelerator(settings, "cpu" if options.device == "cpu" else "auto")
        with tempfile.TemporaryDirectory() as folder:
            loop = TrainingLoop(
                TrainableModel(scorer), _examples(options), settings, accelerator, Path(folder)
            )
            loop.run(on_step=lambda *step: steps.append(step[2]))
    except Exception as error:
        row: dict[str, Any] = {"error": first_line(error)}
    else:
        timed = steps[1:]
        row = {
            "attention": attention,
            "steps": len(steps),
            "pairs": steps[0]["pairs"],
            "tokens": statistics.median(step["tokens"] for step in timed),
            "tokens_per_s": statistics.median(step["tokens_per_s"] for step in timed),
            "loss": [step["loss"] for step in steps],
        }
        if is_cuda:
            row["peak_gib"] = torch.cuda.max_memory_allocated() / 2**30
    print(f"  training step with LoRA: {text_of(row)}", flush=True)
    return row


def _examples(options: argparse.Namespace) -> list[TrainingExample]:
    """Return questions of as many pairs as answers are in one half, with groups as in scoring."""
    shape = argparse.Namespace(**{**vars(options), "groups": QUESTIONS * STEPS, "candidates": ANSWERS})
    half = ANSWERS // 2
    pairs = tuple(AnswerPair(at, at + half, None) for at in range(half))
    return [
        TrainingExample(
            str(number), tuple(array("i", ids) for ids in group), (None,) * ANSWERS, pairs,
            sum(map(len, group)) - (ANSWERS - 1) * options.prompt,
        )
        for number, group in enumerate(random_groups(shape))
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
