"""Reads the options in the URL of a foreign API: how texts are rendered and cut."""

from clients.contract.scoring import Truncation
from services.common.foreign import ApiOptions


class ChatOptions(ApiOptions):
    """The options of an API whose texts the service renders as a conversation."""

    format: str | None = None
    """Format to render by; default: the server's."""
    truncation: Truncation = Truncation.ERROR
    """What happens to an answer that is too long."""
