"""Generates the tokens of many answers in one batch, each row with its own seed, temperature and length.

Prompts are read once, however many answers each has; rows that have ended leave the batch. A row's random numbers
depend on its seed alone; the rows beside it change its tokens through rounding only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from transformers import DynamicCache, PreTrainedModel

from loop.policy.cache import buffered_cache

LARGEST_SEED = 2**63
ENDED_SHARE = 0.2
"""Share of ended rows at which they leave the batch: what is left of the cache is copied then."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the tokens of an answer are chosen."""

    temperature: float = 1.0
    """0: always the likeliest token."""
    top_p: float = 1.0
    """Only the likeliest tokens with this sum of probabilities are chosen from."""
    max_tokens: int = 96


@dataclass(slots=True)
class Row:
    """One answer that is generated."""

    prompt: int
    """Position of its prompt in the batch."""
    seed: int
    sampling: Sampling
    tokens: list[int] = field(default_factory=list)
    """Without the end mark."""
    has_ended: bool = False
    """Whether the policy ended it; otherwise it was cut off at its longest length."""

    @property
    def is_going(self) -> bool:
        """Whether it gets more tokens."""
        return not self.has_ended and len(self.tokens) < self.sampling.max_tokens

    def add(self, token: int, end: int) -> None:
        """Add a token, unless it is finished; the token ``end`` finishes it."""
        if self.is_going:
            self.has_ended = token == end
            if not self.has_ended:
                self.tokens.append(token)


@dataclass(slots=True)
class _Batch:
    """Rows that are not finished, and what the next step needs."""

    rows: list[Row]
    cache: DynamicCache
    mask: torch.Tensor
    """Prompt and generated positions by row: 0 for padding."""
    logits: torch.Tensor
    uniforms: torch.Tensor
    """Random numbers by row and step."""

    def select(self, kept: torch.Tensor) -> None:
        """Drop all rows but those at some positions."""
        self.rows = [self.rows[at] for at in kept.tolist()]
        self.cache.batch_select_indices(kept)
        self.mask, self.logits, self.uniforms = self.mask[kept], self.logits[kept], self.uniforms[kept]


@torch.inference_mode()
def decode(
    model: PreTrainedModel,
    prompts: Sequence[Sequence[int]],
    rows: Sequence[Row],
    *,
    end: int,
    padding: int,
    report: Callable[[int], None],
) -> None:
    """Fill in the tokens of all rows. ``report`` is called with the number of rows that ended in a step."""
    batch = _prefill(model, prompts, rows, padding)
    step = 0
    while True:
        chosen = _choose(batch, step)
        going = sum(row.is_going for row in batch.rows)
        for row, token in zip(batch.rows, chosen.tolist(), strict=True):
            row.add(token, end)
        kept = [at for at, row in enumerate(batch.rows) if row.is_going]
        report(going - len(kept))
        if not kept:
            return
        if len(kept) <= (1 - ENDED_SHARE) * len(batch.rows):
            positions = torch.tensor(kept, dtype=torch.long, device=chosen.device)
            batch.select(positions)
            chosen = chosen[positions]
        _advance(model, batch, chosen)
        step += 1


def _prefill(
    model: PreTrainedModel, prompts: Sequence[Sequence[int]], rows: Sequence[Row], padding: int
) -> _Batch:
    """Read each prompt once, and repeat its cache for its rows."""
    longest = max(len(prompt) for prompt in prompts)
    input_ids = torch.full((len(prompts), longest), padding, device=model.device)
    mask = torch.zeros((len(prompts), longest), dtype=torch.long, device=model.device)
    for at, prompt in enumerate(prompts):
        input_ids[at, longest - len(prompt) :] = torch.tensor(prompt, device=model.device)
        mask[at, longest - len(prompt) :] = 1
    cache = buffered_cache(model.config)
    output = model(
        input_ids=input_ids,
        attention_mask=mask,
        position_ids=(mask.cumsum(1) - 1).clamp(min=0),
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    by_row = torch.tensor([row.prompt for row in rows], device=model.device)
    cache.batch_select_indices(by_row)
    return _Batch(
        list(rows), cache, mask[by_row], output.logits[by_row, -1], _uniforms(rows).to(model.device)
    )


def _advance(model: PreTrainedModel, batch: _Batch, tokens: torch.Tensor) -> None:
    batch.mask = torch.cat([batch.mask, batch.mask.new_ones(len(batch.rows), 1)], dim=1)
    output = model(
        input_ids=tokens[:, None],
        attention_mask=batch.mask,
        position_ids=batch.mask.sum(1, keepdim=True) - 1,
        past_key_values=batch.cache,
        use_cache=True,
    )
    batch.logits = output.logits[:, -1]


def _uniforms(rows: Sequence[Row]) -> torch.Tensor:
    longest = max(row.sampling.max_tokens for row in rows)
    generator = torch.Generator()
    uniforms = [torch.rand(longest, generator=generator.manual_seed(row.seed % LARGEST_SEED)) for row in rows]
    return torch.stack(uniforms)


def _choose(batch: _Batch, step: int) -> torch.Tensor:
    """Return the next token of every row: the one at a uniform random number of its distribution's cumulative sum."""
    temperature = torch.tensor([row.sampling.temperature for row in batch.rows], device=batch.logits.device)
    logits = batch.logits.float()
    greedy = logits.argmax(1)
    if not temperature.any():
        return greedy
    probabilities = torch.softmax(logits / temperature.clamp(min=1e-4)[:, None], dim=1)
    top_p = torch.tensor([row.sampling.top_p for row in batch.rows], device=logits.device)
    if (top_p < 1).any():
        probabilities = _nucleus(probabilities, top_p)
    sums = probabilities.cumsum(1)
    thresholds = batch.uniforms[:, step : step + 1] * sums[:, -1:]
    sampled = torch.searchsorted(sums, thresholds, right=True).clamp(max=logits.shape[1] - 1)[:, 0]
    return torch.where(temperature > 0, sampled, greedy)


def _nucleus(probabilities: torch.Tensor, top_p: torch.Tensor) -> torch.Tensor:
    ordered, order = probabilities.sort(dim=1, descending=True)
    before = ordered.cumsum(1) - ordered
    return torch.zeros_like(probabilities).scatter(1, order, ordered.where(before < top_p[:, None], 0.0))
