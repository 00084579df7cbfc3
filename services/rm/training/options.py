"""Everything that a training is told, and the presets of published ones. Decides nothing else."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from clients.contract.scoring import Truncation
from services.rm.tokens.formats import FORMATS
from services.rm.training.choices import Precision, Schedule
from services.rm.training.losses import Objective

_TOKENS = 16_384
"""Of one forward and backward pass: matrix products are at full speed from some thousands on; a 7B model with
activation checkpointing keeps some 4 GB for them."""


@dataclass(frozen=True, slots=True)
class Lora:
    """Low-rank adapters in place of all weights; the head is trained whole."""

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    targets: tuple[str, ...] = ()
    """Names of the layers; empty: all linear ones of the backbone."""


@dataclass(frozen=True, slots=True)
class Options:
    """A training. What is here decides the weights; what only shows or saves is an argument of its own."""

    base: str = ""
    """Folder or hub name of a language model, which gets a new head, or of a reward model."""
    revision: str | None = None
    tokenizer: str = ""
    """Folder or name; default: the base's own."""
    fresh_head: bool = False
    """Begin with a new head even where the base has one."""
    format: str = ""
    """As in serving; default: ``chat`` if the tokenizer has a template, else ``plain``."""
    longest: int = 2048
    """Tokens of an answer with its prompt."""
    truncation: Truncation = Truncation.ERROR
    """``error`` drops what is longer."""
    held_out: float = 0.05
    """Share of questions kept for the report."""
    objective: Objective = field(default_factory=Objective)
    epochs: int = 1
    batch_pairs: int = 128
    """Of one optimiser step, over all processes."""
    tokens: int = _TOKENS
    """Of one forward pass, counted after sharing."""
    lr: float = 1e-5
    schedule: Schedule = Schedule.COSINE
    warmup: float = 0.1
    """Share of all steps."""
    weight_decay: float = 0.0
    clip: float = 1.0
    """Greatest norm of a step's gradient; 0: any."""
    precision: Precision = Precision.FP32
    checkpointing: bool = False
    """Compute activations again in the backward pass: less memory, a third more work."""
    sharing: bool = True
    """Whether a question's prompt is computed once, where the probe finds that scores stay the same."""
    lora: Lora | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.format and self.format not in FORMATS:
            raise ValueError(f"format={self.format!r} is none of {', '.join(FORMATS)}")
        if self.lora is not None and self.lora.rank < 1:
            raise ValueError(f"lora={self.lora.rank}: give a rank of 1 or more")
        at_least_one = ("longest", "epochs", "batch_pairs", "tokens")
        for name in at_least_one:
            if getattr(self, name) < 1:
                raise ValueError(f"{name.replace('_', '-')}={getattr(self, name)}: give 1 or more")
        if not self.lr > 0:
            raise ValueError(f"lr={self.lr}: give a number above 0")
        if not 0 <= self.held_out < 1 or not 0 <= self.warmup <= 1:
            raise ValueError(f"held-out={self.held_out}, warmup={self.warmup}: give shares within 0 and 1")
        if not self.objective.temperature > 0:
            raise ValueError(f"temperature={self.objective.temperature}: give a number above 0")

    def told(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self)


_ACECODER = Options(
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
PRESETS: Mapping[str, Options] = {
    "acecoder-7b": replace(_ACECODER, base="Qwen/Qwen2.5-Coder-7B-Instruct", longest=2048),
    "acecoder-32b": replace(_ACECODER, base="Qwen/Qwen2.5-Coder-32B-Instruct", longest=1024),
}
"""AceCoder's published hyper-parameters (arXiv 2502.01718 and its training scripts): 128 pairs a step, whatever the
number of GPUs."""
LORA_LR = 1e-4
"""Where nobody says otherwise: adapters begin at 0 and take some ten times the steps of full weights."""
