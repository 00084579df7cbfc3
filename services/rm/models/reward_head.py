"""Finds the reward head in a model folder.

A folder with no head, or with several, is refused: transformers would serve a random head and only log a warning.
"""

from collections.abc import Mapping

from torch import Tensor

from services.rm.engine.head import Head
from services.rm.models.checkpoint import Checkpoint, CheckpointError

HEAD_LAYOUTS: Mapping[str, tuple[str, ...]] = {
    "classification": ("score",),
    "value head": ("v_head.summary",),
    "v_head": ("v_head",),
    "value_head": ("value_head",),
    "two layers": ("score.0", "score.2"),
}
"""Name of the layout → names of its tensors without ``.weight`` and ``.bias``, layer by layer."""


class NoHeadError(CheckpointError):
    """The model has no reward head. Training may start with a new one."""


def find_head(checkpoint: Checkpoint, hidden: int, prefix: str = "") -> tuple[Head, str]:
    """Return the reward head and the name of its layout.

    ``prefix`` is the name of the head's tensors, for a head of no known layout (OpenRLHF's ``value_head_prefix``) or
    where there are several heads.

    Raises:
        NoHeadError: there is none.
        CheckpointError: there are several, or its shape does not fit ``hidden``, or it has numbers that are not finite.
    """
    layouts = {**HEAD_LAYOUTS}
    if named := named_head(checkpoint, prefix):
        layouts = {layout: names for layout, names in HEAD_LAYOUTS.items() if names == (named,)} or {
            named: (named,)
        }
    present = {
        layout: names
        for layout, names in layouts.items()
        if all(f"{name}.weight" in checkpoint.files for name in names)
    }
    folder = checkpoint.folder
    if not present:
        names_looked_for = ", ".join(f"{name}.weight" for names in layouts.values() for name in names)
        raise NoHeadError(
            f"{folder} has no reward head (looked for {names_looked_for}), and a random one is never served: "
            f"{_advice(checkpoint, hidden)}"
        )
    if len(present) > 1:
        raise CheckpointError(
            f"{folder} has several reward heads ({', '.join(present)}); choose one with RM_HEAD, as in RM_HEAD=score"
        )
    ((layout, names),) = present.items()
    layers = [_layer(checkpoint, name) for name in names]
    _check_head(layers, hidden, f"{folder}: head {names[0]!r}")
    return Head(layers), layout


def _advice(checkpoint: Checkpoint, hidden: int) -> str:
    for name in sorted(checkpoint.files):
        if name.endswith(".weight") and checkpoint.shape(name) == [1, hidden]:
            return f"{name} has the shape of one; if it is one, set RM_HEAD={name.removesuffix('.weight')}"
    return "this is not a reward model; acecoder train-rm can make one from it"


def named_head(checkpoint: Checkpoint, prefix: str = "") -> str:
    """Return the head's name, if the operator or the configuration (OpenRLHF) gives one."""
    return prefix or str(checkpoint.config.get("value_head_prefix") or "")


def _layer(checkpoint: Checkpoint, name: str) -> tuple[Tensor, Tensor | None]:
    bias = f"{name}.bias"
    return checkpoint.tensor(f"{name}.weight"), checkpoint.tensor(bias) if bias in checkpoint.files else None


def _check_head(layers: list[tuple[Tensor, Tensor | None]], hidden: int, what: str) -> None:
    width = hidden
    for weight, bias in layers:
        if weight.ndim != 2 or weight.shape[1] != width:
            raise CheckpointError(
                f"{what} has shape {list(weight.shape)}; the model's hidden states are {width} wide"
            )
        width = weight.shape[0]
        if not all(bool(tensor.isfinite().all()) for tensor in (weight, bias) if tensor is not None):
            raise CheckpointError(f"{what} has numbers that are not finite; copy the folder again")
    if width != 1:
        raise CheckpointError(f"{what} gives {width} numbers; a reward model gives one")
