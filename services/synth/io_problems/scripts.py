"""Writes the scripts by which a model's functions run in the executor, as ordinary stdin/stdout programs. Pure.

The functions are untrusted, and so is what these scripts print: it is text to be checked.
"""

import ast
from collections.abc import Mapping

from clients.testspecs.runners import is_main_guard
from services.synth.io_problems.generators import GeneratorCall

_QUIET = "import io as _io, sys as _sys\n_stdout, _sys.stdout = _sys.stdout, _io.StringIO()\n"
"""What a source prints while it loads, or in a function, is not the script's answer. The answer is written to the real
stdout once that is back in its place: it is flushed there at the script's end."""
_GENERATE = """
import random as _random
_name, _seed = _sys.stdin.readline().split()
_random.seed(int(_seed))
_text = globals()[_name](_random.Random(int(_seed)))
if not isinstance(_text, str):
    raise TypeError(f"the generator returned {type(_text).__name__}, not a text")
_sys.stdout = _stdout
_stdout.write(_text)
"""
_VALIDATE = """
_text = _sys.stdin.read()
try:
    _answer = validate_input(_text)
except Exception as _error:
    _answer = _error
_sys.stdout = _stdout
_stdout.write("valid" if _answer is True else "invalid")
"""
_REPLAY = """\
import sys
OUTPUTS = {outputs!r}
sys.stdout.write(OUTPUTS.get(sys.stdin.read(), ""))
"""
VALID = "valid"
"""What a validator's script prints for an input that it accepts."""


def generator_script(source: str) -> str:
    """Return the script that reads ``name seed`` and prints the input which that generator makes of that seed."""
    return _QUIET + _body_of(source) + _GENERATE


def call_line(call: GeneratorCall) -> str:
    """Return what the script of generators reads for one call."""
    return f"{call.name} {call.seed}\n"


def validator_script(source: str) -> str:
    """Return the script that reads an input and prints ``VALID`` if ``validate_input`` returns ``True`` for it."""
    return _QUIET + _body_of(source) + _VALIDATE


def replay_script(outputs: Mapping[str, str]) -> str:
    """Return the script that prints the output which ``outputs`` has for its input, and nothing for other inputs."""
    return _REPLAY.format(outputs=dict(outputs))


def _body_of(source: str) -> str:
    """Return a source without what it does as a main program, and without ``__future__``, which must come first."""
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if not (is_main_guard(node) or _is_future(node))]
    return ast.unparse(tree)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
