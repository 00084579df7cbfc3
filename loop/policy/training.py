"""Trains a small policy from nothing, or further, on questions with answers: supervised, loss on the answers only.

Hidden matrices are trained by Muon, the rest by AdamW: with AdamW alone, a policy of this size needs several times as
many answers before it copies a question's constants into its program. One thread trains about 9,000 tokens a second.

A training that is given a file for its state saves it now and then. The same call with that file goes on from there,
and makes the same policy as a training that was not interrupted.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from loop.policy.tokens import END

QuestionAnswer = tuple[str, str]
IGNORED = -100
"""Label of tokens that have no loss."""
LONGEST_SEQUENCE = 512
"""Positions of a policy: prompts of real services may be longer than those of its training."""
SAVE_EVERY = 50
"""Steps between two saved states: about ten seconds."""


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How a policy is trained."""

    lr: float = 3e-3
    """Of embeddings and norms."""
    matrix_lr: float = 6e-3
    """Of hidden matrices."""
    batch: int = 24
    """Answers a step: small, because the number of steps is what a short training lacks."""
    warm_up_steps: int = 50
    last_lr_share: float = 0.02
    """The learning rate falls to this share, linearly."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far training is."""

    step: int
    steps: int
    loss: float
    tokens: int
    wall_s: float


def new_policy(
    tokenizer: PreTrainedTokenizerFast, *, hidden_size: int, layers: int, seed: int
) -> LlamaForCausalLM:
    """Return an untrained policy in the layout of Llama.

    Not of Qwen2: for that, ``AutoTokenizer`` puts Qwen's own rules in the place of the tokenizer's, so that it would
    cut texts in other places than the tokenizer of the training.
    """
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden_size,
        intermediate_size=3 * hidden_size,
        num_hidden_layers=layers,
        num_attention_heads=max(1, hidden_size // 32),  # heads of 32: two or more even in the smallest
        num_key_value_heads=max(1, hidden_size // 32),
        max_position_embeddings=LONGEST_SEQUENCE,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def train(
    policy: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    examples: Sequence[QuestionAnswer],
    options: TrainingOptions,
    report: Callable[[TrainingProgress], None] | None = None,
    state: Path | None = None,
) -> None:
    """Train a policy in place, once through the examples. ``report`` is called after every step.

    ``state``: file in which the training's state is kept; the caller removes it when the policy is saved.
    """
    sequences = _sequences(tokenizer, examples)
    batches = _batches(sequences, options)
    optimizers = _optimizers(policy, options)
    first = _load_state(state, policy, optimizers) if state else 0
    started, tokens = time.monotonic(), 0
    policy.train()
    for number, batch in enumerate(batches[first:], first):
        _set_share(optimizers, _lr_share(number, len(batches), options))
        input_ids, labels = _tensors(batch, int(tokenizer.pad_token_id))
        loss = _loss(policy, input_ids, labels)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        if state and (number + 1) % SAVE_EVERY == 0:
            _save_state(state, number + 1, policy, optimizers)
        tokens += input_ids.numel()
        if report:
            report(
                TrainingProgress(number + 1, len(batches), loss.item(), tokens, time.monotonic() - started)
            )
    policy.train(mode=False)


@dataclass(frozen=True, slots=True)
class _Sequence:
    prompt: list[int]
    answer: list[int]

    @property
    def length(self) -> int:
        return len(self.prompt) + len(self.answer)


def _sequences(tokenizer: PreTrainedTokenizerFast, examples: Sequence[QuestionAnswer]) -> list[_Sequence]:
    conversations = [[{"role": "user", "content": question}] for question, _ in examples]
    prompts = tokenizer.apply_chat_template(conversations, tokenize=False, add_generation_prompt=True)
    answers = [f"{answer}{END}" for _, answer in examples]
    pairs = zip(tokenizer(prompts)["input_ids"], tokenizer(answers)["input_ids"], strict=True)
    return [_Sequence(prompt, answer) for prompt, answer in pairs]


def _batches(sequences: Sequence[_Sequence], options: TrainingOptions) -> list[list[_Sequence]]:
    """Return shuffled batches of sequences of like length, so that little is padding."""
    chance = random.Random(options.seed)  # noqa: S311 - not for secrets
    order = chance.sample(list(sequences), len(sequences))
    pool = options.batch * 16  # sorted within: enough for like lengths, small enough to stay mixed
    batches: list[list[_Sequence]] = []
    for at in range(0, len(order), pool):
        alike = sorted(order[at : at + pool], key=lambda sequence: sequence.length)
        parts = [alike[start : start + options.batch] for start in range(0, len(alike), options.batch)]
        batches += chance.sample(parts, len(parts))
    return batches


def _tensors(batch: Sequence[_Sequence], padding: int) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(sequence.length for sequence in batch)
    input_ids = torch.full((len(batch), longest), padding)
    labels = torch.full((len(batch), longest), IGNORED)
    for row, sequence in enumerate(batch):
        input_ids[row, : sequence.length] = torch.tensor(sequence.prompt + sequence.answer)
        labels[row, len(sequence.prompt) : sequence.length] = torch.tensor(sequence.answer)
    return input_ids, labels


def _loss(policy: LlamaForCausalLM, input_ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the mean loss of answer tokens; logits are computed for those alone.

    Sequences are padded at their ends, so causal attention needs no mask.
    """
    hidden = policy.model(input_ids).last_hidden_state[:, :-1]
    has_loss = labels[:, 1:] != IGNORED
    return functional.cross_entropy(policy.lm_head(hidden[has_loss]), labels[:, 1:][has_loss])


def _optimizers(policy: LlamaForCausalLM, options: TrainingOptions) -> list[torch.optim.Optimizer]:
    named = list(policy.named_parameters())
    matrices = [value for name, value in named if value.ndim == 2 and "embed" not in name]
    others = [value for name, value in named if value.ndim != 2 or "embed" in name]
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(others, lr=options.lr, betas=(0.9, 0.98), weight_decay=0.01),
        torch.optim.Muon(matrices, lr=options.matrix_lr, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
    ]
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["full_lr"] = group["lr"]
    return optimizers


def _save_state(
    path: Path, step: int, policy: LlamaForCausalLM, optimizers: Sequence[torch.optim.Optimizer]
) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    states = [optimizer.state_dict() for optimizer in optimizers]
    torch.save({"step": step, "policy": policy.state_dict(), "optimizers": states}, partial)
    partial.replace(path)


def _load_state(path: Path, policy: LlamaForCausalLM, optimizers: Sequence[torch.optim.Optimizer]) -> int:
    """Load a saved state, if there is one; return the number of steps that are done."""
    if not path.exists():
        return 0
    saved = torch.load(path, weights_only=True)
    policy.load_state_dict(saved["policy"])
    for optimizer, values in zip(optimizers, saved["optimizers"], strict=True):
        optimizer.load_state_dict(values)
    return int(saved["step"])


def _lr_share(step: int, steps: int, options: TrainingOptions) -> float:
    return min(1.0, (step + 1) / options.warm_up_steps) * max(options.last_lr_share, 1 - step / steps)


def _set_share(optimizers: Sequence[torch.optim.Optimizer], share: float) -> None:
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = share * group["full_lr"]
