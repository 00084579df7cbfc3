"""Measures the CPU time of a training step with all pairs of a question in one loss, beside pairwise training.

    python -m benchmarks.training [--help]

A Qwen2 with random weights does the forward and backward passes of one question's pairs in three ways, alternately in
one run: our loop; both answers of every pair in padded batches, as other trainers do; and every answer once, padded,
without sharing the prompt. Ratios are of CPU time, one thread. The exit status is 1 if losses or gradients differ by
more than rounding errors.
"""

import argparse
import sys
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import AutoModel, Qwen2Config, set_seed

from benchmarks import report
from services.rm.engine.head import Head
from services.rm.tokens.prefix_sharing import Tokens
from services.rm.training.examples import TrainingExample
from services.rm.training.losses import Objective
from services.rm.training.model import TrainableModel, prepare
from services.rm.training.options import TrainingOptions
from services.rm.training.questions import AnswerPair

QUESTIONS = ((8, 16), (6, 7), (2, 1))
"""Answers and pairs of a question: many pairs, about AceCoder's mean (6.6 pairs), and a single pair."""
PROMPT, LENGTHS = 300, (60, 260)
"""Tokens of the prompt, and of the shortest and the longest answer."""
VOCABULARY, PAD = 32_000, 0
BATCH = 8
"""Pairs of one padded batch: some thousands of tokens, as in our loop."""
LOSS_APART, GRADIENT_APART = 1e-5, 1e-4
"""Largest relative differences in fp32; a missing pair or a wrong mask makes differences of some tenths."""

LossFunction = Callable[[TrainableModel, TrainingExample], Tensor]


@dataclass(slots=True)
class StepCost:
    """The least CPU time of one way to train, with its loss and gradient."""

    cpu_s: float = float("inf")
    loss: float = 0.0
    gradient: Tensor | None = None


def main() -> int:
    options = _options()
    facts = report.announce("Training on preference pairs")
    torch.set_num_threads(1)
    rows = []
    for answers, pairs in QUESTIONS:
        example = _example(answers, pairs, options.prompt)
        costs = _measure(_model(options), example, options.rounds)
        rows.append(_row(example, costs))
        print(_summary(rows[-1]), flush=True)
    report.save(
        "training", {"machine": facts, "layers": options.layers, "hidden": options.hidden, "rows": rows}
    )
    return int(any(row["loss_apart"] > LOSS_APART or row["gradient_apart"] > GRADIENT_APART for row in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="measurements; the least counts (default 3)")
    parser.add_argument("--hidden", type=int, default=128, help="width of the model (default 128)")
    parser.add_argument("--layers", type=int, default=4, help="layers of the model (default 4)")
    parser.add_argument("--prompt", type=int, default=PROMPT, help=f"tokens of the prompt (default {PROMPT})")
    return parser.parse_args()


def _model(options: argparse.Namespace) -> TrainableModel:
    set_seed(0)
    config = Qwen2Config(
        vocab_size=VOCABULARY, hidden_size=options.hidden, intermediate_size=4 * options.hidden,
        num_hidden_layers=options.layers, num_attention_heads=4, num_key_value_heads=2,
    )  # fmt: skip
    head = Head.fresh(options.hidden, torch.Generator().manual_seed(0), bias=False)
    scorer, _ = prepare(AutoModel.from_config(config), head, TrainingOptions())
    return TrainableModel(scorer)


def _example(answers: int, pairs: int, prompt: int) -> TrainingExample:
    """One question whose pairs are the answers of the first half over those of the second; only the first ``pairs``."""
    generator = torch.Generator().manual_seed(1)

    def draw(count: int) -> list[int]:
        return torch.randint(1, VOCABULARY, (count,), generator=generator).tolist()

    shared = draw(prompt)
    lengths = torch.linspace(*LENGTHS, answers).int().tolist()
    half = answers // 2
    compared = [AnswerPair(a, b, None) for a in range(half) for b in range(half, answers)][:pairs]
    sequences = tuple(array("i", shared + draw(length)) for length in lengths)
    return TrainingExample("q", sequences, (None,) * answers, tuple(compared), prompt + sum(lengths))


def grouped(model: TrainableModel, example: TrainingExample) -> Tensor:
    """Return the loss as our loop computes it."""
    model.scorer.use("spans")
    objective = Objective()
    return objective.total(model(example.ids()), objective.compare([example])) / len(example.pairs)


def pairwise(model: TrainableModel, example: TrainingExample) -> Tensor:
    """Return the loss from both answers of every pair, padded, as TRL, OpenRLHF and LLaMA-Factory compute it."""
    model.scorer.use("")
    ids, losses = example.ids(), []
    for start in range(0, len(example.pairs), BATCH):
        batch = example.pairs[start : start + BATCH]
        chosen, rejected = _padded(
            model, [ids[p.chosen] for p in batch] + [ids[p.rejected] for p in batch]
        ).chunk(2)
        losses.append(-torch.nn.functional.logsigmoid(chosen - rejected).sum())
    return torch.stack(losses).sum() / len(example.pairs)


def unshared(model: TrainableModel, example: TrainingExample) -> Tensor:
    """Return the loss from every answer once, each with its own copy of the prompt."""
    model.scorer.use("")
    objective = Objective()
    scores = _padded(model, example.ids())
    return objective.total(scores, objective.compare([example])) / len(example.pairs)


WAYS: dict[str, LossFunction] = {"grouped": grouped, "pairwise": pairwise, "unshared": unshared}


def _padded(model: TrainableModel, sequences: list[Tokens]) -> Tensor:
    ids = torch.full((len(sequences), max(map(len, sequences))), PAD)
    mask = torch.zeros_like(ids)
    for row, tokens in enumerate(sequences):
        ids[row, : len(tokens)], mask[row, : len(tokens)] = torch.tensor(tokens), 1
    hidden = model.backbone(ids, attention_mask=mask, use_cache=False).last_hidden_state
    scores: Tensor = model.head(hidden[torch.arange(len(sequences)), mask.sum(1) - 1])
    return scores


def _measure(model: TrainableModel, example: TrainingExample, rounds: int) -> dict[str, StepCost]:
    costs = {name: StepCost() for name in WAYS}
    for _ in range(rounds):
        for name, compute_loss in WAYS.items():
            model.zero_grad()
            start = time.process_time()
            loss = compute_loss(model, example)
            loss.backward()
            costs[name].cpu_s = min(costs[name].cpu_s, time.process_time() - start)
            costs[name].loss = loss.item()
            costs[name].gradient = torch.cat(
                [weight.grad.flatten() for weight in model.parameters() if weight.grad is not None]
            )
    return costs


def _row(example: TrainingExample, costs: dict[str, StepCost]) -> dict[str, float]:
    ours, baseline = costs["grouped"], costs["pairwise"]
    assert ours.gradient is not None
    assert baseline.gradient is not None
    return {
        "answers": len(example.sequences),
        "pairs": len(example.pairs),
        **{f"{name}_s": cost.cpu_s for name, cost in costs.items()},
        "loss_apart": abs(ours.loss - baseline.loss) / abs(baseline.loss),
        "gradient_apart": float((ours.gradient - baseline.gradient).norm() / baseline.gradient.norm()),
    }


def _summary(row: dict[str, float]) -> str:
    ours = row["grouped_s"]
    return (
        f"{row['answers']} answers, {row['pairs']} pairs: ours {ours:.2f} s; every pair as padded rows "
        f"{row['pairwise_s'] / ours:.2f} times that, every answer once without sharing {row['unshared_s'] / ours:.2f} "
        f"times; relative difference of losses {row['loss_apart']:.1e}, of gradients {row['gradient_apart']:.1e}"
    )


if __name__ == "__main__":
    sys.exit(main())
