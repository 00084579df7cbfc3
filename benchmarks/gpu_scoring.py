"""Scores random groups in several ways, and times each: the first part of ``benchmarks.gpu``."""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from services.rm.engine.attention import ATTENTIONS
from services.rm.engine.forward import TorchScorer
from services.rm.engine.head import Head
from services.rm.engine.self_test import choose_attention
from services.rm.models.loader import make_scorer
from services.rm.tokens.prefix_sharing import Tokens, tokens_after_sharing

Way = Callable[[], Tensor]


def measure_scoring(backbone: Any, head: Head, options: argparse.Namespace) -> dict[str, Any]:  # noqa: ANN401
    """Score all groups in every way."""
    scorer = make_scorer(backbone, head.requires_grad_(False))
    groups = random_groups(options)
    sequences = [ids for group in groups for ids in group]
    tokens = tokens_after_sharing(sequences)
    chosen = choose_attention(scorer)
    print(f"self-test chose: {chosen}; {len(sequences)} candidates, {tokens} tokens after sharing")
    flops = _flops(backbone, groups, tokens)
    rows: dict[str, dict[str, Any]] = {}
    expected: Tensor | None = None
    for name, way in _ways(scorer, groups, options.budget).items():
        rows[name], scores = _measure(way, options)
        if scores is not None:
            expected = scores if expected is None else expected
            seconds = rows[name]["wall_s"]
            rows[name]["candidates_per_s"] = len(sequences) / seconds
            rows[name]["largest_difference"] = float((scores - expected).abs().max())
            if name in ATTENTIONS:  # the others compute more tokens for the same candidates
                rows[name]["tokens_per_s"] = tokens / seconds
                rows[name]["mfu"] = flops / seconds / options.peak_tflops / 1e12
        print(f"  {name}: " + text_of(rows[name]), flush=True)
    spread = float(expected.std()) if expected is not None else None
    return {"self_test": chosen, "tokens": tokens, "score_spread": spread, "ways": rows}


def _ways(scorer: TorchScorer, groups: list[list[Tokens]], budget: int) -> dict[str, Way]:
    """Return the ways to score all groups. The first one is the reference of the others."""
    sequences = [ids for group in groups for ids in group]

    def scores_by(attention: str) -> Tensor:
        scorer.use(attention)
        return scorer.scores(sequences, budget)

    def padded() -> Tensor:
        scorer.use("")
        return torch.cat([scorer.head(_padded(scorer.backbone, group)) for group in groups])

    packed = [name for name in ATTENTIONS if name != "varlen" or scorer.device.type == "cuda"]
    ways = {"one by one": partial(scores_by, ""), **{name: partial(scores_by, name) for name in packed}}
    return {**ways, "padded": padded}


def random_groups(options: argparse.Namespace) -> list[list[Tokens]]:
    """Return groups of random tokens. Candidates have 0.2 to 1.8 times the mean length."""
    generator = torch.Generator().manual_seed(1)
    vocabulary = options.vocabulary

    def draw(count: int) -> Tokens:
        return tuple(torch.randint(1, vocabulary, (count,), generator=generator).tolist())

    lengths = torch.linspace(0.2, 1.8, options.candidates).mul(options.completion).int().tolist()
    prompts = [draw(options.prompt) for _ in range(options.groups)]
    return [[prompt + draw(length) for length in lengths] for prompt in prompts]


def _padded(backbone: Any, group: list[Tokens]) -> Tensor:  # noqa: ANN401
    """Return the last hidden state of every sequence, from one padded batch."""
    device = next(backbone.parameters()).device
    ids = torch.zeros(len(group), max(map(len, group)), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, tokens in enumerate(group):
        ids[row, : len(tokens)], mask[row, : len(tokens)] = torch.tensor(tokens), 1
    ids, mask = ids.to(device), mask.to(device)
    hidden = backbone(ids, attention_mask=mask, use_cache=False).last_hidden_state
    last: Tensor = hidden[torch.arange(len(group), device=device), mask.sum(1) - 1]
    return last


def _flops(backbone: Any, groups: list[list[Tokens]], tokens: int) -> float:  # noqa: ANN401
    """Return the operations of one scoring with shared prompts: matrix products and attention."""
    config = backbone.config
    weights = sum(parameter.numel() for parameter in backbone.layers.parameters())
    attended = 0
    for group in groups:
        prompt = _prompt_tokens(group)
        attended += prompt * (prompt + 1) // 2
        attended += sum((len(ids) * (len(ids) + 1) - prompt * (prompt + 1)) // 2 for ids in group)
    return 2.0 * weights * tokens + 4.0 * config.num_hidden_layers * config.hidden_size * attended


def _prompt_tokens(group: list[Tokens]) -> int:
    return next(
        (place for place, pair in enumerate(zip(group[0], group[1], strict=False)) if pair[0] != pair[1]),
        0,
    )


def _measure(way: Way, options: argparse.Namespace) -> tuple[dict[str, Any], Tensor | None]:
    """Call a way once to warm up, and then time it."""
    is_cuda = options.device.startswith("cuda")
    if is_cuda:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    times_s = []
    try:
        with torch.inference_mode():
            scores = way().float().cpu()
            for _ in range(options.rounds):
                start = time.perf_counter()
                scores = way().float().cpu()  # a copy to the CPU, so the device has finished
                times_s.append(time.perf_counter() - start)
    except Exception as error:
        return {"error": first_line(error)}, None
    row: dict[str, Any] = {"wall_s": statistics.median(times_s)}
    if is_cuda:
        row["peak_gib"] = torch.cuda.max_memory_allocated() / 2**30
    return row, scores


def first_line(error: Exception) -> str:
    """Return the first line of an error, with its type."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]


def text_of(row: dict[str, Any]) -> str:
    """Return a row of numbers as text."""
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in row.items()
    )
