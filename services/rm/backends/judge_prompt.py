"""Fills in the prompt of a judge, and parses its answer into a number. Pure.

The prompt puts conversation and answer between tags that contain a hash of both texts. An answer cannot contain its own
closing tag, because any change to the answer changes the hash. A rating counts on the last line of the judge's answer
only: elsewhere it may be a quotation of the answer under test. An answer that persuades the judge by argument is not
detected, so a rating is not a verdict.
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
"""The range of ratings, as the bundled prompt states it."""
YES, NO = "yes", "no"
"""The labels. Case and surrounding blanks are ignored."""
_MAX_LOGPROB = 1e-3
"""A log probability is at most 0, except for rounding."""
REQUIRED = ("conversation", "answer")
"""Placeholders that every prompt must have."""
_HERE = Path(__file__).parent
_WHOLE_TEXT = "(The answer below is a whole conversation. Judge its last turn.)"
_RATING = re.compile(r"\W*rating\W*?(-?\d+(?:\.\d+)?)(?:\s*/\s*10)?\W*", re.IGNORECASE)
_MARK_DIGITS = 16
"""Hexadecimal digits of the hash, 64 bits: too many to search for a text that contains its own hash."""
_MAX_LINE = 200
"""Characters of a line with a rating. Limits the time of the regular expression."""


_MAX_QUOTE = 80
"""Characters of the judge's last line that an error quotes."""


class NoRatingError(ValueError):
    """The judge's answer has no score; the message says why."""


def load_prompt(by: str, file: Path | None) -> str:
    """Read the prompt from a file; default: the bundled prompt.

    Raises:
        ValueError: it cannot be read, or lacks a placeholder.
    """
    path = file or _HERE / f"judge_{by}.md"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"RM_JUDGE_PROMPT: {path} cannot be read: {error}") from error
    missing = [name for name in REQUIRED if f"{{{{{name}}}}}" not in text]
    if missing:
        raise ValueError(f"RM_JUDGE_PROMPT: {path} has no placeholder {{{{{missing[0]}}}}}; add it")
    return text


def fill_prompt(prompt: str, item: ScoringItem) -> str:
    """Fill in the placeholders, in one pass: a placeholder inside an answer is not filled in.

    An unknown placeholder stays as it is.
    """
    values = {"conversation": _WHOLE_TEXT, "answer": item.text}
    if item.conversation:
        turns = "\n\n".join(f"{turn.role}: {turn.content}" for turn in item.conversation[:-1])
        values = {"conversation": turns, "answer": item.conversation[-1].content}
    values["mark"] = hashlib.sha256("\0".join(values.values()).encode()).hexdigest()[:_MARK_DIGITS]
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values.get(match[1], match[0]), prompt)


def conversation_json(conversation: Sequence[Message]) -> str:
    """Return a conversation as JSON; two different conversations never give the same text."""
    return json.dumps([[turn.role, turn.content] for turn in conversation], ensure_ascii=False)


def parse_rating(choice: Mapping[str, Any]) -> float:
    """Return the rating on the last line of a judge's answer that has a word or a digit.

    Raises:
        NoRatingError: there is none, it is outside ``LOWEST`` to ``HIGHEST``, or the answer was cut off.
    """
    text = str((choice.get("message") or {}).get("content") or "")
    if choice.get("finish_reason") == "length":
        raise NoRatingError("the judge's answer was cut off before its rating")
    last = next((line for line in reversed(text.splitlines()) if re.search(r"\w", line)), "")
    match = _RATING.fullmatch(last) if len(last) <= _MAX_LINE else None
    if not match:
        raise NoRatingError(
            f"the judge's answer ends with {last[:_MAX_QUOTE]!r}, not with a line 'Rating: …'"
        )
    value = float(match[1])
    if not LOWEST <= value <= HIGHEST:
        raise NoRatingError(f"the judge's rating {value:g} is not between {LOWEST:g} and {HIGHEST:g}")
    return value


def parse_label_difference(choice: Mapping[str, Any]) -> float:
    """Return ln P(Yes) − ln P(No) for the first token of a judge's answer.

    Raises:
        NoRatingError: the answer has no log probabilities, or none for one of the labels.
    """
    try:
        first = choice["logprobs"]["content"][0]["top_logprobs"]
        logprobs = [(str(entry["token"]), float(entry["logprob"])) for entry in first]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise NoRatingError("the endpoint returns no top_logprobs; set RM_JUDGE_BY=rating") from error
    if not all(logprob <= _MAX_LOGPROB for _, logprob in logprobs):
        raise NoRatingError("the endpoint's top_logprobs are not logarithms of probabilities")
    sums = {}
    for label in (YES, NO):
        # Several tokens may read as the same label ("Yes", " yes"): their probabilities add up.
        chances = [exp(logprob) for token, logprob in logprobs if token.strip().lower() == label]
        if not sum(chances):
            raise NoRatingError(f"{label!r} is not among the judge's {len(logprobs)} likeliest first tokens")
        sums[label] = log(sum(chances))
    return sums[YES] - sums[NO]
