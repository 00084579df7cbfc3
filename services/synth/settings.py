"""Defines the settings of the synthesis service, read once per process from ``SYNTH_…`` environment variables.

What the service does (models, stages, executor) is in the configuration file that ``SYNTH_CONFIG`` names, the same as
for ``acecoder synth run``.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.common.settings import ServiceSettings


class SynthSettings(ServiceSettings):
    """The settings of the synthesis service."""

    model_config = SettingsConfigDict(env_prefix="SYNTH_", env_nested_delimiter="__")

    config: Path
    """The configuration file: models, roles, executor, stages."""
    folder: Path = Path("synth-jobs")
    """Where jobs are kept; each has a folder of its own."""
    max_seeds: Annotated[int, Field(ge=1)] = 64
    """Most seeds of one request. A data set is made by ``acecoder synth run``, which has no limit."""
    max_seeds_per_key: Annotated[int, Field(ge=1)] = 256
    """Most seeds of one key that have no result yet, per process."""
    max_waiting_seeds: Annotated[int, Field(ge=1)] = 1024
    """Most seeds without a result, over all keys; one more request is answered 503 with ``Retry-After``."""
    rows_at_once_per_job: Annotated[int, Field(ge=1)] = 8
    """Most seeds of one job in progress: a large job leaves the models to others, too."""
    job_ttl_s: Annotated[float, Field(gt=0)] = 24 * 3600.0
    """Seconds after which a job that has ended is forgotten, counted from its start."""
