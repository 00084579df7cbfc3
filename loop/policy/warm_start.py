"""Makes a policy by supervised training and saves it with its tokenizer, for ``from_pretrained``.

A training that was killed goes on from its last saved state, which lies beside the folder of the policy.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from transformers import LlamaForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from loop.policy.tokens import train_tokenizer
from loop.policy.training import QuestionAnswer, TrainingOptions, TrainingProgress, new_policy, train

TOKENIZER_TEXTS = 4000
"""Texts that the tokenizer is trained on: all words occur in them."""


def train_new(
    examples: Sequence[QuestionAnswer],
    folder: Path,
    *,
    hidden_size: int,
    layers: int,
    options: TrainingOptions,
    report: Callable[[TrainingProgress], None] | None = None,
) -> None:
    """Train a policy from nothing into a folder."""
    texts = [f"{question}\n{answer}" for question, answer in examples[:TOKENIZER_TEXTS]]
    tokenizer = train_tokenizer(texts)
    policy = new_policy(tokenizer, hidden_size=hidden_size, layers=layers, seed=options.seed)
    train(policy, tokenizer, examples, options, report, state_of(folder))
    save(policy, tokenizer, folder)


def train_further(
    base: Path,
    examples: Sequence[QuestionAnswer],
    folder: Path,
    *,
    options: TrainingOptions,
    report: Callable[[TrainingProgress], None] | None = None,
) -> None:
    """Train the policy of one folder further, into another."""
    policy = LlamaForCausalLM.from_pretrained(base)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(base)
    train(policy, tokenizer, examples, options, report, state_of(folder))
    save(policy, tokenizer, folder)


def state_of(folder: Path) -> Path:
    """Return the file with the state of a training into a folder; it is there while the training is unfinished."""
    return folder.with_name(f"{folder.name}.state")


def save(policy: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write policy and tokenizer into a folder, which appears complete or not at all."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    policy.save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(partial, folder)
    state_of(folder).unlink(missing_ok=True)
