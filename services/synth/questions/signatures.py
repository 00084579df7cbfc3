"""Settles on the function of a question: its name, from the tests and the signature, and its parameters.

A model may write one name into the signature and call another in the tests; then every program fails, whatever it
does. The name that most tests call wins, and the question's text follows it.
"""

import ast
import builtins
import keyword
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.synth.questions.literal_types import common_type
from services.synth.questions.repairs import assert_of

BUILTINS = frozenset(dir(builtins))


class NoEntryPointError(ValueError):
    """Question and tests do not settle on a function; the message says why."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The function of a question."""

    entry_point: str
    signature: str
    """One ``def`` line without the colon."""
    text: str
    """The question's text, with the signature in it."""
    changes: tuple[str, ...]
    """What was changed: ``renamed``, ``inferred``, ``added``."""


def settle(question: str, signature: str, tests: Sequence[str]) -> Settled:
    """Return the function that the tests call, and the question with its signature.

    Raises:
        NoEntryPointError: no name is called by at least half of the tests, and the signature is of no help.
    """
    changes = []
    given = read_signature(signature) or _signature_in(question)
    name = _entry_point(given, tests)
    if given is not None and given.name != name:
        question = re.sub(rf"(?<![\w.]){re.escape(given.name)}(?!\w)", name, question)
        given.name = name
        changes.append("renamed")
    if given is None:
        given = _inferred(name, tests, question)
        changes.append("inferred")
    line = signature_line(given)
    if _squeezed(line) not in _squeezed(question):
        question = f"{question.rstrip()}\n\nSignature:\n```python\n{line}\n```"
        changes.append("added")
    return Settled(name, line, question, tuple(changes))


def read_signature(text: str) -> ast.FunctionDef | None:
    """Return the function that a text defines: a ``def`` line with or without its ``def``, colon or body."""
    text = text.strip().strip("`").strip()
    if not re.match(r"(?:async\s+)?def\b", text):
        text = f"def {text}"
    header = text.rstrip().removesuffix("...").rstrip().removesuffix(":").rstrip()
    for source in (text, f"{header}: pass"):
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        match tree:
            case ast.Module(body=[ast.FunctionDef() as function]):
                return function
    return None


def signature_line(function: ast.FunctionDef) -> str:
    """Return the ``def`` line of a function, without its colon and its decorators."""
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    return f"def {function.name}({ast.unparse(function.args)}){returns}"


def called_name(test: str) -> str | None:
    """Return the name of the first function that a test calls and that is no builtin, outermost first."""
    statement = assert_of(test)
    for node in ast.walk(statement) if statement else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in BUILTINS:
            return node.func.id
    return None


def calls_of(tests: Sequence[str], name: str) -> list[ast.Call]:
    """Return all calls of the function in the tests."""
    trees = [statement for test in tests if (statement := assert_of(test))]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [node for node in nodes if isinstance(node.func, ast.Name) and node.func.id == name]


def _entry_point(given: ast.FunctionDef | None, tests: Sequence[str]) -> str:
    names = Counter(name for test in tests if (name := called_name(test)))
    if given is not None and (not names or 2 * names[given.name] >= names.total()):
        return given.name
    name, calls = names.most_common(1)[0] if names else ("", 0)
    if not name or 2 * calls < len([test for test in tests if assert_of(test)]):
        raise NoEntryPointError(
            f"no function is called by half of the tests: {', '.join(sorted(names)[:5]) or 'none'}"
        )
    if given is not None and not _accepts(given, calls_of(tests, name)):
        raise NoEntryPointError(f"the signature is of {given.name}, and the tests call {name} in another way")
    return name


def _accepts(function: ast.FunctionDef, calls: Sequence[ast.Call]) -> bool:
    """Return whether most of the calls have a number of arguments that the function takes."""
    arguments = function.args
    most = float("inf") if arguments.vararg else len(arguments.posonlyargs + arguments.args)
    least = len(arguments.posonlyargs + arguments.args) - len(arguments.defaults)
    accepted = [
        call
        for call in calls
        if least <= len(call.args) + len(call.keywords) <= most + len(arguments.kwonlyargs)
    ]
    return 2 * len(accepted) >= len(calls)


def _signature_in(question: str) -> ast.FunctionDef | None:
    """Return the function of the first ``def`` line in the text that can be read."""
    for match in re.finditer(r"\bdef\s+\w+\s*\((?:[^()]|\([^()]*\))*\)(?:\s*->\s*[^:\n`]+)?", question):
        if function := read_signature(match[0]):
            return function
    return None


def _inferred(name: str, tests: Sequence[str], question: str) -> ast.FunctionDef:
    """Return a signature with the arguments that the tests pass, and the types of their constants.

    Tests that pass different numbers of arguments give ``*values``: which of them have defaults is unknown.
    """
    calls = calls_of(tests, name)
    counts = {len(call.args) for call in calls}
    keywords = sorted({given.arg for call in calls for given in call.keywords if given.arg})
    if len(counts) == 1:
        types = [common_type([call.args[i] for call in calls]) for i in range(counts.pop())]
        names = _parameter_names(question, {name, *keywords}, len(types))
        parameters = [f"{n}: {kind}" if kind else n for n, kind in zip(names, types, strict=True)]
    else:
        parameters = ["*values"]
    parameters += [f"{optional}=None" for optional in keywords]
    returns = common_type(_expected_values(tests, name))
    function = read_signature(f"def {name}({', '.join(parameters)})" + (f" -> {returns}" if returns else ""))
    assert function is not None
    return function


def _parameter_names(question: str, others: set[str], count: int) -> list[str]:
    """Return the names that the question quotes, if there are as many as parameters; else names by number."""
    quoted = dict.fromkeys(re.findall(r"`([A-Za-z_]\w*)`", question))
    names = [name for name in quoted if name not in others and not keyword.iskeyword(name)]
    if len(names) == count:
        return names
    return [f"value{i + 1}" for i in range(count)] if count > 1 else ["value"][:count]


def _expected_values(tests: Sequence[str], name: str) -> list[ast.expr]:
    """Return what tests compare the function's own result with, not that of ``list(f(x))``."""
    values = []
    for test in tests:
        match assert_of(test):
            case ast.Assert(
                test=ast.Compare(left=ast.Call(func=ast.Name(id=called)), comparators=[expected])
            ):
                if called == name:
                    values.append(expected)
    return values


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)
