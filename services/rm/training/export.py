"""A trained model as a folder that others load: one-label sequence classification, or AceCodeRM's layout.

The head keeps its fp32. Classification has no place for a bias in transformers, TRL and OpenRLHF: new heads are
trained without one. Where a base brought one, ``score.bias`` is written beside the weight; vLLM and our loader read
it, and transformers' scores are lower by that number.

transformers finds the scored token as the last that is not padding, by its id. So the padding token that is written
is never one that answers end with.
"""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import save_torch_state_dict
from torch import Tensor
from transformers import AutoModelForSequenceClassification, PreTrainedModel, PreTrainedTokenizerBase

from services.rm.engine.head import Head
from services.rm.training.choices import Layout


class ExportError(ValueError):
    """A model that cannot be written in a layout, and why."""


def export(
    backbone: PreTrainedModel,
    head: Head,
    tokenizer: PreTrainedTokenizerBase,
    folder: Path,
    layout: Layout,
    *,
    last_token: int,
    dtype: torch.dtype | None = None,
) -> None:
    """Write a model; ``last_token`` is what answers end with, ``dtype`` the backbone's (default: as it is).

    Raises:
        ExportError: the family has no such layout, or no token is free for padding.
    """
    kind = _classification(backbone)
    config = copy.deepcopy(backbone.config)
    config.dtype = dtype or backbone.dtype
    pad = padding(tokenizer, last_token)
    config.pad_token_id = pad
    if layout is Layout.CLASSIFICATION:
        config.architectures, config.num_labels, config.problem_type = [kind.__name__], 1, "regression"
        names = "score.{}"
    else:
        config.architectures = [kind.__name__.replace("ForSequenceClassification", "ForCausalRM")]
        names = "v_head.summary.{}"
    tensors = {
        f"{kind.base_model_prefix}.{name}": tensor.detach().to(config.dtype)
        for name, tensor in backbone.state_dict().items()
    }
    own = dict(head.tensors())
    if layout is Layout.ACECODERM:
        own.setdefault("bias", torch.zeros(1))  # its classes have one
    tensors |= {names.format(name): tensor for name, tensor in own.items()}
    folder.mkdir(parents=True, exist_ok=True)
    save_torch_state_dict(tensors, folder, metadata={"format": "pt"})
    config.save_pretrained(folder)
    _save_tokenizer(tokenizer, pad, folder)


def check_export(backbone: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, last_token: int) -> None:
    """See that a model of this kind can be written.

    Raises:
        ExportError: it cannot.
    """
    _classification(backbone)
    padding(tokenizer, last_token)


def padding(tokenizer: PreTrainedTokenizerBase, last_token: int) -> int:
    """Return the tokenizer's padding token, or another special one where answers end with it.

    Raises:
        ExportError: there is none.
    """
    own = [tokenizer.pad_token_id, tokenizer.unk_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id]
    for token in (*own, *tokenizer.all_special_ids):
        if isinstance(token, int) and token != last_token:
            return token
    raise ExportError(
        "answers end with the only special token that the tokenizer has, and transformers would take it for padding; "
        "add a padding token to the base's tokenizer"
    )


def _classification(backbone: PreTrainedModel) -> Any:  # noqa: ANN401 - a class of transformers', found by its config
    """The one-label class of the backbone's family, with its tensors named as ours will be."""
    config = copy.deepcopy(backbone.config)
    config.num_labels = 1
    family = config.model_type
    try:
        with torch.device("meta"):
            model = AutoModelForSequenceClassification.from_config(config)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise ExportError(f"transformers has no sequence classification for {family!r}") from error
    kind = type(model)
    names: Mapping[str, Tensor] = model.state_dict()
    expected = {f"{kind.base_model_prefix}.{name}" for name in backbone.state_dict()} | {"score.weight"}
    if set(names) != expected:
        strange = min(set(names) ^ expected)
        raise ExportError(f"the sequence classification of {family!r} names its tensors otherwise: {strange}")
    return kind


def _save_tokenizer(tokenizer: PreTrainedTokenizerBase, pad: int, folder: Path) -> None:
    copied = copy.deepcopy(tokenizer)
    if copied.pad_token_id != pad:
        copied.pad_token = copied.convert_ids_to_tokens(pad)
    copied.save_pretrained(folder)
