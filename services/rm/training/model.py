"""The model that is trained: a backbone and a head, begun from a language model or from a reward model."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from services.rm.engine.forward import TorchScorer
from services.rm.engine.head import Head
from services.rm.engine.self_test import choose_attention
from services.rm.models.checkpoint import (
    ADAPTER,
    Checkpoint,
    CheckpointError,
    fingerprint,
    open_checkpoint,
)
from services.rm.models.hub import resolve_folder
from services.rm.models.loader import load_backbone, load_tokenizer, make_scorer
from services.rm.models.reward_head import NoHeadError, find_head
from services.rm.tokens.prefix_sharing import Tokens
from services.rm.training.choices import Precision
from services.rm.training.options import Options

_WHOLE = 2**62
"""A budget that divides nothing: what comes together goes through together."""


class RewardModel(nn.Module):
    """A scorer as a module, for wrappers that want one."""

    def __init__(self, scorer: TorchScorer) -> None:
        super().__init__()
        self.backbone = scorer.backbone
        self.head = scorer.head
        self.scorer = scorer

    def forward(self, sequences: Sequence[Tokens]) -> Tensor:
        """Return the fp32 scores of sequences [N], all computed in one pass where they can be packed."""
        return self.scorer.scores(sequences, _WHOLE)


@dataclass(frozen=True, slots=True)
class Base:
    """What a training begins with."""

    model: RewardModel
    tokenizer: PreTrainedTokenizerBase
    version: str
    """A fingerprint of the base's weights."""
    head: str
    """Where the head comes from."""
    sharing: str
    """The packed attention, or ``off`` and why."""
    longest: int
    """What the base's configuration allows; 0 if it does not say."""


def begin(options: Options, device: torch.device) -> Base:
    """Load the base, with its head or a new one, ready to train.

    Raises:
        CheckpointError: it cannot be loaded, or its head cannot be trained.
    """
    folder = resolve_folder(options.base, options.revision)
    checkpoint = open_checkpoint(folder)
    if (folder / ADAPTER).is_file():
        raise CheckpointError(f"{folder} holds an adapter beside a model; merge it, or remove it")
    backbone = load_backbone(checkpoint, _dtype(options), device)
    hidden = int(backbone.config.hidden_size)
    head, layout = _head(checkpoint, hidden, options)
    scorer, sharing = prepare(backbone, head.to(device), options)
    words = _tokenizer(options.tokenizer or str(folder), scorer.vocabulary)
    longest = int(getattr(backbone.config, "max_position_embeddings", 0) or 0)
    return Base(RewardModel(scorer), words, fingerprint(checkpoint), layout, sharing, longest)


def _tokenizer(source: str, vocabulary: int) -> PreTrainedTokenizerBase:
    try:
        return load_tokenizer(source, vocabulary)
    except CheckpointError as error:  # which names the service's setting
        raise CheckpointError(str(error).replace("RM_TOKENIZER", "--tokenizer")) from error


def _head(checkpoint: Checkpoint, hidden: int, options: Options) -> tuple[Head, str]:
    # No bias: no pair's loss depends on it, and the one-label layout has no place for it.
    new = Head.fresh(hidden, torch.Generator().manual_seed(options.seed), bias=False)
    if options.fresh_head:
        return new, "new"
    try:
        head, layout = find_head(checkpoint, hidden)
    except NoHeadError:
        return new, "new"
    if len(head.layers) > 1:
        raise CheckpointError(
            f"{checkpoint.folder}: its head has several layers; give --fresh-head for a new one"
        )
    return head, f"the base's ({layout})"


def prepare(backbone: PreTrainedModel, head: Head, options: Options) -> tuple[TorchScorer, str]:
    """Make a scorer that trains as it scores: no dropout, attention that the probe agrees with."""
    _no_dropout(backbone)
    scorer = make_scorer(backbone, head)
    backbone.train(False)
    # The fused call for CUDA has not been tried in training.
    sharing = choose_attention(scorer, ("spans",)) if options.sharing else "off: switched off"
    if not options.sharing:
        scorer.use("")
    backbone.train()
    if options.checkpointing:
        _checkpoint(backbone)
    if not options.objective.centering:
        for name, parameter in head.named_parameters():
            # No pair's loss depends on the bias: rounding alone would move it, by a whole step each time.
            parameter.requires_grad_(not name.endswith("bias"))
    return scorer, sharing


def _dtype(options: Options) -> torch.dtype:
    frozen = options.lora is not None and options.precision is Precision.BF16
    return torch.bfloat16 if frozen or options.precision is Precision.BF16_WEIGHTS else torch.float32


def _no_dropout(backbone: PreTrainedModel) -> None:
    """A pair's two scores must differ by the answers alone."""
    for module in backbone.modules():
        for name in ("p", "attention_dropout"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)


def _checkpoint(backbone: PreTrainedModel) -> None:
    kinds = {"use_reentrant": False}
    # The first is its name in later versions.
    names = ("activation_checkpointing_enable", "gradient_checkpointing_enable")
    next(getattr(backbone, name) for name in names if hasattr(backbone, name))(kinds)
