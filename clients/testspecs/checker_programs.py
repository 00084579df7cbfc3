"""Turns a checker program of a data set's own shape into one with ``check(input, output, expected)``. Pure.

Understood are Python sources only:

- a function whose parameters are plainly input, output and expected output, in any order (HardTests'
  ``output_judging_function(input_str, candidate_output, reference_output)``);
- a script that reads the files named by its three arguments and prints a score, in a field ``generated_checker``
  (open-r1's Codeforces: input, expected output, output);
- a script that reads ``stdin.txt``, ``stdout.txt`` (expected) and ``answer.txt`` (printed) and exits with 0 if they are
  right (ScaleBox's ``special_judge_program``).

Everything else raises an error with the reason: C++ (testlib), other languages, names of files, parameters of unknown
meaning. Which of two outputs is the expected one is never guessed from the order of parameters.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any

from clients.completions.parsing import parse_quietly

_CPP = re.compile(r"#\s*include\b|using namespace|\bint main\s*\(|registerTestlibCmd|quitf\s*\(")
_ROLES = {
    "input": re.compile(r"(?:test_?|problem_?)?(?:in|inp|input|stdin)(?:_?(?:str|text|data|content|s))?"),
    "output": re.compile(
        r"(?:out|output|stdout|actual|got|predicted|prediction|pred|produced|submission)(?:_?(?:str|text|data|content))?"
        r"|(?:candidate|user|participant|contestant|solution|program|actual|submitted|submission|model|pred)_?(?:out|output|stdout)(?:_?(?:str|text))?"
    ),
    "expected": re.compile(
        r"(?:expected|reference|correct|jury|gold|golden|standard|ref|true|judge)(?:_?(?:out|output|answer|stdout))?(?:_?(?:str|text))?"
        r"|ground_?truth|answer|ans"
    ),
}
"""Argument of ``check`` → the names that plainly mean it."""
_FUNCTIONS = ("check", "output_judging_function", "checker", "judge", "special_judge", "check_output")
"""Names that decide where several functions of a source could be meant; the first that is defined."""
_SCALEBOX_FILES = ("stdin.txt", "stdout.txt", "answer.txt")
_ARGUMENT_FIELDS = frozenset({"generated_checker"})
"""Fields whose scripts are known to take input, expected output and output, in this order."""
_LANGUAGES = frozenset({"python", "python3", "py", "py3", "cpython"})
_SOURCE_FIELDS = ("code", "source", "program")

_RENAMED = """\
{source}


_judge_output = {name}


def check(input, output, expected):
    return _judge_output({arguments})
"""
_SCRIPT = """\
import contextlib as _contextlib
import io as _io
import sys as _sys


{function}


def check(input, output, expected):
    texts = {{{files}}}
    for path, text in texts.items():
        with open(path, "w") as file:
            file.write(text or "")
    _sys.argv = {argv}
    printed, status = _io.StringIO(), 0
    with _contextlib.redirect_stdout(printed):
        try:
            _script()
        except SystemExit as end:
            status = end.code
    {answer}
"""
_SCORE = """\
words = printed.getvalue().split()
    if not words:
        raise ValueError("the checker script printed no score")
    return float(words[-1])"""


def read_checker(field: str, value: object, language: object = None) -> str:
    """Return the checker program that a field of a data set holds; ``language`` is what the row says it is written in.

    Raises:
        ValueError: it is not understood; the message says why, without the field's name.
    """
    if isinstance(value, Mapping):
        language = value.get("language") or value.get("lang") or language
        value = next((value[name] for name in _SOURCE_FIELDS if value.get(name)), None)
    if not isinstance(value, str) or not value.strip():
        raise ValueError("it holds no source text")
    if _CPP.search(value):
        raise ValueError("it is a program in C++ (testlib), which cannot run here: rewrite it in Python")
    if isinstance(language, str) and language.strip().lower() not in _LANGUAGES:
        raise ValueError(f"it is a program in {language[:30]!r}: only Python runs here")
    try:
        tree = parse_quietly(value)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError("it is not Python source") from None
    if not any(isinstance(node, ast.stmt) and not isinstance(node, ast.Expr) for node in tree.body):
        raise ValueError("it is not the source of a program")
    return _from_function(value, tree) or _from_script(field, value, tree)


def _from_function(source: str, tree: ast.Module) -> str:
    """Return the program for a source with one function that judges; empty if there is none, or no single one."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    calls = {name: roles for name, node in functions.items() if (roles := _roles_of(node))}
    named = [name for name in _FUNCTIONS if name in calls]
    if not named and len(calls) != 1:
        return ""
    name = named[0] if named else next(iter(calls))
    roles = calls[name]
    if name == "check" and list(roles.values()) == ["input", "output", "expected"]:
        return source
    arguments = ", ".join(f"{parameter}={role}" for parameter, role in roles.items())
    if functions[name].args.posonlyargs:
        arguments = ", ".join(roles.values())
    return _RENAMED.format(source=source.rstrip(), name=name, arguments=arguments)


def _roles_of(function: ast.FunctionDef) -> dict[str, str]:
    """Return what each parameter of a function means; empty if one is unknown, or an output is not judged by them."""
    arguments = function.args
    parameters = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults:
        return {}
    roles = {parameter: _role_of(parameter) for parameter in parameters}
    meant = list(roles.values())
    is_clear = "" not in meant and len(set(meant)) == len(meant)
    return roles if is_clear and "output" in meant and len(meant) > 1 else {}


def _role_of(parameter: str) -> str:
    matching = [role for role, names in _ROLES.items() if names.fullmatch(parameter.lower().strip("_"))]
    return matching[0] if len(matching) == 1 else ""


def _from_script(field: str, source: str, tree: ast.Module) -> str:
    """Return the program for a script whose way to read its three texts is known.

    Raises:
        ValueError: it is not known.
    """
    if all(name in source for name in _SCALEBOX_FILES):
        files = dict(zip(_SCALEBOX_FILES, ("input", "expected", "output"), strict=True))
        return _script(tree, files, [], "return status in (0, None)")
    if "argv" in source and field.rpartition(".")[2] in _ARGUMENT_FIELDS:
        files = {"input.txt": "input", "expected.txt": "expected", "output.txt": "output"}
        return _script(tree, files, list(files), _SCORE)
    raise ValueError(
        "it is Python, but nothing says which of its parameters or files is the output: define "
        "check(input, output, expected)"
    )


def _script(tree: ast.Module, files: dict[str, str], argv: list[str], answer: str) -> str:
    """Return the program that runs a script as a function. What were its globals are variables of that function."""
    future = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    body = [_GlobalsToNonlocals().visit(node) for node in tree.body if node not in future]
    function = parse_quietly('def _script():\n    __name__ = "__main__"').body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body += body
    source = _SCRIPT.format(
        function=ast.unparse(ast.fix_missing_locations(function)),
        files=", ".join(f"{path!r}: {text}" for path, text in files.items()),
        argv=repr(["checker.py", *argv]),
        answer=answer,
    )
    source = "\n".join([*map(ast.unparse, future), source])
    try:
        compile(parse_quietly(source), "<checker>", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise ValueError(f"its script cannot run as a function: {error.msg}") from None
    return source


class _GlobalsToNonlocals(ast.NodeTransformer):
    """Rewrites ``global`` for a module that becomes the body of a function."""

    def visit_Global(self, node: ast.Global) -> ast.Nonlocal:
        return ast.copy_location(ast.Nonlocal(node.names), node)


def checker_of_rules(rules: Mapping[str, Any]) -> str:
    """Return the checker program that fields which say that equality does not decide (``rules``) hold together.

    Raises:
        ValueError: they hold none, or several, or one of them says something else; the message says why.
    """
    language = next((value for name, value in rules.items() if _is_language(name)), None)
    programs = {name: value for name, value in rules.items() if not _is_flag(name, value)}
    if len(programs) != 1:
        raise ValueError("no program of the row judges outputs" if not programs else "it is not alone")
    ((name, value),) = programs.items()
    return read_checker(name, value, language)


def _is_language(name: str) -> bool:
    return name.lower().endswith(("language", "lang"))


def _is_flag(name: str, value: object) -> bool:
    """Whether a field only says that there is a checker program, or what it is written in."""
    is_announced = re.search(r"checker|special_?judge|spj|multiple|judge_?(?:type|mode)", name.lower())
    is_true = (
        value is True
        or value == 1
        or (isinstance(value, str) and value.strip().lower() in ("true", "yes", "1"))
    )
    return _is_language(name) or bool(is_announced and is_true)
