"""What every service can be told: the base class of each service's settings.

Settings are read once, when a process starts, and passed down; nothing reads them at import.
"""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Common to all services; subclasses set ``env_prefix``."""

    model_config = SettingsConfigDict(frozen=True, use_attribute_docstrings=True, extra="ignore")

    token: SecretStr | None = None
    """Bearer token that ``/v1`` asks for; unset: none is asked for, so bind to loopback only."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 64 * 2**20
    """Largest request body; a batch above it is sent as several."""
    log_json: bool = False
    """One JSON object a line, for machines; else key=value, for people."""
    log_level: str = "INFO"
    """Least severe level that is written."""
