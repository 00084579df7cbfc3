"""Step ``reward_model``: trains a reward model on the pairs, from the base policy, by ``acecoder train-rm``."""

import shutil
from pathlib import Path

from clients.datasets.rows import rows_of_file
from loop.steps.commands import run_acecoder
from loop.steps.context import StepContext, StepError
from loop.steps.synthesis.config import SynthFolder
from loop.steps.synthesise import FEW_KEPT

SAVE_EVERY = 50
"""Optimiser steps between two saved states: some ten seconds of a small policy's training."""


def run(context: StepContext) -> None:
    """Train the reward model of a run.

    Raises:
        StepError: there are no pairs, or the training failed.
    """
    pairs = SynthFolder(context.folder.synth).pairs
    if next(iter(rows_of_file(pairs)), None) is None:
        raise StepError(
            f"{pairs} has no pairs: no question has an answer with a pass rate of 0.8 or more and one that is lower "
            f"by 0.4; {FEW_KEPT}"
        )
    train_reward_model(context, pairs, context.folder.reward_model)


def train_reward_model(context: StepContext, pairs: Path, out: Path) -> None:
    """Train a reward model on a file of pairs; a training that was killed goes on from its last saved state.

    Raises:
        StepError: the training failed.
    """
    if (out / "report.json").exists():
        return
    is_resumed = any(out.glob("state/step-*"))
    if not is_resumed:
        shutil.rmtree(out, ignore_errors=True)
    options = context.config.reward_model
    longest = context.config.longest_prompt + context.config.longest_answer
    run_acecoder(
        [
            "train-rm",
            str(pairs),
            "--base",
            context.base_policy,
            "--out",
            str(out),
            "--format",
            "chat",
            "--epochs",
            str(options.epochs),
            "--batch-pairs",
            str(options.batch_pairs),
            "--longest",
            str(longest),
            "--held-out",
            str(options.held_out),
            "--seed",
            str(context.config.seed),
            "--save-every",
            str(SAVE_EVERY),
            *(["--lr", str(options.lr)] if options.lr else []),
            *options.arguments,
            *(["--resume"] if is_resumed else []),
        ],
        context.progress.line,
    )
