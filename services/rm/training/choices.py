"""What a training may be told by name. Imports nothing heavy, so that a command line knows it at once."""

from enum import StrEnum


class Loss(StrEnum):
    """What a pair, or a question, costs. Δ is the score of the chosen answer less that of the rejected."""

    PAIRWISE = "pairwise"
    """−log σ(Δ): Bradley-Terry."""
    MARGIN = "margin"
    """−log σ(Δ − c · gap): what is much better by its pass rate must score much higher."""
    SCALED = "scaled"
    """gap · −log σ(Δ): scaled Bradley-Terry (arXiv 2410.01257)."""
    SOFT = "soft"
    """Cross-entropy of σ(Δ) to (1 + gap) / 2: how often the chosen answer would win on a test drawn for each, if
    what ties is shared."""
    LISTWISE = "listwise"
    """Cross-entropy of softmax(scores) to softmax(rates / τ) over a question's answers; pairs are not looked at."""


class Weigh(StrEnum):
    """What counts once."""

    PAIR = "pair"
    """Every pair, as in pairwise training: a question with many pairs counts for more."""
    QUESTION = "question"
    """Every question: its pairs share its weight."""


class Schedule(StrEnum):
    """How the learning rate goes on after its warm-up: those of transformers that need to be told nothing else."""

    COSINE = "cosine"
    """Down to 0, slowly at both ends."""
    LINEAR = "linear"
    """Straight down to 0."""
    CONSTANT_WITH_WARMUP = "constant_with_warmup"
    """It stays."""
    CONSTANT = "constant"
    """It stays, and there is no warm-up."""
    INVERSE_SQRT = "inverse_sqrt"
    """1/√step."""


class Device(StrEnum):
    """What is computed on."""

    AUTO = "auto"
    """The GPU, where there is one; several processes, one each, under ``accelerate launch``."""
    CPU = "cpu"


class Precision(StrEnum):
    """What the backbone computes in. The head and the loss are always fp32."""

    FP32 = "fp32"
    """Everything."""
    BF16 = "bf16"
    """Matrix products in bf16, weights and optimiser in fp32; frozen weights under LoRA in bf16."""
    BF16_WEIGHTS = "bf16-weights"
    """Weights and optimiser too: a third of the memory, and steps below 1/256 of a weight are lost to rounding."""


class Layout(StrEnum):
    """What is written at the end."""

    CLASSIFICATION = "classification"
    """One-label sequence classification: transformers, TRL, OpenRLHF, vLLM."""
    ACECODERM = "acecoderm"
    """That of AceCodeRM: ``v_head.summary``."""
