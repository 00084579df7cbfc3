"""Where the service is and how long to wait for it. Read from the environment when an executor is made.

Decides nothing about limits of programs: those belong to each request.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

_TOKEN = re.compile(r"[!-~]+")
DEFAULT_URL = "http://127.0.0.1:8000"
REWARD_MODEL_URL = "http://127.0.0.1:8100"


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """What a client needs to reach a service."""

    url: str = DEFAULT_URL
    """Base address (``ACECODER_URL``)."""
    token: str | None = field(default=None, repr=False)
    """Sent as a bearer token (``ACECODER_TOKEN``)."""
    connect_s: float = 5.0
    """Seconds to open a connection, and to go on trying while nothing listens (``ACECODER_CONNECT_S``)."""
    read_s: float = 900.0
    """Seconds without a byte before an answer is given up; a request's own ``deadline_s`` may stretch it.
    Long, because a whole batch may wait in a queue (``ACECODER_READ_S``)."""
    retry_s: float = 300.0
    """Seconds to go on trying while the service says that it is full or away (``ACECODER_RETRY_S``)."""
    attempts: int = 4
    """Tries in all when the connection breaks or the service fails (``ACECODER_ATTEMPTS``)."""
    max_body_bytes: int = 4 * 2**20
    """Larger batches are sent as several requests (``ACECODER_MAX_BODY_BYTES``)."""

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url {self.url!r}: give http://host:port or https://host")
        if self.url.rstrip("/").endswith("/v1"):
            raise ValueError(f"url {self.url!r}: leave the /v1 out; clients add it")
        if self.token and not _TOKEN.fullmatch(self.token):
            raise ValueError(
                "token: holds a space, a line's end or a sign that no header may carry; check ACECODER_TOKEN"
            )
        for name in ("connect_s", "read_s", "retry_s", "attempts", "max_body_bytes"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "ClientConfig":
        """Read ``ACECODER_*``.

        Raises:
            ValueError: a variable is not a number, or out of range; the message names it.
        """
        source = os.environ if env is None else env
        values: dict[str, str | float | int] = {}
        for each in fields(cls):
            variable = f"ACECODER_{each.name.upper()}"
            if source.get(variable):
                values[each.name] = _typed(variable, source[variable], type(each.default))
        return cls(**values)  # type: ignore[arg-type]  # _typed follows each field's default

    @classmethod
    def for_reward_model(cls, env: Mapping[str, str] | None = None) -> "ClientConfig":
        """Read ``ACECODER_RM_URL`` and ``ACECODER_RM_TOKEN``, and the rest of ``ACECODER_*``.

        The executor's key is never sent to another service.

        Raises:
            ValueError: as ``from_env``.
        """
        source = dict(os.environ if env is None else env)
        own = {"ACECODER_URL": source.get("ACECODER_RM_URL") or REWARD_MODEL_URL}
        own["ACECODER_TOKEN"] = source.get("ACECODER_RM_TOKEN", "")
        return cls.from_env({**source, **own})

    def with_given(self, *, url: str | None = None, token: str | None = None) -> "ClientConfig":
        """The same, with what is not ``None`` in place of its own."""
        return replace(self, url=url or self.url, token=token or self.token)


def _typed(variable: str, text: str, kind: type) -> str | float | int:
    if kind not in (float, int):
        return text
    try:
        return int(text) if kind is int else float(text)
    except ValueError:
        raise ValueError(f"{variable}={text!r} is not a number") from None
