"""Checks at start-up that a model can serve: the device, the port, the format, and that its scores are finite.

Each error is one sentence that names what to change. ``loader`` loads the model.
"""

import socket

import structlog
import torch

from services.rm.engine.forward import TorchScorer
from services.rm.models.checkpoint import CheckpointError
from services.rm.models.loader import LoadedModel, load
from services.rm.settings import RmSettings

_SAMPLE_TOKENS = 8
"""Tokens that are scored, each alone. With damaged weights none of them has a finite score; a single one may overflow
in a good model too."""


def load_from_settings(settings: RmSettings) -> LoadedModel:
    """Load the model that the settings describe.

    Raises:
        CheckpointError: it cannot be served.
    """
    loaded = _loaded(settings)
    if settings.format == "chat" and not loaded.tokenizer.chat_template:
        raise CheckpointError(
            f"RM_FORMAT=chat, but the tokenizer of {settings.model} has no chat template: set RM_FORMAT=plain, or name "
            f"a tokenizer that has one with RM_TOKENIZER"
        )
    _check_scores_are_finite(loaded.scorer, settings.model, loaded.dtype)
    if settings.sharing and loaded.sharing.startswith("off"):
        structlog.get_logger().warning(
            "prefixes are not shared: groups of candidates cost several times as much", why=loaded.sharing
        )
    return loaded


def _loaded(settings: RmSettings) -> LoadedModel:
    """Load the model, and compute with it for the first time.

    Raises:
        CheckpointError: it cannot be loaded, or not be computed on this device in this type.
    """
    device = _check_device(settings.device)
    try:
        return load(
            settings.model,
            tokenizer=settings.tokenizer,
            revision=settings.revision,
            adapter=settings.adapter,
            head=settings.head,
            dtype=settings.dtype,
            device=device,
            sharing=settings.sharing,
        )
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[0]
        raise CheckpointError(
            f"{settings.model} cannot be computed with RM_DEVICE={settings.device} and RM_DTYPE={settings.dtype}: "
            f"{reason}; set another type or device"
        ) from error


def _check_device(device: str) -> str:
    """Return the device if this machine has it."""
    if device == "auto":
        return device
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:  # AssertionError: torch was built without the device
        reason = str(error).splitlines()[0]
        raise CheckpointError(f"RM_DEVICE={device} cannot be used: {reason}") from error
    return device


def _check_scores_are_finite(scorer: TorchScorer, model: str, dtype: str) -> None:
    """Refuse a model that gives no finite score for any of some tokens."""
    sample = range(0, scorer.vocabulary, max(scorer.vocabulary // _SAMPLE_TOKENS, 1))
    with torch.inference_mode():
        scores = scorer.scores([(token,) for token in sample], budget=_SAMPLE_TOKENS)
    if not scores.isfinite().any():
        raise CheckpointError(
            f"{model} gives the score {float(scores[0])} for any input in {dtype}: its weights are damaged, or outside "
            f"the range of that type; copy the folder again, or set RM_DTYPE=float32"
        )


def bind_socket(host: str, port: int) -> socket.socket:
    """Bind the address, before minutes are spent on loading a model. Connections are refused until the server listens.

    Raises:
        ValueError: the address is in use, or does not belong to this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol must be given: asyncio sets TCP_NODELAY only on a socket with IPPROTO_TCP, and without it every
    # response waits 40 ms for an acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise ValueError(
            f"cannot listen on {host}:{port} ({error.strerror}): stop the process that listens there, or choose "
            f"another --port or --host"
        ) from error
    return bound
