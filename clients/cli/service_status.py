"""Fetches what a running service says about itself, and puts it into about ten lines.

It reads ``/``, ``/readyz`` and ``/status``, which need no key and which every service of this project has.
"""

from dataclasses import dataclass
from typing import Any

import httpx2

from clients.config import ClientConfig
from clients.errors import CannotConnectError


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The state of one service."""

    ready: bool
    lines: list[str]


def fetch(config: ClientConfig) -> StatusReport:
    """Return the state of the service at ``config.url``.

    Raises:
        CannotConnectError: nothing answers there.
    """
    headers = {"accept": "application/json"}
    with httpx2.Client(base_url=config.url, headers=headers, timeout=config.connect_s) as http:
        try:
            overview, ready, status = [http.get(path) for path in ("/", "/readyz", "/status")]
        except httpx2.TransportError as error:
            raise CannotConnectError(
                f"nothing answers at {config.url} ({error}); start the services with `acecoder up`, "
                f"or name the address: acecoder status URL"
            ) from None
    return _report(config.url, _object(overview), ready, _object(status))


def _report(
    url: str, overview: dict[str, Any], ready: httpx2.Response, status: dict[str, Any]
) -> StatusReport:
    if "service" not in overview:
        return StatusReport(False, [f"{url} answers, but it is not a service of this project"])
    is_ready = ready.status_code == 200
    return StatusReport(
        is_ready,
        [
            f"{overview['service']} {overview.get('version', '')} at {url}: {'ready' if is_ready else 'not ready'}",
            *(f"  {name}: {text}" for name, text in (_object(ready) | status).items()),
            f"  pages: {url}/ and {url}/docs",
        ],
    )


def _object(answer: httpx2.Response) -> dict[str, Any]:
    try:
        value = answer.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
