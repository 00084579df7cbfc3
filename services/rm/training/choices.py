"""Defines the closed lists of values that options of a training take.

Imports nothing heavy, so that the command line knows the values without loading torch.
"""

from enum import StrEnum


class Loss(StrEnum):
    """The loss of a pair, or of a question. Δ is the score of the chosen answer less that of the rejected one, gap the
    difference of their pass rates.
    """

    PAIRWISE = "pairwise"
    """−log σ(Δ): Bradley-Terry."""
    MARGIN = "margin"
    """−log σ(Δ − c · gap): an answer that is much better by its pass rate must score much higher."""
    SCALED = "scaled"
    """gap · −log σ(Δ): scaled Bradley-Terry (arXiv 2410.01257)."""
    SOFT = "soft"
    """Cross-entropy of σ(Δ) to (1 + gap) / 2: the probability that the chosen answer wins when one test is drawn for
    each answer and a tie counts half."""
    LISTWISE = "listwise"
    """Cross-entropy of softmax(scores) to softmax(rates / τ) over a question's answers; the pairs are not used."""


class WeightUnit(StrEnum):
    """The unit that has weight 1 in the loss."""

    PAIR = "pair"
    """Every pair, as in pairwise training: a question with many pairs has more weight."""
    QUESTION = "question"
    """Every question: its pairs share its weight."""


class Schedule(StrEnum):
    """The course of the learning rate after its warm-up: the schedules of transformers that need no other setting."""

    COSINE = "cosine"
    """Falls to 0, slowly at both ends."""
    LINEAR = "linear"
    """Falls to 0 in a straight line."""
    CONSTANT_WITH_WARMUP = "constant_with_warmup"
    """Stays the same after the warm-up."""
    CONSTANT = "constant"
    """Stays the same from the first step; there is no warm-up."""
    INVERSE_SQRT = "inverse_sqrt"
    """Falls as 1/√step."""


class Device(StrEnum):
    """The device that computes."""

    AUTO = "auto"
    """The GPU if there is one; under ``accelerate launch`` each process has its own."""
    CPU = "cpu"


class Precision(StrEnum):
    """The number format in which the backbone computes. The head and the loss are always fp32."""

    FP32 = "fp32"
    """Everything."""
    BF16 = "bf16"
    """Matrix products in bf16, weights and optimiser in fp32; under LoRA the frozen weights in bf16."""
    BF16_WEIGHTS = "bf16-weights"
    """Weights and optimiser too: a third of the memory, and steps below 1/256 of a weight are lost to rounding."""


class Layout(StrEnum):
    """The layout of the written model."""

    CLASSIFICATION = "classification"
    """One-label sequence classification: transformers, TRL, OpenRLHF, vLLM."""
    ACECODERM = "acecoderm"
    """The layout of AceCodeRM: ``v_head.summary``."""
