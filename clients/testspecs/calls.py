"""Turns tests that are a function's name with inputs and outputs into asserts, and says how they compare. Pure.

The name may be that of a function of the program, or of a method of its class ``Solution``. Tuples are equal to
lists with the same items, because JSON has no tuples. Where inputs are lists of arguments (APPS, TACO), an expected
list of one item is also equal to that item, as in those data sets' own judges.
"""

import json
from collections.abc import Sequence
from typing import Any

from clients.contract import Comparison, ComparisonMode, Suite

# The names begin with an underscore so that they do not hide names of the program.
_SETUP = """\
from math import inf, nan
def _plain(value):
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {{key: _plain(each) for key, each in value.items()}}
    return value
try:
    _call = {name}
except NameError:
    _call = Solution().{name}"""

_NEAR = """
from math import isclose as _isclose
def _near(got, want):
    kinds = {{type(got), type(want)}}
    if float in kinds and kinds <= {{float, int}}:
        return got == want or _isclose(got, want, rel_tol={rel_tol!r}, abs_tol={abs_tol!r})
    if kinds == {{list}}:
        return len(got) == len(want) and all(map(_near, got, want))
    if kinds == {{dict}}:
        return got.keys() == want.keys() and all(_near(got[key], want[key]) for key in want)
    return got == want"""
"""Compares as ``ComparisonMode.FLOAT`` does: integers are equal or not. A value of another class decides nothing by its
class."""

_CLOSE = """
from math import isclose
def _close(got, want, atol):
    if isinstance(want, float) or (atol and isinstance(want, int) and not isinstance(want, bool)):
        return got == want or isclose(got, want, rel_tol=1e-7, abs_tol=atol)
    if isinstance(want, (list, tuple)) and type(got) is type(want) and len(got) == len(want):
        return all(_close(one, other, atol) for one, other in zip(got, want))
    return got == want"""

# EvalPlus's own exceptions to plain equality (evalplus/eval/_special_oracle.py, 0.3.1).
_AS_SETS = frozenset(
    "similar_elements find_char_long common_in_nested_lists extract_singly larg_nnum intersection_array "
    "find_dissimilar Diff".split()
)
_NOT_NONE = frozenset(["check_str", "text_match_three", "text_starta_endb"])
_POLYNOMIAL = "find_zero"


def calls_suite(
    suite_id: str,
    name: str,
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    comparison: Comparison | None = None,
) -> Suite:
    """Return one test per input. An input is a text with one JSON value a line, or a list of arguments.

    Values are compared with ``==``; numbers within tolerances if ``comparison`` is ``float``. Its other modes are of
    printed text.

    Raises:
        ValueError: ``name`` is not a name, or a text is not JSON.
    """
    name = name.rpartition(".")[2]
    if not name.isidentifier():
        raise ValueError(f"'fn_name' {name[:50]!r} is not a name; give the function's name")
    is_near = comparison is not None and comparison.mode is ComparisonMode.FLOAT
    asserts = [
        _assert(arguments, expected, at, is_near=is_near)
        for at, (arguments, expected) in enumerate(zip(inputs, outputs, strict=True))
    ]
    setup = _SETUP.format(name=name)
    if comparison is not None and is_near:
        setup += _NEAR.format(rel_tol=comparison.rel_tol, abs_tol=comparison.abs_tol)
    return Suite(id=suite_id, setup=setup, asserts=asserts, entry_point=name)


def evalplus_suite(suite_id: str, spec: dict[str, Any]) -> Suite:
    """Return one test per base and plus input. The canonical solution computes the expected value while judging.

    Raises:
        KeyError, ValueError: a field is missing, or the entry point is not a name.
    """
    name = spec["entry_point"]
    if not name.isidentifier():
        raise ValueError(f"'entry_point' {name[:50]!r} is not a name; give the function's name")
    inputs = [*(spec.get("base_input") or []), *(spec.get("plus_input") or [])]
    if not inputs:
        raise ValueError("'base_input' and 'plus_input' are empty; give at least one input")
    source = (spec.get("prompt") or "") + spec["canonical_solution"]
    setup = (
        "from math import inf, nan\nfrom copy import deepcopy as _copy\n_reference = {}\n"
        f"exec({source!r}, _reference){_CLOSE}"
    )
    comparison = _comparison(name, float(spec.get("atol") or 0))
    asserts = [
        f"_args = {list(arguments)!r}\n_want = _reference[{name!r}](*_copy(_args))\n{comparison}"
        for arguments in inputs
    ]
    return Suite(id=suite_id, setup=setup, asserts=asserts, entry_point=name)


def _comparison(name: str, atol: float) -> str:
    """Return the source that calls the program and compares its value with the expected one."""
    got = f"_got = {name}(*_copy(_args))\n"
    if name == _POLYNOMIAL:
        return f"{got}assert abs(sum(c * _got ** n for n, c in enumerate(_args[0]))) <= {atol or 1e-4}"
    if name in _AS_SETS:
        return f"{got}assert set(_got) == set(_want)"
    if name in _NOT_NONE:
        return f"{got}assert bool(_got) == bool(_want)"
    return f"{got}assert _close(_got, _want, {atol})"


def _assert(given: Any, expected: Any, at: int, *, is_near: bool) -> str:  # noqa: ANN401 - any JSON value
    arguments, are_values = _arguments(given, at), not isinstance(given, str)
    value = _json(expected, f"outputs[{at}]") if isinstance(expected, str) and not are_values else expected
    call = f"_plain(_call({', '.join(map(repr, arguments))}))"
    may_be_item = are_values and isinstance(value, list) and len(value) == 1
    if is_near and may_be_item:
        return f"_got = {call}\nassert _near(_got, {value!r}) or _near(_got, {value[0]!r})"
    if is_near:
        return f"assert _near({call}, {value!r})"
    if may_be_item:
        return f"assert {call} in ({value!r}, {value[0]!r})"
    return f"assert {call} == {value!r}"


def _arguments(given: Any, at: int) -> list[Any]:  # noqa: ANN401 - any JSON value
    if isinstance(given, str):
        return [_json(line, f"inputs[{at}]") for line in given.split("\n") if line.strip()]
    return list(given) if isinstance(given, list | tuple) else [given]


def _json(text: str, where: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except ValueError:
        raise ValueError(
            f"{where}: {text[:60]!r} is not JSON; write each value of a call as JSON, one per line"
        ) from None
