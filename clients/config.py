"""Holds a client's settings: where the service is and how long to wait for it.

They are read from environment variables when a client is made. Limits of programs are not among them: each request
has its own.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from clients.contract.runs import RUN_PATTERN

_TOKEN = re.compile(r"[!-~]+")
DEFAULT_URL = "http://127.0.0.1:8000"
REWARD_MODEL_URL = "http://127.0.0.1:8100"
SYNTH_URL = "http://127.0.0.1:8200"


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """Settings of one client."""

    url: str = DEFAULT_URL
    """Base address of the service (``ACECODER_URL``)."""
    token: str | None = field(default=None, repr=False)
    """The key of the service, sent as a bearer token (``ACECODER_TOKEN``)."""
    run: str | None = None
    """The run that requests to an executor belong to, unless they name another one (``ACECODER_RUN``)."""
    connect_s: float = 5.0
    """Seconds to open a connection, and to retry while nothing listens (``ACECODER_CONNECT_S``)."""
    read_s: float = 900.0
    """Seconds without a byte after which the client gives an answer up; a request with a longer ``deadline_s`` gets
    that much time. It is long because a whole batch may wait in a queue (``ACECODER_READ_S``)."""
    retry_s: float = 300.0
    """Seconds to retry while the service answers that its queue is full or unavailable (``ACECODER_RETRY_S``)."""
    attempts: int = 4
    """Attempts in all if the connection breaks or the service fails (``ACECODER_ATTEMPTS``)."""
    max_body_bytes: int = 4 * 2**20
    """Size of a request's body above which a batch is sent as several requests (``ACECODER_MAX_BODY_BYTES``)."""
    max_candidates: int = 4096
    """Candidates above which a batch is sent as several requests (``ACECODER_MAX_CANDIDATES``). Each has its own
    deadline, and counts by itself in what a key may have in flight; a few thousand keep hundreds of workers busy."""

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url {self.url!r}: give http://host:port or https://host")
        if self.url.rstrip("/").endswith("/v1"):
            raise ValueError(f"url {self.url!r}: leave the /v1 out; the client adds it")
        if self.token and not _TOKEN.fullmatch(self.token):
            raise ValueError(
                "token: the key holds a space, a line break or a character that no HTTP header may hold; "
                "check ACECODER_TOKEN"
            )
        if self.run and not re.match(RUN_PATTERN, self.run):
            raise ValueError(
                f"run {self.run!r}: give up to 200 letters, digits and signs of ASCII without blanks, the first "
                "a letter or a digit; check ACECODER_RUN"
            )
        for name in ("connect_s", "read_s", "retry_s", "attempts", "max_body_bytes", "max_candidates"):
            if getattr(self, name) <= 0:
                raise ValueError(
                    f"{name} (ACECODER_{name.upper()}) must be above 0, not {getattr(self, name)}"
                )

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "ClientConfig":
        """Return the settings that the variables ``ACECODER_*`` give; the others have their defaults.

        Raises:
            ValueError: a variable is not a number, or out of range; the message names it.
        """
        source = os.environ if env is None else env
        values: dict[str, str | float | int] = {}
        for setting in fields(cls):
            variable = f"ACECODER_{setting.name.upper()}"
            if source.get(variable):
                values[setting.name] = _parse(variable, source[variable], type(setting.default))
        return cls(**values)  # type: ignore[arg-type]  # _parse follows each field's default

    @classmethod
    def for_reward_model(cls, env: Mapping[str, str] | None = None) -> "ClientConfig":
        """Return the settings of a reward-model client: ``ACECODER_RM_URL``, ``ACECODER_RM_TOKEN`` and the others.

        The executor's key (``ACECODER_TOKEN``) is never sent to another service.

        Raises:
            ValueError: as ``from_env``.
        """
        return cls._for_service("RM", REWARD_MODEL_URL, env)

    @classmethod
    def for_synthesis(cls, env: Mapping[str, str] | None = None) -> "ClientConfig":
        """Return the settings of a synthesis client: ``ACECODER_SYNTH_URL``, ``ACECODER_SYNTH_TOKEN`` and the others.

        Raises:
            ValueError: as ``from_env``.
        """
        return cls._for_service("SYNTH", SYNTH_URL, env)

    @classmethod
    def _for_service(cls, name: str, url: str, env: Mapping[str, str] | None) -> "ClientConfig":
        source = dict(os.environ if env is None else env)
        address = {
            "ACECODER_URL": source.get(f"ACECODER_{name}_URL") or url,
            "ACECODER_TOKEN": source.get(f"ACECODER_{name}_TOKEN", ""),
        }
        return cls.from_env({**source, **address})

    def with_given(
        self, *, url: str | None = None, token: str | None = None, run: str | None = None
    ) -> "ClientConfig":
        """Return a copy of the settings in which the arguments that are not ``None`` replace their values."""
        return replace(self, url=url or self.url, token=token or self.token, run=run or self.run)


def _parse(variable: str, text: str, kind: type) -> str | float | int:
    if kind not in (float, int):
        return text
    try:
        return int(text) if kind is int else float(text)
    except ValueError:
        raise ValueError(f"{variable}={text!r} is not a number") from None
