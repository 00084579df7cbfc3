"""Lists the steps of a loop in their order: services, options and earlier steps that each depends on, and its files."""

import hashlib
import importlib
import inspect
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import anyio

from loop.config import LoopConfig, RealModels
from loop.folder import digest_of
from loop.services.specs import ServiceName
from loop.steps.context import SilentProgress, StepContext, StepError, StepProgress

__all__ = [
    "STEPS",
    "ServiceName",
    "SilentProgress",
    "StepContext",
    "StepEntry",
    "StepError",
    "StepProgress",
    "digests",
    "find_step",
    "run_step",
]


@dataclass(frozen=True, slots=True)
class StepEntry:
    """One step."""

    name: str
    """Its name in messages, and of its file in ``results/``."""
    title: str
    """What it does, in the live view."""
    after: tuple[str, ...] = ()
    """Steps whose results it reads. It is repeated when one of them is."""
    options: tuple[str, ...] = ()
    """Fields of ``LoopConfig`` that decide its results; a dot leads into a field. ``seed`` counts for all steps."""
    services: tuple[ServiceName, ...] = ()
    """Services that run while it does."""
    outputs: tuple[str, ...] = ()
    """Its files and folders in the run's folder; they are removed before it starts with other options."""
    kept: tuple[str, ...] = ()
    """How paths begin that stay nevertheless: replies of models are paid for, and valid while the world is the same."""
    is_repeated: bool = False
    """Whether it runs each time: it is fast, and reads what there is."""
    switch: str = ""
    """Boolean field of ``LoopConfig`` that switches it off; empty: it always runs."""
    package: str = "loop.steps"
    """Package of its module, which has its name."""

    @property
    def module(self) -> str:
        """Module with its function ``run``."""
        return f"{self.package}.{self.name}"


S = ServiceName
REPLIES = ("synth/replies.sqlite", "held_out/synth/replies.sqlite")
"""Replies of the models of synthesis."""
STEPS: tuple[StepEntry, ...] = (
    StepEntry(
        "world",
        "questions, base policy and solver",
        options=("world", "small_world", "longest_prompt", "longest_answer"),
        services=(S.EXECUTOR,),
        outputs=(
            "questions.jsonl",
            "models/policy",
            "models/policy.state",
            "models/solver",
            "models/solver.state",
            "world",
            *(f"{path}{end}" for path in REPLIES for end in ("", "-wal", "-shm")),
        ),
    ),
    StepEntry(
        "synthesise",
        "suites, samples and pairs",
        after=("world",),
        options=("synthesise", "reward_model.reject_rate_zero"),
        services=(S.EXECUTOR, S.POLICY, S.SOLVER, S.WRITER),
        outputs=("synth",),
        kept=REPLIES,
    ),
    StepEntry(
        "reward_model",
        "reward model from pairs",
        after=("synthesise",),
        options=("reward_model", "longest_prompt", "longest_answer"),
        outputs=("models/reward",),
    ),
    StepEntry(
        "best_of_n",
        "best of N on held-out questions",
        after=("reward_model",),
        options=("best_of_n",),
        services=(S.EXECUTOR, S.REWARD_MODEL, S.SOLVER, S.WRITER),
        outputs=("held_out",),
        kept=REPLIES,
    ),
    StepEntry(
        "rl",
        "RL with rewards of the services",
        after=("reward_model",),
        options=("rl", "longest_prompt", "longest_answer"),
        services=(S.EXECUTOR, S.REWARD_MODEL),
        outputs=("rl",),
    ),
    StepEntry(
        "ablations",
        "reward models from other pairs",
        after=("best_of_n",),
        options=("ablations",),
        services=(S.EXECUTOR,),
        outputs=("ablations",),
        switch="ablations",
    ),
    StepEntry(
        "examples",
        "questions to browse",
        after=("best_of_n",),
    ),
    StepEntry(
        "report",
        "one HTML file",
        after=("world", "synthesise", "reward_model", "best_of_n", "rl", "ablations", "examples"),
        outputs=("report.html",),
        is_repeated=True,
    ),
)
"""All steps, in their order."""
REQUESTS = {
    *(f"{role}_{field}" for role in ("policy", "writer", "solver") for field in ("url", "key_variable")),
    "completions_per_request",
    "completions_at_once",
}
"""Fields of ``RealModels`` that decide how models are asked, and not what."""


def find_step(name: str, steps: Sequence[StepEntry] = STEPS) -> StepEntry:
    """Return a step by its name.

    Raises:
        ValueError: there is none with this name.
    """
    for entry in steps:
        if entry.name == name:
            return entry
    raise ValueError(f"there is no step {name!r}; give one of {', '.join(entry.name for entry in steps)}")


def digests(config: LoopConfig, steps: Sequence[StepEntry] = STEPS) -> dict[str, str]:
    """Return step → digest of the options that it depends on, and of the digests of the steps before it.

    Addresses of services and models, and the size of requests, are not part of it: they do not change what is asked.
    The user's questions count by the contents of their file.
    """
    made: dict[str, str] = {}
    is_real = isinstance(config.world, RealModels)
    values = config.model_dump(mode="json", exclude={"world": REQUESTS} if is_real else None)
    if isinstance(config.world, RealModels):
        values["world"]["questions"] = _contents(config.world.questions)
    for entry in steps:
        options = {name: _option(values, name) for name in ("seed", *entry.options)}
        made[entry.name] = digest_of(options, [made[name] for name in entry.after])
    return made


def _contents(name: str) -> str:
    """Return what stands for a file in a digest: its contents, or its name if it cannot be read."""
    path = Path(name)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else name


def _option(values: object, name: str) -> object:
    for part in name.split("."):
        values = cast("dict[str, object]", values)[part]
    return values


def dependents(name: str, steps: Sequence[StepEntry] = STEPS) -> Iterator[StepEntry]:
    """Yield a step and all steps that depend on it, in their order."""
    names = {name}
    for entry in steps:
        if entry.name in names or names.intersection(entry.after):
            names.add(entry.name)
            yield entry


def run_step(module: str, context: StepContext) -> None:
    """Run the step of a module in this process."""
    run: Callable[[StepContext], Awaitable[None] | None] = importlib.import_module(module).run
    if inspect.iscoroutinefunction(run):
        anyio.run(run, context)
    else:
        run(context)
