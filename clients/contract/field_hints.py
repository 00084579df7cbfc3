"""Finds the field of an execution request that a user means by the name that another API has for it. Pure."""

import re

_CANDIDATE = {
    **dict.fromkeys(
        ("code", "solution", "source", "program_text"), "'program', or 'completion' for a model's text"
    ),
    **dict.fromkeys(("response", "text", "output", "generation", "prediction"), "'completion'"),
    **dict.fromkeys(("task_id", "suite_id", "problem"), "'suite'"),
}
_SUITE = {
    **dict.fromkeys(("test", "tests", "test_list", "test_cases", "assertions"), "'asserts', 'io' or 'check'"),
    **dict.fromkeys(("inputs", "outputs"), "'io', a list of {stdin, stdout}"),
    **dict.fromkeys(("task_id", "name"), "'id'"),
    **dict.fromkeys(("fn_name", "function"), "'entry_point'"),
}
_IO_TEST = {
    **dict.fromkeys(("input", "inputs"), "'stdin'"),
    **dict.fromkeys(("output", "outputs", "expected", "expected_output", "expected_stdout"), "'stdout'"),
}
_LIMITS = {
    **dict.fromkeys(("timeout", "timeout_s", "time_limit", "time_limit_s", "cpu", "cpu_time"), "'cpu_s'"),
    **dict.fromkeys(("memory", "memory_mb", "memory_limit", "memory_limit_MB"), "'memory_bytes'"),
}
_LIMIT_NAMES = ("cpu_s", "wall_s", "total_cpu_s", "total_wall_s", "memory_bytes", "output_bytes", "processes")
_REQUEST = {
    **{name: f"'limits.{meant[1:]}" for name, meant in _LIMITS.items()},
    **{name: f"'limits.{name}'" for name in _LIMIT_NAMES},
    **dict.fromkeys(("deadline", "request_timeout"), "'deadline_s'"),
    **dict.fromkeys(("env", "python"), "'environment'"),
    **dict.fromkeys(("programs", "completions"), "'candidates'"),
    **dict.fromkeys(("tests", "suite"), "'suites'"),
}
_PLACES = {
    "Candidate": _CANDIDATE,
    "Suite": _SUITE,
    "IoTest": _IO_TEST,
    "Limits": _LIMITS,
    "ExecutionRequest": _REQUEST,
}
"""Names by the model that does not have them."""
_ITEM_OF_REQUEST = {"candidates": "Candidate", "suites": "Suite", "limits": "Limits"}


def field_meant(model: str, field: str) -> str:
    """Return the field that is meant by an unknown one, with its quotes; empty if it is not known.

    ``model`` is the name of the model that was read, ``field`` the path of the unknown field in it.
    """
    path, _, name = field.rpartition(".")
    if model == "ExecutionRequest" and path:
        model = _ITEM_OF_REQUEST.get(re.split(r"[\[.]", path)[0], "")
    if model == "Suite" and re.search(r"\bio\[\d+\]$", path):
        model = "IoTest"
    return _PLACES.get(model, {}).get(name, "")
