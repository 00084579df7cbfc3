"""Loads the model to train, a backbone and a head, from a language model or from a reward model."""

import hashlib
from array import array
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
from services.rm.training.options import TrainingOptions

_WHOLE = 2**62
"""Budget of tokens that no call reaches: all its sequences are computed in one pass."""


class TrainableModel(nn.Module):
    """A scorer as a torch module, as accelerate and its wrappers need it."""

    def __init__(self, scorer: TorchScorer) -> None:
        super().__init__()
        self.backbone = scorer.backbone
        self.head = scorer.head
        self.scorer = scorer

    def forward(self, sequences: Sequence[Tokens]) -> Tensor:
        """Return the fp32 scores of sequences [N], all computed in one pass where they can be packed."""
        return self.scorer.scores(sequences, _WHOLE)


class FrozenBackboneModel(TrainableModel):
    """A model of which only the head is trained: the hidden state of every sequence is computed once and kept.

    Kept states take hidden size × 2 or 4 bytes a sequence, on the CPU.
    """

    def __init__(self, scorer: TorchScorer, budget: int) -> None:
        """``budget``: tokens of one forward pass, counted after sharing."""
        super().__init__(scorer)
        self.backbone.requires_grad_(False)
        self._budget = budget
        self._states: dict[bytes, Tensor] = {}

    def with_head(self, head: Head) -> "FrozenBackboneModel":
        """Return a model with another head, which shares the hidden states that are kept."""
        model = FrozenBackboneModel(make_scorer(self.scorer.backbone, head), self._budget)
        model.scorer.use(self.scorer.packed)
        model._states = self._states
        return model

    def forward(self, sequences: Sequence[Tokens]) -> Tensor:
        """Return the fp32 scores of sequences [N]; only the head's weights have gradients."""
        keys = [state_key(ids) for ids in sequences]
        new = {key: ids for key, ids in zip(keys, sequences, strict=True) if key not in self._states}
        self._compute(list(new), list(new.values()))
        scores: Tensor = self.head(torch.stack([self._states[key] for key in keys]).to(self.scorer.device))
        return scores

    def keep(self, sequences: Sequence[Tokens], states: Sequence[Tensor]) -> None:
        """Keep hidden states that were computed earlier, one per sequence; they are not computed again."""
        self._states |= dict(zip(map(state_key, sequences), states, strict=True))

    @torch.no_grad()
    def _compute(self, keys: Sequence[bytes], sequences: Sequence[Tokens]) -> None:
        for step in self.scorer.plan(sequences, self._budget):
            states, members = self.scorer.states(sequences, step)
            for at, state in zip(members, states.cpu(), strict=True):
                self._states[keys[at]] = state.clone()


def state_key(ids: Tokens) -> bytes:
    """Return the key under which the hidden state of a sequence is kept."""
    return hashlib.blake2b(array("q", ids).tobytes(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class TrainingBase:
    """The model and the tokenizer that a training begins with."""

    model: TrainableModel
    tokenizer: PreTrainedTokenizerBase
    version: str
    """A fingerprint of the base's weights."""
    head_origin: str
    """Where the head comes from, as text for the user and the manifest."""
    attention_in_use: str
    """Name of the packed attention, or ``off`` with the reason."""
    longest: int
    """Tokens that the base's configuration allows; 0 if it has no such limit."""


def load_base(options: TrainingOptions, device: torch.device) -> TrainingBase:
    """Load the base with its own head or a new one, and prepare it for training.

    Raises:
        CheckpointError: it cannot be loaded, or its head cannot be trained.
    """
    folder = resolve_folder(options.base, options.revision)
    checkpoint = open_checkpoint(folder)
    if (folder / ADAPTER).is_file():
        raise CheckpointError(
            f"{folder} holds an adapter beside a model; merge it with 'acecoder export-rm --adapter', or remove it"
        )
    backbone = load_backbone(checkpoint, _dtype(options), device)
    hidden = int(backbone.config.hidden_size)
    head, head_origin = _head(checkpoint, hidden, options)
    scorer, attention_in_use = prepare(backbone, head.to(device), options)
    tokenizer = _tokenizer(options.tokenizer or str(folder), scorer.vocabulary)
    longest = int(getattr(backbone.config, "max_position_embeddings", 0) or 0)
    model = FrozenBackboneModel(scorer, options.tokens) if options.head_only else TrainableModel(scorer)
    if options.frozen_layers:
        _freeze_layers(backbone, options.frozen_layers)
    return TrainingBase(model, tokenizer, fingerprint(checkpoint), head_origin, attention_in_use, longest)


def _tokenizer(source: str, vocabulary: int) -> PreTrainedTokenizerBase:
    try:
        return load_tokenizer(source, vocabulary)
    except CheckpointError as error:  # the message names the service's setting
        raise CheckpointError(str(error).replace("RM_TOKENIZER", "--tokenizer")) from error


def _head(checkpoint: Checkpoint, hidden: int, options: TrainingOptions) -> tuple[Head, str]:
    # A new head has no bias: the loss of a pair does not depend on it, and the one-label layout cannot hold it.
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


def prepare(backbone: PreTrainedModel, head: Head, options: TrainingOptions) -> tuple[TorchScorer, str]:
    """Make a scorer whose scores in training are those in service: without dropout, and with an attention that passes
    the self-test. Return it with the name of the attention, or ``off`` with the reason.
    """
    _disable_dropout(backbone)
    scorer = make_scorer(backbone, head)
    backbone.train(False)
    # Only "spans": the fused call for CUDA has not been tried in training.
    attention_in_use = choose_attention(scorer, ("spans",)) if options.sharing else "off: switched off"
    if not options.sharing:
        scorer.use("")
    backbone.train()
    if options.checkpointing:
        _enable_checkpointing(backbone)
    if not options.objective.centering:
        for name, parameter in head.named_parameters():
            # Without centering the loss does not depend on the bias; rounding errors alone would move it, by a
            # full optimiser step each time.
            parameter.requires_grad_(not name.endswith("bias"))
    return scorer, attention_in_use


def _freeze_layers(backbone: PreTrainedModel, count: int) -> None:
    """Freeze the embeddings and the lowest ``count`` layers.

    Raises:
        ValueError: the model has no list of layers, or not more than ``count``.
    """
    layers = getattr(backbone, "layers", None)
    if not isinstance(layers, nn.ModuleList):
        reason = f"freeze-layers={count}: {type(backbone).__name__} has no list of layers; give --lora"
        raise ValueError(reason)  # noqa: TRY004 - the option does not fit the base
    if count >= len(layers):
        raise ValueError(
            f"freeze-layers={count}: the base has {len(layers)} layers; give fewer, or --head-only for all"
        )
    backbone.get_input_embeddings().requires_grad_(False)
    for layer in list(layers)[:count]:
        layer.requires_grad_(False)


def _dtype(options: TrainingOptions) -> torch.dtype:
    is_frozen = options.lora is not None or options.head_only
    frozen = is_frozen and options.precision is Precision.BF16
    return torch.bfloat16 if frozen or options.precision is Precision.BF16_WEIGHTS else torch.float32


def _disable_dropout(backbone: PreTrainedModel) -> None:
    """Set every dropout to 0, so that the two scores of a pair differ only because the answers differ."""
    for module in backbone.modules():
        for name in ("p", "attention_dropout"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)


def _enable_checkpointing(backbone: PreTrainedModel) -> None:
    # Later versions of transformers use the first name.
    names = ("activation_checkpointing_enable", "gradient_checkpointing_enable")
    next(getattr(backbone, name) for name in names if hasattr(backbone, name))({"use_reentrant": False})
