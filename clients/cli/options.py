"""What every command that judges may be told, once for all of them.

Decides how an option is typed and what it means in a request. Which commands there are is ``clients.cli.commands``'.
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
from clients.contract import Limits, OnTimeout, State
from clients.contract.validation_errors import field_errors
from clients.datasets.candidates import RowFormat
from clients.requests import RequestOptions

Suites = Annotated[
    Path | None, typer.Option(help="Suites, or HumanEval problems.", exists=True, dir_okay=False)
]
Url = Annotated[str | None, typer.Option(help="The executor. Default: ACECODER_URL, else this machine.")]
Form = Annotated[RowFormat, typer.Option("--format", help="Shape of the candidates.")]
Environment = Annotated[str, typer.Option(help="Which Python and modules.")]
CpuS = Annotated[str | None, typer.Option(help="CPU seconds of a test, or 'auto'.")]
WallS = Annotated[float | None, typer.Option(help="Wall seconds of a test.")]
TotalCpuS = Annotated[float | None, typer.Option(help="CPU seconds of a candidate.")]
TotalWallS = Annotated[float | None, typer.Option(help="Wall seconds of a candidate.")]
MemoryBytes = Annotated[int | None, typer.Option(help="Memory of a program.")]
Sharing = Annotated[State, typer.Option("--state", help="What a test finds of the tests before it.")]
Timeouts = Annotated[OnTimeout, typer.Option(help="What becomes of the tests after one that timed out.")]
Cache = Annotated[bool, typer.Option(help="Use and keep earlier results for the same work.")]

Told = TypeVar("Told", bound=BaseModel)

_LIMITS = ("cpu_s", "wall_s", "total_cpu_s", "total_wall_s", "memory_bytes")


@dataclass(frozen=True, kw_only=True)
class ExecuteOptions:
    """Where and how programs are judged; each field is an option of the command line."""

    url: Url = None
    environment: Environment = "base"
    cpu_s: CpuS = None
    wall_s: WallS = None
    total_cpu_s: TotalCpuS = None
    total_wall_s: TotalWallS = None
    memory_bytes: MemoryBytes = None
    state: Sharing = State.SHARED
    on_timeout: Timeouts = OnTimeout.CONTINUE
    cache: Cache = True

    @property
    def config(self) -> ClientConfig:
        """Where the service is: the option, else the environment."""
        return ClientConfig.from_env().with_given(url=self.url)

    def options(self) -> RequestOptions:
        """The same as a request says it.

        Raises:
            ValueError: a limit is out of range; the message names the option.
        """
        return {
            "environment": self.environment,
            "limits": self._limits(),
            "state": self.state,
            "on_timeout": self.on_timeout,
            "cache": self.cache,
        }

    def _limits(self) -> Limits:
        given = {name: getattr(self, name) for name in _LIMITS}
        return parse_option_model(Limits, {name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True, kw_only=True)
class FileOptions(ExecuteOptions):
    """The same, and what the file of candidates is."""

    suites: Suites = None
    form: Form = RowFormat.AUTO


def parse_option_model(message: type[Told], given: dict[str, Any]) -> Told:
    """Return the part of a request that options named like its fields say.

    Raises:
        ValueError: a value is out of range; the message names the option.
    """
    try:
        return message.model_validate(given)
    except ValidationError as error:
        wrong = field_errors(error)[0]
        raise ValueError(f"--{wrong.field.replace('_', '-')}: {wrong.message}") from None


def with_execute_options(command: Callable[..., None]) -> Callable[..., None]:
    """Spell the fields of ``command``'s ``judging`` out as its options; it is given the whole as ``judging``."""
    kind: type[ExecuteOptions] = get_type_hints(command)["judging"]
    hints = get_type_hints(kind, include_extras=True)
    spelt = [
        inspect.Parameter(
            each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=hints[each.name]
        )
        for each in fields(kind)
    ]
    signature = inspect.signature(command)
    own = [each for each in signature.parameters.values() if each.name != "judging"]

    @wraps(command)
    def run(**given: Any) -> None:  # noqa: ANN401 - whatever the signature below says
        own_fields = {each.name: given.pop(each.name) for each in spelt}
        command(**given, judging=kind(**own_fields))

    described: Any = run  # typer reads both: the signature, and the annotations
    described.__signature__ = signature.replace(parameters=[*own, *spelt])
    described.__annotations__ = {each.name: each.annotation for each in (*own, *spelt)}
    return run
