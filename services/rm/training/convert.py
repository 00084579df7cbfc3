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
    """Load a model, merge its adapter if one is named, write it, and return the bias that transformers would ignore.

    The classification classes of transformers have no bias in the head: there every score is lower by the bias, which
    changes no ranking and no difference of scores. vLLM and this service add it. The result is 0 if there is none.

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
    bias = _ignored_bias(scorer.head) if layout is Layout.CLASSIFICATION else 0.0
    export(scorer.backbone, scorer.head, tokenizer, out, layout, last_token=last_token)
    return bias


def _ignored_bias(head: Head) -> float:
    """Return the bias of a head of one layer.

    Raises:
        ValueError: the head has several layers.
    """
    if len(head.layers) > 1:
        raise ValueError(
            "--layout classification: it holds a head of one layer, and this one has several; serve the model as it is"
        )
    return float(head.tensors().get("bias", torch.zeros(1))[0])
