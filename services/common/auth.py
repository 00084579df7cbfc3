"""The keys of a service: which are fit to be sent, whose one is, and where a service without any may listen."""

import hashlib
import hmac
import ipaddress
import re
import socket
from collections.abc import Mapping

from pydantic import SecretStr

_KEY = re.compile(r"[A-Za-z0-9._~+=-]+")
"""What goes through a header and through a path as it is."""


class Keys:
    """The keys of a service, by the name of who holds them; only digests are kept."""

    def __init__(self, tokens: Mapping[str, SecretStr]) -> None:
        self._digests = {name: _digest(token.get_secret_value()) for name, token in tokens.items()}

    def __bool__(self) -> bool:
        return bool(self._digests)

    def holder(self, given: str) -> str | None:
        """Whose key it is. Takes the same time whichever it is, or none."""
        digest = _digest(given)
        found = None
        for name, known in self._digests.items():
            if hmac.compare_digest(digest, known):
                found = name
        return found


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def check_tokens(tokens: Mapping[str, SecretStr]) -> None:
    """Refuse keys that no client could send. Quotes none.

    Raises:
        ValueError: whose key is wrong, and how to make one.
    """
    for name, token in tokens.items():
        if not _KEY.fullmatch(token.get_secret_value()):
            raise ValueError(
                f"the key of {name!r} is empty or has other signs than letters, digits and . _ ~ + = -; "
                f"make one with 'openssl rand -hex 32'"
            )
    if len({token.get_secret_value() for token in tokens.values()}) < len(tokens):
        raise ValueError("two names have the same key; make one for each")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a service that listens on ``host``, an address or a name."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host or "0.0.0.0", None)}  # noqa: S104
    except OSError:
        return False
    return all(is_loopback_address(address) is True for address in found)


def is_loopback_address(text: str) -> bool | None:
    """``None`` for what is no address: a socket's path, or a name."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
