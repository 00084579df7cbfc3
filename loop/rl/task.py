"""Defines what one RL training is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clients.monitor.thresholds import DEFAULTS, Threshold
from loop.config import RlOptions
from loop.questions import LoopQuestion
from loop.rl.held_out import Sampler
from loop.rl.prompts import PromptRow


@dataclass(frozen=True, slots=True)
class RlTask:
    """One training, and what it needs."""

    run: str
    """``rule``, ``pass_rate``, ``reward_model`` or ``hybrid``."""
    options: RlOptions
    policy: Path
    """Folder of the policy that it starts from."""
    prompts: Sequence[PromptRow]
    held_out: Sequence[LoopQuestion]
    folder: Path
    """Where everything is written."""
    longest_answer: int
    """Tokens."""
    seed: int
    make_sampler: Callable[[Any, Any], Sampler]
    """Makes the sampler of measurements from the model and its tokenizer."""
    thresholds: Sequence[Threshold] = DEFAULTS
    on_step: Callable[[int], None] = lambda _: None
    """Is called with the number of finished steps, at the beginning and the end of each."""
