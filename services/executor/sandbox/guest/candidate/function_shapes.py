"""Makes of described parameters what a program asks a function for: its signature, and the numbers in its code.

The parameters are those of a function of the test's (``checker.function_descriptions``): name, kind, and whether it has
a default.
"""

from types import SimpleNamespace
from typing import Any

_POSITIONAL_ONLY, _POSITIONAL, _VARIABLE, _KEYWORD_ONLY, _VARIABLE_KEYWORDS = range(5)


def signature_of(parameters: list[list[Any]]) -> Any:
    """Return the ``inspect.Signature``. Defaults are not told: each is an ellipsis."""
    import inspect  # noqa: PLC0415  -- slow to import and rarely needed

    kinds = list(inspect._ParameterKind)  # noqa: SLF001
    return inspect.Signature(
        [
            inspect.Parameter(name, kinds[kind], default=... if has_default else inspect.Parameter.empty)
            for name, kind, has_default in parameters
        ]
    )


def code_of(name: str, parameters: list[list[Any]]) -> Any:
    """Return what programs read of a code object."""
    named = [kind for _name, kind, _has_default in parameters]
    first = [one[0] for one in parameters if one[1] in (_POSITIONAL_ONLY, _POSITIONAL)]
    keywords = [one[0] for one in parameters if one[1] == _KEYWORD_ONLY]
    rest = [one[0] for one in parameters if one[1] in (_VARIABLE, _VARIABLE_KEYWORDS)]
    return SimpleNamespace(
        co_name=name,
        co_argcount=len(first),
        co_posonlyargcount=named.count(_POSITIONAL_ONLY),
        co_kwonlyargcount=len(keywords),
        co_varnames=(*first, *keywords, *rest),
        co_nlocals=len(named),
        co_flags=0x04 * (_VARIABLE in named) | 0x08 * (_VARIABLE_KEYWORDS in named),
    )
