"""Finds the generators of a source, refuses those that reject and draw again, and plans which seeds each gets. Pure.

A generator is a function ``generate_…(rng)`` that returns one input, from a ``random.Random`` alone. Its name says its
kind. A ``while`` in it is nearly always a loop that draws until a condition holds, and may never end: HardTests
forbids them, and so do we.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class GeneratorKind(StrEnum):
    """What inputs a generator is meant to make."""

    SMALL = "small"
    """Small inputs, written out or nearly so: edge cases."""
    RANDOM = "random"
    """Random inputs within the stated ranges."""
    CLASS = "class"
    """Inputs of one class of outputs, such as those whose answer is NO. Random inputs hardly ever hit some classes."""
    ADVERSARIAL = "adversarial"
    """Inputs against slow or hasty programs: the largest allowed, ties, worst cases."""


_KIND_OF_WORD = {
    "small": GeneratorKind.SMALL,
    "direct": GeneratorKind.SMALL,
    "edge": GeneratorKind.SMALL,
    "class": GeneratorKind.CLASS,
    "large": GeneratorKind.ADVERSARIAL,
    "adversarial": GeneratorKind.ADVERSARIAL,
    "hack": GeneratorKind.ADVERSARIAL,
    "worst": GeneratorKind.ADVERSARIAL,
    "max": GeneratorKind.ADVERSARIAL,
}
"""Word of a function's name → kind; a name without one makes random inputs."""


@dataclass(frozen=True, slots=True)
class Generator:
    """One generator function."""

    name: str
    kind: GeneratorKind
    fault: str = ""
    """Why it is not run; empty: it is."""


@dataclass(frozen=True, slots=True)
class GeneratorCall:
    """One call of a generator: the function and the seed of its random numbers."""

    name: str
    kind: GeneratorKind
    seed: int


def find_generators(source: str) -> list[Generator]:
    """Return the generators of a source, in its order; none if it does not parse."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    return [
        Generator(node.name, _kind_of(node.name), _fault_of(node))
        for node in functions
        if node.name.startswith("generate")
    ]


def plan_calls(generators: Sequence[Generator], calls: int, first_seed: int) -> list[GeneratorCall]:
    """Share ``calls`` out evenly among the generators that have no fault, each call with a seed of its own."""
    usable = [generator for generator in generators if not generator.fault]
    chosen = [usable[at % len(usable)] for at in range(calls)] if usable else []
    return [
        GeneratorCall(generator.name, generator.kind, first_seed + at) for at, generator in enumerate(chosen)
    ]


def _kind_of(name: str) -> GeneratorKind:
    kinds = [_KIND_OF_WORD[word] for word in name.lower().split("_") if word in _KIND_OF_WORD]
    return kinds[0] if kinds else GeneratorKind.RANDOM


def _fault_of(function: ast.FunctionDef) -> str:
    arguments = function.args
    required = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    if required > 1 or len(arguments.posonlyargs) + len(arguments.args) < 1:
        return "it does not take one argument, the random numbers"
    if any(isinstance(node, ast.While) for node in ast.walk(function)):
        return "it has a 'while' loop: drawing again until a condition holds may never end"
    return ""
