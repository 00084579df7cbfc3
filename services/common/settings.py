"""What every service can be told: the base class of each service's settings.

Settings are read once, when a process starts, and passed down; nothing reads them at import.
"""

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.common.auth import check_tokens, is_loopback


class ServiceSettings(BaseSettings):
    """Common to all services; subclasses set ``env_prefix``."""

    model_config = SettingsConfigDict(
        frozen=True, use_attribute_docstrings=True, extra="ignore", hide_input_in_errors=True
    )

    token: SecretStr | None = None
    """The key that requests must carry, if there is only one; its holder is called ``default``. Without any key the
    service answers its own machine only."""
    tokens: dict[str, SecretStr] = {}
    """Several keys, by who holds them: JSON, or a variable each with two underscores before the name."""
    max_requests_per_key: Annotated[int, Field(ge=1)] = 2048
    """Requests of one key in flight, in each process: twice what the busiest framework opens at once (NeMo-Gym 1024,
    verl 512). Beyond, 429. Everybody without a key is one caller."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 64 * 2**20
    """Largest request body; a batch above it is sent as several."""
    log_json: bool = False
    """One JSON object a line, for machines; else key=value, for people."""
    log_level: str = "INFO"
    """Least severe level that is written."""

    @model_validator(mode="after")
    def _keys_can_be_sent(self) -> Self:
        if self.token and "default" in self.tokens:
            raise ValueError("'default' has two keys: token, and an entry of tokens; drop one")
        check_tokens(self.all_tokens())
        return self

    def all_tokens(self) -> dict[str, SecretStr]:
        """Every key by its holder. An empty ``token`` is none, as a variable that was left blank."""
        single = {"default": self.token} if self.token else {}
        return single | self.tokens

    @property
    def token_variable(self) -> str:
        """The environment variable that holds ``token``."""
        return f"{self.model_config.get('env_prefix', '')}TOKEN"

    def check_host(self, host: str) -> None:
        """Refuse to listen where other machines reach the service, unless it has a key.

        Raises:
            ValueError: there is no key, and ``host`` is not a loopback address.
        """
        if not self.all_tokens() and not is_loopback(host):
            raise ValueError(
                f"without a key the service listens on this machine only, not on {host!r}; "
                f"set {self.token_variable} (make one with 'openssl rand -hex 32')"
            )
