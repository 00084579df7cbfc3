"""Writes a trained model to a folder that others load, as one-label sequence classification or in AceCodeRM's layout.

The head stays in fp32. The classification classes of transformers, TRL and OpenRLHF have no bias in the head, so new
heads are trained without one. If the head of the base has a bias, ``score.bias`` is written beside the weight: vLLM and
our loader read it; transformers does not, and its scores are lower by that number.

transformers scores the last token that is not padding, which it finds by the id. So the padding token that is written
is never the token that answers end with.
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
    """A model that cannot be written in a layout; the text has the reason."""


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
    """Write a model. ``last_token`` is the token that answers end with; ``dtype`` is that of the written backbone
    (default: unchanged).

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
    head_tensors = dict(head.tensors())
    if layout is Layout.ACECODERM:
        head_tensors.setdefault("bias", torch.zeros(1))  # the classes of this layout have a bias
    tensors |= {names.format(name): tensor for name, tensor in head_tensors.items()}
    folder.mkdir(parents=True, exist_ok=True)
    save_torch_state_dict(tensors, folder, metadata={"format": "pt"})
    config.save_pretrained(folder)
    for path in folder.glob("*.safetensors"):
        # safetensors writes files that only their owner may read; another user may serve the model.
        path.chmod((folder / "config.json").stat().st_mode)
    _save_tokenizer(tokenizer, pad, folder)


def check_export(backbone: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, last_token: int) -> None:
    """Check that a model of this family, with this tokenizer, can be written.

    Raises:
        ExportError: it cannot.
    """
    if getattr(backbone.config, "quantization_config", None):
        raise ExportError(
            "the weights are quantised, and cannot be written in a layout; give the model that is not"
        )
    _classification(backbone)
    padding(tokenizer, last_token)


def padding(tokenizer: PreTrainedTokenizerBase, last_token: int) -> int:
    """Return the tokenizer's padding token, or another special token if answers end with the padding token.

    Raises:
        ExportError: there is no other special token.
    """
    preferred = [
        tokenizer.pad_token_id,
        tokenizer.unk_token_id,
        tokenizer.bos_token_id,
        tokenizer.eos_token_id,
    ]
    for token in (*preferred, *tokenizer.all_special_ids):
        if isinstance(token, int) and token != last_token:
            return token
    raise ExportError(
        "answers end with the only special token that the tokenizer has, which transformers would treat as padding; "
        "add a padding token to the base's tokenizer"
    )


def _classification(backbone: PreTrainedModel) -> Any:  # noqa: ANN401 - a class of transformers', found by its config
    """The one-label classification class of the backbone's family, after a check that its tensors have our names."""
    config = copy.deepcopy(backbone.config)
    config.num_labels = 1
    family = config.model_type
    try:
        with torch.device("meta"):
            model = AutoModelForSequenceClassification.from_config(config)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise ExportError(
            f"transformers has no sequence classification for {family!r}; give a base of another family"
        ) from error
    kind = type(model)
    names: Mapping[str, Tensor] = model.state_dict()
    expected = {f"{kind.base_model_prefix}.{name}" for name in backbone.state_dict()} | {"score.weight"}
    if set(names) != expected:
        differing = min(set(names) ^ expected)
        raise ExportError(
            f"transformers' sequence classification of {family!r} has other names of tensors, for example {differing}; "
            f"give a base of another family"
        )
    return kind


def _save_tokenizer(tokenizer: PreTrainedTokenizerBase, pad: int, folder: Path) -> None:
    copied = copy.deepcopy(tokenizer)
    if copied.pad_token_id != pad:
        copied.pad_token = copied.convert_ids_to_tokens(pad)
    copied.save_pretrained(folder)
