"""Writes the reference pages beside it from the docstrings: ``python docs/reference/build.py``.

``python.md`` has what ``acecoder`` exports, ``messages.md`` every message of our own API, and ``settings.md`` every
setting of the services. A test checks that they are current (``tests/unit/test_reference.py``).
"""

import ast
import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterator
from enum import EnumType
from itertools import pairwise
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

import clients
from clients import contract
from services.common.settings import ServiceSettings
from services.executor.settings import Caps, EnvironmentSettings, ExecutorSettings
from services.rm.settings import RmSettings
from services.synth.settings import SynthSettings

HERE = Path(__file__).parent
_NOTE = "<!-- Written by docs/reference/build.py from the docstrings: change those, and run it again. -->\n"
_MODULES = re.compile(
    r"\b(?:clients|typing|collections\.abc|pathlib|datetime|enum)(?:\.\w+)*\.(?=[A-Z])|\btyping\."
)

_TYPE_VARIABLE = re.compile(r"~(\w+)")


def main() -> None:
    """Write the pages."""
    (HERE / "python.md").write_text(python_page(), encoding="utf-8")
    (HERE / "messages.md").write_text(messages_page(), encoding="utf-8")
    (HERE / "settings.md").write_text(settings_page(), encoding="utf-8")


def python_page() -> str:
    """Return the page on what ``acecoder`` exports, apart from messages."""
    objects = {name: getattr(clients, name) for name in clients.__all__ if not name.startswith("__")}
    own = {name: value for name, value in objects.items() if not _is_message(value)}
    errors = {name: value for name, value in own.items() if _is_error(value)}
    functions = {name: value for name, value in own.items() if inspect.isfunction(value)}
    classes = {name: value for name, value in own.items() if inspect.isclass(value) and name not in errors}
    lines = [
        "# Python API",
        _NOTE,
        "Everything here is imported from `acecoder` (or `clients`, the same package). The messages, such as `Suite`,",
        "`Limits` and `CandidateResult`, are on [a page of their own](messages.md).",
        "",
        "`**options` of a call that judges are fields of [ExecutionRequest](messages.md#executionrequest):",
        "`environment`, `limits`, `state`, `on_timeout`, `reward`, `weak_tests`, `priority`, `cache`, `deadline_s`.",
        "",
        "## Functions",
        *(line for name, value in functions.items() for line in _function(f"### {name}", name, value)),
        "## Classes",
        *(line for name, value in classes.items() for line in _class(name, value)),
        "## Errors",
        "",
        *(f"- `{name}`: {_first_sentence(value)}" for name, value in errors.items()),
    ]
    return "\n".join(lines).rstrip() + "\n"


def messages_page() -> str:
    """Return the page on the messages: requests, results and their parts."""
    exported = {name: getattr(contract, name) for name in contract.__all__}
    messages = {name: value for name, value in exported.items() if _is_message(value)}
    lines = [
        "# Messages",
        _NOTE,
        "Every message of our own API, with the fields of requests and answers. A field without a default is required.",
        "Names in the column *type* are other messages of this page.",
        "[Semantics](../semantics.md) says what the words mean.",
        "",
        *(line for name in sorted(messages) for line in _message(name, messages[name])),
    ]
    return "\n".join(lines).rstrip() + "\n"


def settings_page() -> str:
    """Return the page on the services' settings."""
    shared = set(ServiceSettings.model_fields)
    lines = [
        "# Settings",
        _NOTE,
        "Settings of the services are environment variables, which a process reads when it starts. Lists and",
        "dictionaries are written as JSON. An entry of a dictionary may have a variable of its own, its name after two",
        "underscores: `EXECUTOR_TOKENS__ANN`. A misspelt variable gives a warning.",
        "",
        *_settings("Every service", ServiceSettings, "…_"),
        *_settings("Executor", ExecutorSettings, "EXECUTOR_", without=shared | {"caps"}),
        "What a request may ask for at most, by field of [its limits](messages.md#limits):",
        "",
        *_fields("variable", Caps, lambda name: f"EXECUTOR_CAPS__{name.upper()}"),
        "`EXECUTOR_ENVIRONMENTS` is a dictionary of environments by name, each with these fields:",
        "",
        *_fields("field", EnvironmentSettings),
        *_settings("Reward model", RmSettings, "RM_", without=shared),
        *_settings("Synthesis", SynthSettings, "SYNTH_", without=shared),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _settings(
    title: str, settings: type[BaseModel], prefix: str, without: Collection[str] = ()
) -> Iterator[str]:
    yield from (
        f"## {title}",
        "",
        *_fields("variable", settings, lambda name: prefix + name.upper(), without),
    )


def _is_message(value: object) -> bool:
    return isinstance(value, EnumType) or (inspect.isclass(value) and issubclass(value, BaseModel))


def _is_error(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, Exception)


def _function(heading: str, name: str, function: Any) -> Iterator[str]:
    signature = _MODULES.sub("", str(inspect.signature(function)))
    signature = re.sub(r"\*<class '(\w+)'>", r"\1", re.sub(r"<\w+\.\w+: ('\w+')>", r"\1", signature))
    call = f"{name.rpartition('.')[2]}{signature.replace('(self, ', '(').replace('(self)', '()')}"
    yield from (heading, "", "```text", _wrapped(call), "```", "", _text(function), "")


def _wrapped(call: str) -> str:
    """Put one parameter on a line where the call is too long for one."""
    if len(call) <= 100:
        return call
    depth, lines = 0, [""]
    for char in call:
        depth += (char in "([") - (char in ")]")
        if (char == ")" and depth == 0) or (char == "," and depth == 1):
            lines[-1] += char if char == "," else ""
            lines.append("    " if char == "," else ")")
        elif char == "(" and depth == 1:
            lines[-1] += char
            lines.append("    ")
        else:
            lines[-1] += char
    return "\n".join("    " + line.strip() if line.startswith("    ") else line for line in lines)


def _class(name: str, value: type) -> Iterator[str]:
    yield from (f"### {name}", "", _text(value), "")
    types = {
        parameter.__name__: argument.__name__
        for base in getattr(value, "__orig_bases__", ())
        for parameter, argument in zip(get_origin(base).__parameters__, get_args(base), strict=True)
    }
    docs = _attribute_docs(value)
    if docs:
        yield from (*(f"- `{field}`: {_line(text)}" for field, text in docs.items()), "")
    for method_name, method in _members(value).items():
        if method_name.startswith("_") and method_name != "__init__":
            continue
        raw = method.__func__ if isinstance(method, classmethod | staticmethod) else method
        if isinstance(raw, property):
            yield from (f"- `{method_name}`: {_first_sentence(raw)}", "")
        elif inspect.isfunction(raw) and (raw.__doc__ or method_name == "__init__"):
            title = name if method_name == "__init__" else f"{name}.{method_name}"
            if method_name != "__init__" or not hasattr(value, "__dataclass_fields__"):
                for line in _function(f"#### {title}", title, raw):
                    yield _TYPE_VARIABLE.sub(lambda match: types.get(match[1], match[0]), line)


def _members(value: type) -> dict[str, Any]:
    """Return what a class defines, and what it inherits from classes of ours."""
    members: dict[str, Any] = {}
    for base in value.__mro__:
        if base.__module__.partition(".")[0] == "clients":
            members = {**vars(base), **members} if base is not value else dict(vars(base))
    return members


def _message(name: str, value: Any) -> Iterator[str]:
    yield from (f"## {name}", "", _text(value), "")
    if isinstance(value, EnumType):
        docs = _attribute_docs(value)
        yield from (
            f"- `{member.value}`: {_line(docs.get(member.name, ''))}".rstrip(": ") for member in value
        )
        yield ""
    elif value.model_fields:
        yield from _fields("field", value)


def _fields(
    column: str, model: type[BaseModel], shown_as: Callable[[str], str] = str, without: Collection[str] = ()
) -> Iterator[str]:
    """Yield the table of a model's fields, ``without`` some."""
    yield from (f"| {column} | type | default | meaning |", "|---|---|---|---|")
    for field, info in model.model_fields.items():
        if field not in without:
            default = info.get_default(call_default_factory=not info.default_factory_takes_validated_data)
            shown = "" if default is PydanticUndefined else f"`{_default(default)}`"
            kind = _type(info.annotation).replace("|", "\\|")
            meaning = _line(info.description or "").replace("|", "\\|")
            yield f"| `{shown_as(field)}` | `{kind}` | {shown} | {meaning} |"
    yield ""


def _default(value: Any) -> str:
    if isinstance(value, BaseModel):
        return f"{type(value).__name__}()"
    return str(value) if isinstance(value, str | Path) and value else repr(value)


def _type(annotation: Any) -> str:
    """Return a type as it is written in code, without the names of modules."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in (Union, UnionType):
        return " | ".join(_type(argument) for argument in arguments)
    if origin is Literal:
        return " | ".join(repr(argument) for argument in arguments)
    if origin is not None:
        return f"{origin.__name__}[{', '.join(_type(argument) for argument in arguments)}]"
    if annotation is type(None):
        return "None"
    return "..." if annotation is ... else getattr(annotation, "__name__", str(annotation))


def _attribute_docs(value: type) -> dict[str, str]:
    """Return the texts under the attributes of a class."""
    try:
        tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(value)))
    except (OSError, TypeError):
        return {}
    body = tree.body[0].body  # type: ignore[attr-defined]  # the source of a class
    docs = {}
    for node, following in pairwise(body):
        target = (
            node.target
            if isinstance(node, ast.AnnAssign)
            else node.targets[0]
            if isinstance(node, ast.Assign)
            else None
        )
        if (
            isinstance(target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            docs[target.id] = inspect.cleandoc(str(following.value.value))
    return docs


def _text(value: object) -> str:
    """Return a docstring as Markdown; the part on errors becomes a list."""
    text = (inspect.getdoc(value) or "").replace("``", "`")
    head, _, errors = text.partition("\nRaises:\n")
    if not errors:
        return head.strip()
    items = re.sub(r"^    (\S)", r"- \1", errors, flags=re.MULTILINE)
    return f"{head.strip()}\n\nRaises:\n\n{items.strip()}"


def _line(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def _first_sentence(value: object) -> str:
    return _line((inspect.getdoc(value) or "").partition("\n\n")[0])


if __name__ == "__main__":
    main()
