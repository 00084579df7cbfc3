"""Changes inputs and outputs, so that a validator and a checker program can show that they refuse something. Pure."""

import random
import re
from collections.abc import Sequence

_NUMBER = re.compile(r"-?\d+")
GARBAGE = "lorem ipsum\ndolor sit amet\n"
"""An output that answers nothing."""


def mutated_inputs(text: str, rng: random.Random) -> list[str]:
    """Return inputs that a validator should refuse: not one may be right by the same grammar, but some can be.

    Letters for a number, an empty text, the text cut in the middle, a token more, a line less, a huge number.
    """
    changed = ["", GARBAGE, text[: len(text) // 2].rstrip(), f"{text.rstrip()} x\n", _without_line(text, rng)]
    numbers = list(_NUMBER.finditer(text))
    if numbers:
        at = rng.choice(numbers)
        changed += [f"{text[: at.start()]}{new}{text[at.end() :]}" for new in ("x", f"-{10**30}", "1.5")]
    return [new for new in dict.fromkeys(changed) if new.strip() != text.strip()]


def _without_line(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    dropped = rng.randrange(len(lines)) if lines else 0
    return "".join(line for at, line in enumerate(lines) if at != dropped)


def wrong_outputs(outputs: Sequence[str], rng: random.Random) -> list[list[str]]:
    """Return columns of outputs that should be refused, one output for each input; some can be right by chance.

    Each output goes to the next input that has another one; a number of each output is changed; each output loses its
    second half.
    """
    return [
        _rotated(outputs),
        [_with_other_number(text, rng) for text in outputs],
        [_cut(text) for text in outputs],
    ]


def _rotated(outputs: Sequence[str]) -> list[str]:
    rotated = []
    for at, own in enumerate(outputs):
        others = [*outputs[at + 1 :], *outputs[:at]]
        rotated.append(next((other for other in others if other.split() != own.split()), GARBAGE))
    return rotated


def _with_other_number(text: str, rng: random.Random) -> str:
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return GARBAGE
    at = rng.choice(numbers)
    return f"{text[: at.start()]}{int(at[0]) + rng.choice([-7, -1, 1, 7])}{text[at.end() :]}"


def _cut(text: str) -> str:
    words = text.split()
    return " ".join(words[: len(words) // 2]) + "\n" if len(words) > 1 else ""
