"""Defines the options of a training, checks their values, and holds presets of published trainings."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from clients.contract.scoring import Truncation
from services.rm.tokens.formats import FORMATS
from services.rm.training.choices import Precision, Schedule
from services.rm.training.losses import Objective

_TOKENS = 16_384
"""Tokens of one forward and backward pass. Matrix products reach full speed at some thousands of tokens; for so many
tokens a 7B model with activation checkpointing keeps some 4 GB."""


@dataclass(frozen=True, slots=True)
class Lora:
    """Low-rank adapters, trained in place of all weights of the backbone; the head is trained completely."""

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    targets: tuple[str, ...] = ()
    """Names of the layers that get adapters; empty: all linear layers of the backbone."""


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """The options that decide the trained weights. Those that only decide what is shown or saved are in
    ``TrainingJob``. The names of the fields are keys in ``manifest.json``.
    """

    base: str = ""
    """Folder or hub name of a language model, which gets a new head, or of a reward model."""
    revision: str | None = None
    """Branch, tag or commit of a base on the hub."""
    tokenizer: str = ""
    """Folder or hub name; default: the base's tokenizer."""
    fresh_head: bool = False
    """Begin with a new head even if the base has one."""
    format: str = ""
    """Format of conversations, as in serving; default: ``chat`` if the tokenizer has a template, else ``plain``."""
    longest: int = 2048
    """Tokens of an answer with its prompt."""
    truncation: Truncation = Truncation.ERROR
    """``error`` drops longer answers, ``middle`` shortens them."""
    held_out: float = 0.05
    """Share of questions that are not trained on, but reported on."""
    objective: Objective = field(default_factory=Objective)
    epochs: int = 1
    batch_pairs: int = 128
    """Pairs of one optimiser step, over all processes."""
    tokens: int = _TOKENS
    """Tokens of one forward pass, counted after sharing."""
    lr: float = 1e-5
    schedule: Schedule = Schedule.COSINE
    warmup: float = 0.1
    """Share of all steps in which the learning rate rises from 0."""
    weight_decay: float = 0.0
    clip: float = 1.0
    """Largest norm of a step's gradient, to which larger ones are scaled down; 0: no limit."""
    precision: Precision = Precision.FP32
    checkpointing: bool = False
    """Recompute activations in the backward pass: less memory, a third more work."""
    sharing: bool = True
    """Compute the prompt of a question once for all answers, if a self-test finds that scores stay the same."""
    lora: Lora | None = None
    head_only: bool = False
    """Train the head alone: the hidden state of every answer is computed once. An epoch after that takes seconds."""
    frozen_layers: int = 0
    """Lowest layers that are not trained, nor are the embeddings if this is above 0."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.format and self.format not in FORMATS:
            raise ValueError(f"format={self.format!r} is not known; give one of {', '.join(FORMATS)}")
        if self.lora is not None and self.lora.rank < 1:
            raise ValueError(f"lora={self.lora.rank}: give a rank of 1 or more")
        if self.frozen_layers < 0:
            raise ValueError(f"freeze-layers={self.frozen_layers}: give 0 or more")
        if (self.lora is not None) + self.head_only + (self.frozen_layers > 0) > 1:
            raise ValueError(
                "lora, head-only and freeze-layers exclude each other: each says what is trained"
            )
        at_least_one = ("longest", "epochs", "batch_pairs", "tokens")
        for name in at_least_one:
            if getattr(self, name) < 1:
                raise ValueError(f"{name.replace('_', '-')}={getattr(self, name)}: give 1 or more")
        if not self.lr > 0:
            raise ValueError(f"lr={self.lr}: give a number above 0")
        if not 0 <= self.held_out < 1 or not 0 <= self.warmup <= 1:
            raise ValueError(f"held-out={self.held_out}, warmup={self.warmup}: give shares between 0 and 1")
        if not self.objective.temperature > 0:
            raise ValueError(f"temperature={self.objective.temperature}: give a number above 0")

    def as_dict(self) -> dict[str, Any]:
        """Return all options as plain values."""
        return asdict(self)


_ACECODER = TrainingOptions(
    format="acecode-training",
    held_out=0.005,
    epochs=1,
    batch_pairs=128,
    lr=1e-5,
    schedule=Schedule.COSINE,
    warmup=0.1,
    precision=Precision.BF16,
    checkpointing=True,
)
PRESETS: Mapping[str, TrainingOptions] = {
    "acecoder-7b": replace(_ACECODER, base="Qwen/Qwen2.5-Coder-7B-Instruct", longest=2048),
    "acecoder-32b": replace(_ACECODER, base="Qwen/Qwen2.5-Coder-32B-Instruct", longest=1024),
}
"""AceCoder's published hyper-parameters (arXiv 2502.01718 and its training scripts): 128 pairs per step for any number
of GPUs."""
HEAD_LR = 1e-4
"""Default learning rate of the head alone: no weights of the backbone have to stay near where they began."""
LORA_LR = 1e-4
"""Default learning rate under LoRA: adapters begin at 0 and bear steps some ten times as large as full weights do."""
