"""Checks the keys of a service, finds the holder of a key, and tells loopback addresses from all others."""

import hashlib
import hmac
import ipaddress
import re
import socket
from collections.abc import Mapping

from pydantic import SecretStr

_KEY = re.compile(r"[A-Za-z0-9._~+=-]+")
"""Characters that need no quoting, in a header and in a path."""


class Keys:
    """The keys of a service, by the names of their holders. Only digests are kept."""

    def __init__(self, keys: Mapping[str, SecretStr]) -> None:
        self._digests = {name: _digest(key.get_secret_value()) for name, key in keys.items()}

    def __bool__(self) -> bool:
        return bool(self._digests)

    def holder(self, key: str) -> str | None:
        """Return the name of the key's holder. Takes the same time for every key, right or wrong."""
        digest = _digest(key)
        holder = None
        for name, valid_digest in self._digests.items():
            if hmac.compare_digest(digest, valid_digest):
                holder = name
        return holder


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def check_keys(keys: Mapping[str, SecretStr]) -> None:
    """Refuse keys that no client could send, and a key with two holders. Messages do not quote keys.

    Raises:
        ValueError: the message names the holder, and says how to make a key.
    """
    for name, key in keys.items():
        if not _KEY.fullmatch(key.get_secret_value()):
            raise ValueError(
                f"the key of {name!r} is empty or has other characters than letters, digits and . _ ~ + = -; "
                f"make one with 'openssl rand -hex 32'"
            )
    if len({key.get_secret_value() for key in keys.values()}) < len(keys):
        raise ValueError("two names have the same key; make one for each")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a service that listens on ``host``, an address or a name."""
    try:
        addresses = {str(entry[4][0]) for entry in socket.getaddrinfo(host or "0.0.0.0", None)}  # noqa: S104
    except OSError:
        return False
    return all(is_loopback_address(address) is True for address in addresses)


def is_loopback_address(text: str) -> bool | None:
    """Return whether an address is a loopback address; ``None`` for a text that is not an address (a path, a name)."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
