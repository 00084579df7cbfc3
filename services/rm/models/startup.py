"""What is looked at before a model serves: the device, the port, the settings' format, and whether any score is finite.

Each refusal is one sentence that names what to change. Loading itself is ``loader``'s.
"""

import socket

import torch

from services.rm.engine.forward import TorchScorer
from services.rm.models.checkpoint import CheckpointError
from services.rm.models.loader import LoadedModel, load
from services.rm.settings import RmSettings

_TRIED = 8
"""Tokens scored alone: in a model of damaged weights none has a score, and a single one may overflow in any."""


def load_from_settings(settings: RmSettings) -> LoadedModel:
    """Load the model that the settings name, with everything they say of it.

    Raises:
        CheckpointError: it cannot be served.
    """
    loaded = load(
        settings.model,
        tokenizer=settings.tokenizer,
        revision=settings.revision,
        adapter=settings.adapter,
        head=settings.head,
        dtype=settings.dtype,
        device=_usable(settings.device),
        sharing=settings.sharing,
    )
    if settings.format == "chat" and not loaded.tokenizer.chat_template:
        raise CheckpointError(
            f"RM_FORMAT=chat, and the tokenizer of {settings.model} has no chat template: set RM_FORMAT=plain, or name "
            f"a tokenizer that has one with RM_TOKENIZER"
        )
    _check_scores_are_finite(loaded.scorer, settings.model, loaded.dtype)
    return loaded


def _usable(device: str) -> str:
    if device == "auto":
        return device
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:  # the latter where torch was built without it
        said = str(error).splitlines()[0]
        raise CheckpointError(f"RM_DEVICE={device} cannot be used: {said}") from error
    return device


def _check_scores_are_finite(scorer: TorchScorer, model: str, dtype: str) -> None:
    spread = range(0, scorer.vocabulary, max(scorer.vocabulary // _TRIED, 1))
    with torch.inference_mode():
        scores = scorer.scores([(token,) for token in spread], budget=_TRIED)
    if not scores.isfinite().any():
        raise CheckpointError(
            f"{model} scores {float(scores[0])} whatever it is shown, in {dtype}: its weights are damaged, or out of "
            f"that type's range; copy the folder again, or set RM_DTYPE=float32"
        )


def bind_socket(host: str, port: int) -> socket.socket:
    """Take the address, before a model is loaded for minutes; who connects is refused until the server listens.

    Raises:
        ValueError: it is taken, or none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: asyncio sets TCP_NODELAY on no other, and every answer would wait 40 ms for an acknowledgement.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise ValueError(
            f"{host}:{port} cannot be listened on ({error.strerror}): stop what listens there, or choose another "
            f"--port or --host"
        ) from error
    return taken
