"""Converts a reward model: reads any layout that the service reads, and writes another, such as the one for vLLM."""

from pathlib import Path

import torch

from clients.contract.scoring import Message
from services.rm.engine.head import Head
from services.rm.models.loader import DTYPES, load
from services.rm.tokens.formats import Writer, default_format
from services.rm.training.choices import Layout
from services.rm.training.export import check_export, export


def convert(
    model: str, out: Path, layout: Layout, *, adapter: str = "", head: str = "", dtype: str = "bfloat16"
) -> float:
    """Load a model, merge its adapter if one is named, write it, and return the bias that the layout leaves out.

    The one-label classification layout has no place for the bias of a head. Without it every score is lower by the
    bias, which changes no ranking and no difference of scores. The result is 0 if nothing is left out.

    Raises:
        CheckpointError: the model cannot be loaded.
        ExportError: the model cannot be written in this layout.
        ValueError: the folder is not empty, the type is not known, or the head has several layers.
    """
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out} is not empty; give --out a new folder")
    if dtype not in DTYPES:
        raise ValueError(f"dtype={dtype!r}: give one of {', '.join(DTYPES)}")
    loaded = load(model, adapter=adapter, head=head, dtype=dtype, device="cpu", sharing=False)
    scorer, tokenizer = loaded.scorer, loaded.tokenizer
    writer = Writer(tokenizer, default_format(tokenizer))
    turns = [Message(role="user", content="Q"), Message(role="assistant", content="A")]
    last_token = writer.ids(writer.text(turns))[-1]
    check_export(scorer.backbone, tokenizer, last_token)
    reward_head, bias = scorer.head, 0.0
    if layout is Layout.CLASSIFICATION:
        reward_head, bias = _without_bias(scorer.head)
    export(scorer.backbone, reward_head, tokenizer, out, layout, last_token=last_token)
    return bias


def _without_bias(head: Head) -> tuple[Head, float]:
    """Return the head without its bias, and the bias.

    Raises:
        ValueError: the head has several layers.
    """
    if len(head.layers) > 1:
        raise ValueError(
            "--layout classification: it holds a head of one layer, and this one has several; serve the model as it is"
        )
    tensors = head.tensors()
    bias = tensors.get("bias", torch.zeros(1))
    return Head([(tensors["weight"], None)]), float(bias[0])
