"""What a judge is asked, and how its answer becomes a number. Pure.

Conversation and answer stand between tags that carry a mark made of their own text: nobody can write the closing tag of
a text that is not finished. A rating counts on the judge's last line alone: elsewhere it may be a quotation of the
answer. An answer that persuades the judge otherwise is not recognised: a judge is no verdict.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from math import exp, log
from pathlib import Path
from typing import Any

from clients.contract.scoring import Message
from services.rm.tokens.items import ScoringItem

LOWEST, HIGHEST = 0.0, 10.0
"""Of ratings; the bundled prompt says the same."""
YES, NO = "yes", "no"
"""The labels, whatever their case and the blanks around them."""
_CERTAIN = 1e-3
"""A logprob is 0 at most, but for rounding."""
PLACES = ("conversation", "answer")
"""Without which a prompt asks nothing."""
_HERE = Path(__file__).parent
_WRITTEN_OUT = "(The answer below is a whole conversation. Judge its last turn.)"
_RATING = re.compile(r"\W*rating\W*?(-?\d+(?:\.\d+)?)(?:\s*/\s*10)?\W*", re.IGNORECASE)
_MARK_DIGITS = 16
"""Hexadecimal: too many to search for a text that holds its own mark."""
_LONGEST_LINE = 200
"""Of a rating; bounds how long a search takes."""


class NoRatingError(ValueError):
    """A judge's answer that holds no score, and why."""


def load_prompt(by: str, file: Path | None) -> str:
    """Read the prompt.

    Raises:
        ValueError: it cannot be read, or lacks a place.
    """
    path = file or _HERE / f"judge_{by}.md"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"RM_JUDGE_PROMPT: {path} cannot be read: {error}") from error
    missing = [place for place in PLACES if f"{{{{{place}}}}}" not in text]
    if missing:
        raise ValueError(f"RM_JUDGE_PROMPT: {path} has no {{{{{missing[0]}}}}}")
    return text


def question(prompt: str, item: ScoringItem) -> str:
    """Fill the prompt in, in one pass: what fills it in is not filled in again."""
    values = {"conversation": _WRITTEN_OUT, "answer": item.text}
    if item.conversation:
        turns = "\n\n".join(f"{turn.role}: {turn.content}" for turn in item.conversation[:-1])
        values = {"conversation": turns, "answer": item.conversation[-1].content}
    values["mark"] = hashlib.sha256("\0".join(values.values()).encode()).hexdigest()[:_MARK_DIGITS]
    return re.sub(r"\{\{(\w+)\}\}", lambda place: values.get(place[1], place[0]), prompt)


def written(conversation: Sequence[Message]) -> str:
    """Return a conversation as text that no other conversation has."""
    return json.dumps([[turn.role, turn.content] for turn in conversation], ensure_ascii=False)


def rating(choice: Mapping[str, Any]) -> float:
    """Return the rating on the last line that a judge wrote.

    Raises:
        NoRatingError: there is none, or not between ``LOWEST`` and ``HIGHEST``, or the judge was cut off.
    """
    text = str((choice.get("message") or {}).get("content") or "")
    if choice.get("finish_reason") == "length":
        raise NoRatingError("the judge's answer was cut off before its rating")
    last = next((line for line in reversed(text.splitlines()) if re.search(r"\w", line)), "")
    found = _RATING.fullmatch(last) if len(last) <= _LONGEST_LINE else None
    if not found:
        raise NoRatingError("the judge's answer does not end with a line 'Rating: …'")
    value = float(found[1])
    if not LOWEST <= value <= HIGHEST:
        raise NoRatingError(f"the judge's rating {value:g} is not between {LOWEST:g} and {HIGHEST:g}")
    return value


def label_difference(choice: Mapping[str, Any]) -> float:
    """Return how much likelier, in nats, a judge's first token was Yes than No.

    Raises:
        NoRatingError: the endpoint gives no logprobs, or the token could not be either.
    """
    try:
        first = choice["logprobs"]["content"][0]["top_logprobs"]
        pairs = [(str(each["token"]), float(each["logprob"])) for each in first]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise NoRatingError("the endpoint gives no top_logprobs; use RM_JUDGE_BY=rating") from error
    if not all(chance <= _CERTAIN for _, chance in pairs):
        raise NoRatingError("the endpoint's top_logprobs are no logarithms of probabilities")
    sums = {}
    for label in (YES, NO):
        chances = [exp(chance) for token, chance in pairs if token.strip().lower() == label]
        if not sum(chances):
            raise NoRatingError(f"{label!r} is not among the judge's {len(pairs)} likeliest first tokens")
        sums[label] = log(sum(chances))
    return sums[YES] - sums[NO]
