"""Defines the settings that all services have, as the base class of each service's settings.

Settings are read once, when a process starts, and passed down; nothing reads them at import.
"""

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Any, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from services.common.hosts import KeylessHosts, check_host_names
from services.common.keys import check_keys, is_loopback


class ServiceSettings(BaseSettings):
    """The settings that all services have. A subclass sets ``env_prefix``."""

    model_config = SettingsConfigDict(
        frozen=True, use_attribute_docstrings=True, extra="ignore", hide_input_in_errors=True
    )

    token: SecretStr | None = None
    """The key that requests must carry, if there is only one. The name of its holder is ``default``. A service without
    any key serves its own machine only."""
    tokens: dict[str, SecretStr] = {}
    """Several keys, by their holders' names: JSON, or one variable per key with two underscores before the name."""
    allowed_hosts: tuple[str, ...] = ()
    """Names by which a service without a key may be called, beside those of loopback: JSON, without ports. For a name
    that resolves to loopback, or that a proxy on this machine forwards. With a key, any name is accepted."""
    max_requests_per_key: Annotated[int, Field(ge=1)] = 2048
    """Most requests of one key in flight, in each process: twice what the busiest framework opens at once (NeMo-Gym
    1024, verl 512). One more is answered 429. All requests without a key count as one caller's."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 64 * 2**20
    """Largest request body. Clients split a larger batch into several requests."""
    keep_alive_s: Annotated[int, Field(ge=1)] = 75
    """How long an idle connection of a client stays open. Set it longer than clients and load balancers keep theirs: if
    the service closes one at the moment when the other side sends a request on it, the request is lost and has to be
    sent again. Our clients keep theirs for 30 s, and many load balancers for 60 s."""
    max_silence_s: Annotated[float, Field(gt=0)] = 15.0
    """Seconds without a byte after which a blank is sent, which readers of JSON skip, while an answer of ``/v1`` waits.
    Well below the time after which load balancers close a silent connection: 60 s for nginx and AWS, 20 or 30 s for
    some."""
    log_json: bool = False
    """Whether log lines are JSON objects, for machines, and not key=value, for people."""
    log_level: str = "INFO"
    """The least severe level that is logged."""

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        if self.token and "default" in self.tokens:
            raise ValueError("'default' has two keys: token, and an entry of tokens; drop one")
        check_keys(self.all_keys())
        return self

    @field_validator("allowed_hosts")
    @classmethod
    def _check_allowed_hosts(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        check_host_names(names)
        return names

    def keyless_hosts(self) -> KeylessHosts:
        """Return the names by which the service may be called while it has no key."""
        prefix = self.model_config.get("env_prefix", "")
        return KeylessHosts(
            self.allowed_hosts, key_variable=self.key_variable, hosts_variable=f"{prefix}ALLOWED_HOSTS"
        )

    def all_keys(self) -> dict[str, SecretStr]:
        """Return every key by its holder. An empty ``token`` counts as none: its variable was left blank."""
        single = {"default": self.token} if self.token else {}
        return single | self.tokens

    @property
    def key_variable(self) -> str:
        """The environment variable that holds ``token``."""
        return f"{self.model_config.get('env_prefix', '')}TOKEN"

    def check_host(self, host: str) -> None:
        """Refuse to listen where other machines reach the service, unless it has a key.

        Raises:
            ValueError: there is no key, and ``host`` is not a loopback address.
        """
        if not self.all_keys() and not is_loopback(host):
            raise ValueError(
                f"without a key the service listens on this machine only, not on {host!r}; "
                f"set {self.key_variable} (make one with 'openssl rand -hex 32')"
            )


_FOLLOWS_FROM_OTHERS = "default_factory_not_called"
"""Type of a fault that a field without a value has because another field is wrong."""
_FIELD = re.compile(r'field "(\w+)"')
_OF_KUBERNETES = re.compile(r"[A-Z]+_(SERVICE_|PORT(_|$))")
"""Variables that Kubernetes sets in every pod for a Service that is named like ours."""
S = TypeVar("S", bound=ServiceSettings)


def read(settings_class: type[S], **overrides: Any) -> S:  # noqa: ANN401 - any setting's value
    """Read a service's settings from the environment variables. ``overrides`` take precedence over them.

    Raises:
        ValueError: a variable is invalid. The message names every such variable, and no value: it may be a key.
    """
    prefix = settings_class.model_config.get("env_prefix", "")
    try:
        return settings_class(**overrides)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise ValueError(
            "; ".join(
                _message(prefix, fault["loc"], fault["msg"])
                for fault in faults
                if fault["type"] != _FOLLOWS_FROM_OTHERS
            )
        ) from None
    except SettingsError as error:
        field = _FIELD.search(str(error))
        name = prefix + (field[1].upper() if field else "...")
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        raise ValueError(f"{name} is not valid JSON{cause}; write it as one line in single quotes") from None


def _message(prefix: str, loc: Iterable[int | str], text: str) -> str:
    """Return pydantic's message about a field as one about its variable."""
    name = "__".join(str(part) for part in loc)
    text = text.removeprefix("Value error, ").replace("Input should", "should")
    return f"{prefix}{name.upper()} {text}" if name else text


def unknown_variables(
    settings_class: type[ServiceSettings], names: Iterable[str] | None = None, *, only_similar: bool = False
) -> list[str]:
    """Return a warning for each environment variable that has the service's prefix and is not a setting.

    ``only_similar``: leave out those that are not like the name of any, for a prefix that other programs may have.
    """
    prefix = settings_class.model_config.get("env_prefix", "")
    fields = [name.upper() for name in settings_class.model_fields]
    warnings = []
    for name in sorted(os.environ if names is None else names):
        field = name.removeprefix(prefix).partition("__")[0]
        if not name.startswith(prefix) or field in fields or _OF_KUBERNETES.match(name):
            continue
        similar = get_close_matches(field, fields, 1, 0.7)
        hint = f"; did you mean {prefix}{similar[0]}?" if similar else ""
        if similar or not only_similar:
            warnings.append(f"{name} is not a setting and is ignored{hint}")
    return warnings
