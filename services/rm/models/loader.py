"""Loads a reward model from a folder or the hub: backbone, head and tokenizer, or an error of one sentence.

Only the backbone is built (``AutoModel``). A language-model head would compute logits that are not used. A tensor that
is in the folder and not in the backbone, or the other way round, is an error, except for the heads. An adapter is
applied only if it is named: transformers would silently apply one that is in the folder.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from logging import ERROR
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging

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
from services.rm.models.lora import merge_adapter
from services.rm.models.reward_head import find_head, named_head

DTYPES: Mapping[str, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
_HEADS = ("lm_head.", "score.", "v_head.", "value_head.")
"""Tensors of heads, which a backbone does not have."""
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt")
"""Every tokenizer has one of these files. Without any, transformers builds an empty tokenizer."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A reward model, ready to score."""

    scorer: TorchScorer
    tokenizer: PreTrainedTokenizerBase
    name: str
    version: str
    """A fingerprint of the weights."""
    layout: str
    """How the head was stored."""
    dtype: str
    """Type of the backbone."""
    max_tokens: int
    """The longest sequence that the model's configuration allows; 0 if it names none."""
    sharing: str
    """The packed attention that passed the self-test, or ``off: `` and why."""


def load(
    model: str,
    *,
    tokenizer: str = "",
    revision: str | None = None,
    adapter: str = "",
    head: str = "",
    dtype: str = "auto",
    device: str = "auto",
    sharing: bool = True,
) -> LoadedModel:
    """Load a reward model. ``dtype`` ``auto`` is bfloat16 on CUDA and float32 elsewhere.

    Raises:
        CheckpointError: the model cannot be served.
    """
    torch_device = torch.device(
        device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    )
    if dtype == "auto":
        dtype = "bfloat16" if torch_device.type == "cuda" else "float32"
    folder = resolve_folder(model, revision)
    checkpoint = open_checkpoint(folder)
    if (folder / ADAPTER).is_file():
        raise CheckpointError(
            f"{folder} has an adapter beside the model; name it with RM_ADAPTER, or remove it"
        )
    if not adapter:
        # Before the backbone, which takes minutes to load: a model without a head is refused at once.
        reward_head, layout = find_head(checkpoint, _width(checkpoint), head)
    backbone = load_backbone(checkpoint, DTYPES[dtype], torch_device, head)
    version = fingerprint(checkpoint)
    if adapter:
        backbone, reward_head, layout, version = _merged(backbone, checkpoint, adapter, version, head)
    backbone.train(False)
    scorer = make_scorer(backbone.requires_grad_(False), reward_head.requires_grad_(False).to(torch_device))
    loaded_tokenizer = load_tokenizer(tokenizer or str(folder), scorer.vocabulary)
    attention = choose_attention(scorer) if sharing else "off: switched off"
    longest = int(getattr(backbone.config, "max_position_embeddings", 0) or 0)
    return LoadedModel(scorer, loaded_tokenizer, model, version, layout, dtype, longest, attention)


def _config(folder: Path) -> PreTrainedConfig:
    try:
        config: PreTrainedConfig = AutoConfig.from_pretrained(folder)
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{folder} cannot be loaded: {_first_line(error)}") from error
    return config


def _width(checkpoint: Checkpoint) -> int:
    width = getattr(_config(checkpoint.folder), "hidden_size", None)
    if not isinstance(width, int):
        raise CheckpointError(
            f"{checkpoint.folder}: its configuration has no hidden_size, so it is not a decoder"
        )
    return width


def _merged(
    backbone: PreTrainedModel, checkpoint: Checkpoint, adapter: str, version: str, head: str
) -> tuple[PreTrainedModel, Head, str, str]:
    folder = resolve_folder(adapter)
    try:
        return merge_adapter(backbone, checkpoint, folder, version, head)
    except CheckpointError:
        raise
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        message = f"{folder}: the adapter cannot be read ({_first_line(error)}); copy it again"
        raise CheckpointError(message) from error


def make_scorer(backbone: PreTrainedModel, head: Head) -> TorchScorer:
    """Combine a backbone and a head, with the attention of transformers that computes this model correctly."""
    # The SDPA attention of transformers ignores softcapping.
    softcap = getattr(backbone.config, "attn_logit_softcapping", None)
    return TorchScorer(backbone, head, native="eager" if softcap else "sdpa")


def load_backbone(
    checkpoint: Checkpoint, dtype: torch.dtype, device: torch.device, head: str = ""
) -> PreTrainedModel:
    """Load the model without its heads. ``head`` is the name of a head of no known layout.

    Raises:
        CheckpointError: the folder cannot be read, lacks a tensor, or has one that the model does not have.
    """
    folder = checkpoint.folder
    config = _config(folder)
    try:
        with _without_report():
            backbone, report = AutoModel.from_pretrained(
                folder,
                config=config,
                dtype=dtype,
                output_loading_info=True,
                # On every device, so that each uses the same path: it puts a tensor there at once, by accelerate.
                device_map={"": device},
            )
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError) as error:
        advice = _quantization_advice(checkpoint)
        raise CheckpointError(f"{folder} cannot be loaded: {_first_line(error)}{advice}") from error
    for kind in ("missing_keys", "mismatched_keys", "error_msgs"):
        if report.get(kind):
            names = ", ".join(sorted(str(name) for name in report[kind])[:3])
            raise CheckpointError(
                f"{folder}: {len(report[kind])} tensors are missing or have a wrong shape: {names}; copy the folder "
                f"again"
            )
    named = named_head(checkpoint, head)
    heads = (*_HEADS, f"{named}.") if named else _HEADS
    unexpected = [key for key in report.get("unexpected_keys", ()) if not key.startswith(heads)]
    if unexpected:
        raise CheckpointError(
            f"{folder}: {type(backbone).__name__} has no place for {len(unexpected)} tensors: {unexpected[0]}"
        )
    placed: PreTrainedModel = backbone.to(device)  # buffers that no file has
    return placed


def _quantization_advice(checkpoint: Checkpoint) -> str:
    """Return what to do with quantised weights that transformers cannot load as a backbone."""
    if not checkpoint.quantization:
        return ""
    return (
        f"; its weights are quantised by {checkpoint.quantization}: install what that needs, serve the model that is "
        f"not quantised, or serve this one with vLLM (RM_BACKEND=vllm-server)"
    )


@contextmanager
def _without_report() -> Iterator[None]:
    """Keep transformers from logging the head as unexpected. ``load_backbone`` checks the report itself."""
    before = logging.get_verbosity()
    logging.set_verbosity(ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(before)


def load_tokenizer(source: str, vocabulary: int) -> PreTrainedTokenizerBase:
    """Load a tokenizer and check that the model has its tokens.

    Raises:
        CheckpointError: there is no tokenizer, or it has more tokens than the model.
    """
    if Path(source).is_dir() and not any((Path(source) / name).is_file() for name in _TOKENIZER_FILES):
        raise CheckpointError(
            f"{source} has no tokenizer ({', '.join(_TOKENIZER_FILES)}); name one with RM_TOKENIZER"
        )
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{source} has no tokenizer that can be read ({_first_line(error)}); name one with RM_TOKENIZER"
        ) from error
    # ``vocab_size`` leaves out added tokens: a text may never contain them, and each item is checked for them.
    if tokenizer.vocab_size > vocabulary:
        raise CheckpointError(
            f"{source}: the tokenizer has {tokenizer.vocab_size} tokens and the model {vocabulary}; "
            f"it belongs to another model: name the right one with RM_TOKENIZER"
        )
    assert isinstance(tokenizer, PreTrainedTokenizerBase)
    return tokenizer


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
