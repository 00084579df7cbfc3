"""Checks by which names a service without a key is called.

A web page can make the name of its own server resolve to 127.0.0.1 (DNS rebinding). A browser on this machine then
takes the service for that server, so that the page could read executions and send programs. Such requests name the
page's server in ``Host``. A page of any server can also send a POST to 127.0.0.1 whose answer it cannot read; such
requests name its server in ``Origin``.

A service with a key needs no such check: a browser does not add the key to a page's requests.
"""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from clients.contract import Slug
from services.common.keys import is_loopback_address
from services.common.problem_error import ProblemError

_HEADERS = ("host", "origin")
"""A request without one of them is not a browser's, or has nothing of another page."""


class KeylessHosts:
    """The names by which a service without a key may be called: those of loopback, its own, and the operator's."""

    def __init__(self, allowed: Collection[str], *, key_variable: str, hosts_variable: str) -> None:
        """``allowed`` are the operator's names; the variables are those that a refusal names."""
        self._allowed = frozenset(name.lower() for name in allowed)
        self._key_variable = key_variable
        self._hosts_variable = hosts_variable

    def check(self, headers: Mapping[str, str], server: str) -> None:
        """Refuse a request that calls the service by another name, or comes from a page of another server.

        ``server`` is the address at which the request arrived, or the name of a server within a process.

        Raises:
            ProblemError: ``wrong-host``; the message names the header, the name and the settings.
        """
        for header in _HEADERS:
            text = headers.get(header)
            if text is None:
                continue
            name = host_name(text)
            if not (name in self._allowed or name == server.lower() or is_loopback_name(name)):
                raise ProblemError(Slug.WRONG_HOST, self._explain(header, text))

    def _explain(self, header: str, text: str) -> str:
        return (
            f"This service has no key, so it answers only to names of its own machine, such as 127.0.0.1 and "
            f"localhost, and the header {header.title()} has {text[:200]!r}. Set {self._key_variable}; or, if the name "
            f"is this machine's, add it to {self._hosts_variable}."
        )


def host_name(text: str) -> str:
    """Return the name or address in a ``Host`` or ``Origin`` header, in lower case; empty if there is none."""
    try:
        return (urlsplit(text if "://" in text else f"//{text}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def is_loopback_name(name: str) -> bool:
    """Return whether a name means this machine wherever it is resolved (RFC 6761), or is a loopback address."""
    return name == "localhost" or name.endswith(".localhost") or is_loopback_address(name) is True


def check_host_names(names: Collection[str]) -> None:
    """Refuse entries that no request can match.

    Raises:
        ValueError: an entry is not a name or an address alone; the message quotes it.
    """
    for name in names:
        if not name or "*" in name or host_name(name) != name.lower():
            raise ValueError(f"{name!r} is not the name of a host: give it without scheme, port and '*'")
