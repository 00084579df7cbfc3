"""Defines the command-line options of all commands that send programs to the executor.

An option that names a field of a request has the field's name. Its value is checked by the request's own
model, so a value that the service would refuse is refused before anything is sent.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer
from pydantic import BaseModel, ValidationError

from clients.config import ClientConfig
from clients.contract import Limits, OnTimeout, RewardKind, RewardPolicy, State, WeakTests
from clients.contract.validation_errors import field_errors
from clients.datasets import RowFormat
from clients.requests import RequestOptions

Suites = Annotated[
    Path | None,
    typer.Option(help="File of test suites, or of HumanEval problems.", exists=True, dir_okay=False),
]
Url = Annotated[
    str | None, typer.Option(help="Address of the executor. Default: ACECODER_URL, else this machine.")
]
Run = Annotated[
    str | None,
    typer.Option(
        help="Name of the run that the requests belong to, for `acecoder runs` and for its share of the workers. "
        "Default: ACECODER_RUN."
    ),
]
Form = Annotated[RowFormat, typer.Option("--format", help="Format of the candidates' rows.")]
Environment = Annotated[str, typer.Option(help="Name of the Python environment that programs run in.")]
_DEFAULTS = Limits()
CpuS = Annotated[
    str | None,
    typer.Option(help="Limit of one test, in CPU seconds, or 'auto'.", show_default=f"{_DEFAULTS.cpu_s:g}"),
]
WallS = Annotated[
    float | None,
    typer.Option(
        help="Limit of one test, in seconds that it may be idle.", show_default=f"{_DEFAULTS.wall_s:g}"
    ),
]
TotalCpuS = Annotated[
    float | None,
    typer.Option(
        help="Limit of all tests of one candidate, in CPU seconds.",
        show_default=f"{_DEFAULTS.total_cpu_s:g}",
    ),
]
TotalWallS = Annotated[
    float | None,
    typer.Option(
        help="Limit of all tests of one candidate, in seconds that they may be idle.",
        show_default=f"{_DEFAULTS.total_wall_s:g}",
    ),
]
MemoryBytes = Annotated[
    int | None,
    typer.Option(help="Limit of one program's memory, in bytes.", show_default=str(_DEFAULTS.memory_bytes)),
]
Sharing = Annotated[
    State, typer.Option("--state", help="Load the program once for all tests, or afresh for every test.")
]
Timeouts = Annotated[
    OnTimeout, typer.Option(help="After a test that timed out: go on with the next test, or stop.")
]
Weak = Annotated[
    WeakTests,
    typer.Option(
        "--weak-tests",
        help="Tests that a program passes without solving anything: do not look for them, report them, or also leave "
        "them out of rates and rewards.",
    ),
]
Cache = Annotated[bool, typer.Option(help="Use earlier results of the same work, and keep the new ones.")]

Reward = Annotated[RewardKind, typer.Option(help="Rule that computes the reward from the outcomes.")]
Threshold = Annotated[float, typer.Option(help="Pass rate that earns 1 with --reward threshold.")]
AllPassBonus = Annotated[float, typer.Option(help="Added to the reward if every valid test passed.")]
FenceBonus = Annotated[
    float, typer.Option(help="Added to the reward if the program was in a Markdown fence.")
]
Resting = Annotated[
    bool,
    typer.Option(
        help="Whether a pass earns a reward if code of the program's own classes took part in the test, or the program "
        "caught an exception of the test."
    ),
]
Decided = Annotated[
    bool,
    typer.Option(
        help="Whether a pass earns a reward if the program alone decided it: by the truth value of an object that it "
        "returned, or because the test ran an answer as code."
    ),
]
SameProcess = Annotated[
    bool, typer.Option(help="Whether a pass earns a reward if its test ran in the program's own process.")
]

OptionModel = TypeVar("OptionModel", bound=BaseModel)

_LIMITS = ("cpu_s", "wall_s", "total_cpu_s", "total_wall_s", "memory_bytes")


@dataclass(frozen=True, kw_only=True)
class ExecuteOptions:
    """Where and how programs are judged. Each field is an option of the command line."""

    url: Url = None
    run: Run = None
    environment: Environment = "base"
    cpu_s: CpuS = None
    wall_s: WallS = None
    total_cpu_s: TotalCpuS = None
    total_wall_s: TotalWallS = None
    memory_bytes: MemoryBytes = None
    state: Sharing = State.SHARED
    on_timeout: Timeouts = OnTimeout.CONTINUE
    weak_tests: Weak = WeakTests.IGNORE
    cache: Cache = True

    @property
    def config(self) -> ClientConfig:
        """Where the service is, and the run: ``--url`` and ``--run`` if given, else the environment variables."""
        return ClientConfig.from_env().with_given(url=self.url, run=self.run)

    def request_options(self) -> RequestOptions:
        """Return the options as parts of a request.

        Raises:
            ValueError: a limit is out of range; the message names the option.
        """
        return {
            "environment": self.environment,
            "limits": self._limits(),
            "state": self.state,
            "on_timeout": self.on_timeout,
            "weak_tests": self.weak_tests,
            "cache": self.cache,
        }

    def _limits(self) -> Limits:
        values = {name: getattr(self, name) for name in _LIMITS}
        given = {name: value for name, value in values.items() if value is not None}
        return parse_option_model(Limits, given)


@dataclass(frozen=True, kw_only=True)
class FileOptions(ExecuteOptions):
    """``ExecuteOptions`` for a command that reads candidates from a file."""

    suites: Suites = None
    form: Form = RowFormat.AUTO


@dataclass(frozen=True, kw_only=True)
class RewardOptions(FileOptions):
    """``FileOptions`` for a command whose results have a reward."""

    reward: Reward = RewardKind.PASS_RATE
    threshold: Threshold = 1.0
    all_pass_bonus: AllPassBonus = 0.0
    fence_bonus: FenceBonus = 0.0
    resting: Resting = True
    decided: Decided = False
    same_process: SameProcess = True

    def reward_policy(self) -> RewardPolicy:
        """Return the policy of a request.

        Raises:
            ValueError: a value is out of range; the message names the option.
        """
        return parse_option_model(
            RewardPolicy,
            {
                "kind": self.reward,
                "threshold": self.threshold,
                "all_pass_bonus": self.all_pass_bonus,
                "fence_bonus": self.fence_bonus,
                "count_passes_resting_on_program": self.resting,
                "count_passes_decided_by_program": self.decided,
                "count_same_process_passes": self.same_process,
            },
        )


def parse_option_model(model: type[OptionModel], values: dict[str, Any]) -> OptionModel:
    """Return a ``model`` of ``values``; the options are named like the model's fields.

    Raises:
        ValueError: a value is out of range; the message names the option.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = field_errors(error)[0]
        raise ValueError(f"--{first.field.replace('_', '-')}: {first.message}") from None


def with_execute_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give ``command`` one command-line option for each field of its parameter ``options``.

    Typer reads options from a function's signature. The returned function therefore has the parameters of
    ``command``, with ``options`` replaced by the fields of its class; it collects them and calls ``command``.
    """
    options_class: type[ExecuteOptions] = get_type_hints(command)["options"]
    hints = get_type_hints(options_class, include_extras=True)
    shared = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in fields(options_class)
    ]
    signature = inspect.signature(command)
    own = [parameter for parameter in signature.parameters.values() if parameter.name != "options"]

    @wraps(command)
    def run(**arguments: Any) -> None:  # noqa: ANN401 - whatever the signature below says
        values = {parameter.name: arguments.pop(parameter.name) for parameter in shared}
        command(**arguments, options=options_class(**values))

    described: Any = run  # typer reads both: the signature, and the annotations
    described.__signature__ = signature.replace(parameters=[*own, *shared])
    described.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *shared)}
    return run
