"""Samples answers of a policy for many questions: batches of like length, with progress.

The same seed gives the same answers on one machine and one version of PyTorch.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from loop.policy.decoding import Row, Sampling, decode

MOST_ROWS = 256
"""Answers generated at once: more are not faster on a processor, and their caches leave its own."""
CACHE_BYTES = 4 << 30
"""Most memory of a batch's keys and values: room for them beside the weights of a 7B policy, or on a laptop."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A model with its tokenizer."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast
    name: str = "policy"

    def prompt(self, messages: Sequence[dict[str, str]]) -> list[int]:
        """Return the tokens of a conversation, ready for an answer."""
        text = self.tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True)
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """One prompt, and the answers that are wanted of it."""

    prompt: Sequence[int]
    count: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SampledAnswer:
    """One answer."""

    text: str
    tokens: int
    has_ended: bool
    """Whether the policy ended it, or it was cut off at ``max_tokens``."""


def load_policy(folder: Path) -> Policy:
    """Return the policy of a folder, as ``save_pretrained`` writes it, with weights as they are stored."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    model.train(mode=False)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    return Policy(model, tokenizer, Path(folder).name)


def sample(
    policy: Path | Policy,
    texts: Sequence[str],
    *,
    n: int = 1,
    temperature: float = 1.0,
    top_p: float = 1.0,
    max_tokens: int = 96,
    seed: int = 0,
    report: Callable[[int, int], None] | None = None,
) -> list[list[str]]:
    """Return ``n`` answers for each question. ``report`` is called with finished answers and their total."""
    loaded = policy if isinstance(policy, Policy) else load_policy(policy)
    sampling = Sampling(temperature, top_p, max_tokens)
    requests = [
        SampleRequest(loaded.prompt([{"role": "user", "content": text}]), n, sampling, seed_of(seed, text))
        for text in texts
    ]
    return [[answer.text for answer in answers] for answers in sample_requests(loaded, requests, report)]


def seed_of(seed: int, text: str) -> int:
    """Return a seed for one question: questions of one call must not share random numbers."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{text}".encode()).digest()[:7])


def sample_requests(
    policy: Policy,
    requests: Sequence[SampleRequest],
    report: Callable[[int, int], None] | None = None,
) -> list[list[SampledAnswer]]:
    """Return the answers of each request, at its position."""
    total = sum(request.count for request in requests)
    answers: list[list[SampledAnswer]] = [[] for _ in requests]
    done = 0

    def count_ended(ended: int) -> None:
        nonlocal done
        done += ended
        if report:
            report(done, total)

    for numbers, rows in _batches(requests, rows_at_once(policy, requests)):
        end, padding = _marks(policy)
        prompts = [requests[number].prompt for number in numbers]
        decode(policy.model, prompts, rows, end=end, padding=padding, report=count_ended)
        texts = policy.tokenizer.batch_decode([row.tokens for row in rows], skip_special_tokens=True)
        for row, text in zip(rows, texts, strict=True):
            answers[numbers[row.prompt]].append(SampledAnswer(text, len(row.tokens), row.has_ended))
    return answers


def rows_at_once(policy: Policy, requests: Sequence[SampleRequest]) -> int:
    """Return how many answers are generated at once: ``MOST_ROWS``, or as many as have room in ``CACHE_BYTES``."""
    config = policy.model.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    token_bytes = 2 * config.num_hidden_layers * heads * size * policy.model.dtype.itemsize
    longest = max((len(one.prompt) + one.sampling.max_tokens for one in requests), default=1)
    return max(1, min(MOST_ROWS, CACHE_BYTES // int(token_bytes * longest)))


def _batches(requests: Sequence[SampleRequest], most_rows: int) -> Iterator[tuple[list[int], list[Row]]]:
    """Yield positions of requests and the rows of a batch, shortest prompts first; large requests are divided."""
    numbers: list[int] = []
    rows: list[Row] = []
    for number in sorted(range(len(requests)), key=lambda number: len(requests[number].prompt)):
        request = requests[number]
        for answer in range(request.count):
            if len(rows) == most_rows:
                yield numbers, rows
                numbers, rows = [], []
            if not numbers or numbers[-1] != number:
                numbers.append(number)
            rows.append(Row(len(numbers) - 1, seed_of(request.seed, str(answer)), request.sampling))
    if rows:
        yield numbers, rows


def _marks(policy: Policy) -> tuple[int, int]:
    """Return the tokens that end an answer and that pad a prompt."""
    end = policy.tokenizer.eos_token_id
    padding = policy.tokenizer.pad_token_id
    return int(end), int(end if padding is None else padding)


def set_threads(threads: int) -> None:
    """Set the threads of PyTorch in this process."""
    torch.set_num_threads(threads)


def count_parameters(name: str) -> int:
    """Return the number of parameters of a model by its configuration, without its weights; 0 if unknown."""
    try:
        config = AutoConfig.from_pretrained(name)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    except (OSError, ValueError):
        return 0
    return sum(parameter.numel() for parameter in model.parameters())
