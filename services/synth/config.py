"""Defines the configuration of a run: seeds, models and their roles, executor, stages, data set. Read from YAML.

The names under ``stages`` are those of ``stages.registry``: options switch a stage on, ``null`` or ``false`` switches
it off. A preset gives other defaults; what the file names takes precedence.
"""

import hashlib
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, create_model, model_validator

from clients.config import ClientConfig
from clients.config_files import read_config
from clients.contract.base import RequestModel
from clients.executor import AsyncExecutor
from services.synth.curation.files import CurationOptions
from services.synth.llm.cache import ReplyCache
from services.synth.llm.options import ModelOptions
from services.synth.llm.pool import ModelPool
from services.synth.llm.queue import PauseListener
from services.synth.pipeline.stage import Backends, Stage
from services.synth.prompts import load_prompt, prompt_names
from services.synth.seeds.read import SeedOptions
from services.synth.stages.registry import STAGES

ROLES = ("writer", "solver", "sampler", "judge")
"""Roles of models: writes questions and tests; writes programs that label tests; writes the programs of the data set;
decides doubtful cases."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "default": {},
    "acecoder-paper": {
        "stages": {
            "rewrite": {"mode": "acecoder-paper"},
            "filter": {
                "policy": "proxy",
                "programs": 1,
                "temperature": 0,
                "min_tests": 5,
                "find_flaky": False,
            },
            "label": None,
            "decontaminate": None,
            "generators": None,
            "validate": None,
            "strengthen": None,
            "sample": {"count": 16, "temperature": 0.7, "tests_shown": 2, "count_shown_tests": True},
        },
        "curation": {"reject_rate_zero": False, "pairs_per_question": None, "answer": "acecode"},
    },
}
"""Defaults that differ from those of the fields. ``acecoder-paper``: arXiv 2502.01718, as its code does it, but for the
rates, which are recomputed."""


def _none_if_false(value: object) -> object:
    return None if value is False else {} if value is True else value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _stage_options() -> type[RequestModel]:
    # A field has another name than its stage, because pydantic's models have a method ``validate``.
    fields: dict[str, Any] = {
        _field(entry.name): (
            Annotated[entry.options | None, BeforeValidator(_none_if_false)],
            Field(default_factory=entry.options if entry.by_default else lambda: None, alias=entry.name),
        )
        for entry in STAGES
    }
    return create_model("StageOptions", __base__=RequestModel, **fields)


def _field(stage: str) -> str:
    return f"{stage}_options"


StageOptions = _stage_options()
"""One field a stage: its options, or ``None`` if it is off."""


class ExecutorOptions(RequestModel):
    """The executor service that runs programs."""

    url: str = ""
    """Its address; empty: ``ACECODER_URL``, or the local one."""
    key_variable: str = "ACECODER_TOKEN"
    """Name of the environment variable that holds its key."""


class RunConfig(RequestModel):
    """The configuration of a run."""

    name: str = "dataset"
    """Name of the data set, the title of its card."""
    preset: Literal["default", "acecoder-paper"] = "default"
    """Which defaults hold."""
    seeds: Annotated[list[SeedOptions], BeforeValidator(_as_list)] = []  # noqa: RUF012  -- pydantic copies defaults
    """Where seeds come from, one source or several; the HTTP service needs none. Near-duplicates are looked for within
    one source."""
    models: Annotated[dict[str, ModelOptions], Field(min_length=1)]
    """Models by a name of your choice."""
    roles: dict[str, str | list[str]] = {}  # noqa: RUF012  -- pydantic copies defaults
    """Role → name, or names, of models. A role that is not named has the first model."""
    executor: ExecutorOptions = ExecutorOptions()
    """The executor service."""
    stages: StageOptions = StageOptions()  # type: ignore[valid-type]
    """Options of the stages."""
    curation: CurationOptions = CurationOptions()
    """What the data set holds."""
    at_once: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Rows in progress at once. Each waits for a model most of the time; memory is some tens of kilobytes a row."""

    @model_validator(mode="after")
    def _roles_name_models(self) -> Self:
        for role, names in self.roles.items():
            if role not in ROLES:
                raise ValueError(f"roles: {role!r} is no role; give {', '.join(ROLES)}")
            for name in [names] if isinstance(names, str) else names:
                if name not in self.models:
                    raise ValueError(
                        f"roles.{role}: {name!r} is not under 'models' ({', '.join(self.models)})"
                    )
        return self

    def models_of(self, role: str) -> list[str]:
        """Return the names of the models that have ``role``."""
        names = self.roles.get(role) or next(iter(self.models))
        return [names] if isinstance(names, str) else list(names)

    def stage_names(self) -> list[str]:
        """Return the names of the stages that are switched on, in their order."""
        return [entry.name for entry in STAGES if getattr(self.stages, _field(entry.name)) is not None]

    def make_stages(self) -> list[tuple[str, Stage]]:
        """Build the stages that are switched on, in their order."""
        chosen = [(entry, getattr(self.stages, _field(entry.name))) for entry in STAGES]
        return [(entry.name, entry.make(options)) for entry, options in chosen if options is not None]

    def judging_environment(self) -> str:
        """Return the environment of the last stage that runs programs; empty if none does. No kind of row skips it."""
        stages = self.stages.model_dump(by_alias=True)  # type: ignore[attr-defined]
        chosen = [
            options["environment"] for options in stages.values() if options and "environment" in options
        ]
        return chosen[-1] if chosen else ""

    def fingerprint(self) -> dict[str, object]:
        """Return what decides the contents of the rows: a run that resumes must not differ in it.

        Addresses, keys, prices, limits of load and the form of the data set are not among it. The version of the
        executor's runner is bound to the rows by itself (``RunStore.claim_runner``), since only the executor knows it.
        Prompts and files count by their text: those of this package, and those that the configuration names.
        """
        kinds = {"model", "sampling", "extra_body", "structured_output"}
        models = {name: model.model_dump(mode="json", include=kinds) for name, model in self.models.items()}
        stages = self.stages.model_dump(mode="json", by_alias=True)  # type: ignore[attr-defined]
        own = {text for text in _texts_in(stages) if text.endswith(".md")}
        prompts = {name: _digest(load_prompt(name).template) for name in (*prompt_names(), *sorted(own))}
        benchmarks = (stages["decontaminate"] or {}).get("benchmarks", {}).values()
        return {
            "files": _file_digests([*(source.source for source in self.seeds), *benchmarks]),
            "roles": {role: self.models_of(role) for role in ROLES},
            "models": models,
            "prompts": prompts,
            "stages": stages,
            "seeds": [source.model_dump(mode="json") for source in self.seeds],
        }


def read_run_config(path: Path) -> RunConfig:
    """Read the configuration of a run.

    Raises:
        ValueError: the file is not YAML, or a field is wrong; the message names the file and every such field.
        OSError: the file cannot be read.
    """
    return read_config(
        path,
        lambda raw: RunConfig.model_validate(with_preset(raw)),
        fields="'models', 'roles', 'seeds'",
    )


def with_preset(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration with the defaults of its preset, where it does not name them itself."""
    preset = raw.get("preset", "default")
    return _merged(PRESETS.get(preset, {}), raw) if isinstance(preset, str) else dict(raw)


def _merged(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(defaults)
    for name, value in given.items():
        default = merged.get(name)
        both = isinstance(value, Mapping) and isinstance(default, Mapping)
        merged[name] = _merged(default, value) if both and default is not None else value
    return merged


def _texts_in(value: object) -> Iterator[str]:
    """Yield all texts in a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(part)


def _file_digests(names: Sequence[str]) -> dict[str, str]:
    """Return SHA-256 (first 16 hex digits) by name of the local files among ``names``, also of files in folders."""
    digests = {}
    for name in names:
        path = Path(name)
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                with file.open("rb") as content:
                    digests[str(file)] = hashlib.file_digest(content, "sha256").hexdigest()[:16]
    return digests


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@asynccontextmanager
async def open_backends(
    config: RunConfig, cache: ReplyCache | None, on_pause: PauseListener
) -> AsyncIterator[tuple[Backends, Sequence[ModelPool]]]:
    """Connect to the models and the executor of ``config``.

    Raises:
        EndpointConfigError: a key, an address or the name of a model is wrong.
    """
    async with AsyncExitStack() as exits:
        used = dict.fromkeys(name for role in ROLES for name in config.models_of(role))
        pools = {
            name: await exits.enter_async_context(
                ModelPool(config.models[name], cache=cache, on_pause=on_pause)
            )
            for name in used
        }
        token = os.environ.get(config.executor.key_variable) or None
        client = ClientConfig.from_env().with_given(url=config.executor.url or None, token=token)
        executor = await exits.enter_async_context(AsyncExecutor(config=client))
        roles = {role: [pools[name] for name in config.models_of(role)] for role in ROLES}
        yield Backends(roles, executor), list(pools.values())
