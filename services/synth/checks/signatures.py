"""Reads a question's signature, and checks and normalises the arguments of calls by it. Pure."""

import ast
import inspect

from clients.completions.parsing import parse_quietly
from services.synth.checks.comparisons import UNREADABLE


class WrongArgumentsError(ValueError):
    """A call's arguments are not those that the signature accepts; the message says why."""


def read_signature(text: str) -> inspect.Signature | None:
    """Return the parameters of a ``def`` line; ``None`` if it is no such line. Defaults and types are not evaluated.

    The line may lack its ``def`` and its colon: models leave them out.
    """
    line = text.strip().rstrip(":").strip()
    for source in (f"{line}: ...", f"def {line}: ..."):
        try:
            function = parse_quietly(source).body[0]
        except (*UNREADABLE, IndexError):
            continue
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return signature_of(function)
    return None


def signature_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> inspect.Signature:
    """Return the parameters of a function."""
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    first_default = len(plain) - len(arguments.defaults)
    parameters = []
    for position, argument in enumerate(plain):
        is_positional_only = position < len(arguments.posonlyargs)
        kind = (
            inspect.Parameter.POSITIONAL_ONLY
            if is_positional_only
            else inspect.Parameter.POSITIONAL_OR_KEYWORD
        )
        parameters.append(_parameter(argument.arg, kind, has_default=position >= first_default))
    if arguments.vararg:
        parameters.append(_parameter(arguments.vararg.arg, inspect.Parameter.VAR_POSITIONAL))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        parameters.append(
            _parameter(argument.arg, inspect.Parameter.KEYWORD_ONLY, has_default=default is not None)
        )
    if arguments.kwarg:
        parameters.append(_parameter(arguments.kwarg.arg, inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(parameters)


def _parameter(name: str, kind: inspect._ParameterKind, *, has_default: bool = False) -> inspect.Parameter:
    return inspect.Parameter(name, kind, default=... if has_default else inspect.Parameter.empty)


def bind_arguments(call: ast.Call, signature: inspect.Signature) -> list[tuple[str, ast.expr]] | None:
    """Return the names and values of a call's arguments, in the signature's order.

    ``None``: the arguments are not all written out (``f(*values)``), or the signature takes any number.

    Raises:
        WrongArgumentsError: the signature does not accept the call.
    """
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    try:
        bound = signature.bind(*call.args, **{str(keyword.arg): keyword.value for keyword in call.keywords})
    except TypeError as error:
        raise WrongArgumentsError(f"{error}; the signature is {_shown(signature)}") from None
    if any(not isinstance(value, ast.expr) for value in bound.arguments.values()):
        return None
    return list(bound.arguments.items())


def _shown(signature: inspect.Signature) -> str:
    return str(signature).replace("=Ellipsis", "=…")


def call_key(call: ast.Call, signature: inspect.Signature | None) -> str:
    """Return a text that two calls share if they pass the same arguments: ``f(1, b=2)`` and ``f(1, 2)``."""
    try:
        bound = bind_arguments(call, signature) if signature else None
    except WrongArgumentsError:
        bound = None
    if bound is None:
        return ast.unparse(call)
    return ", ".join(f"{name}={ast.unparse(value)}" for name, value in bound)
