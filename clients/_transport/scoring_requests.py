"""Builds reward-model requests from arguments, splits them, and merges the answers of their parts. Pure.

A wrong argument is reported by its name before anything is sent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from clients.contract.scoring import (
    Group,
    GroupScores,
    Message,
    ScoringRequest,
    ScoringResponse,
    ScoringUsage,
)
from clients.contract.validation_errors import summarize_errors
from clients.requests import to_json

Prompt = str | Sequence[Message | Mapping[str, str]]
"""A question as text, or the conversation so far as messages."""


def check_prompt(prompt: Prompt) -> str | list[Message]:
    """Return the prompt, with every turn of a conversation as a ``Message``.

    Raises:
        TypeError, ValueError: it is neither a text nor a list of messages; the error names the wrong turn.
    """
    if isinstance(prompt, str):
        return prompt
    if isinstance(prompt, Mapping) or not isinstance(prompt, Iterable):
        raise TypeError(f"prompt is of type {type(prompt).__name__}; give a text, or a list of messages")
    return [_turn(turn, at) for at, turn in enumerate(prompt)]


def _turn(turn: Message | Mapping[str, str], at: int) -> Message:
    if not isinstance(turn, Message | Mapping):
        raise TypeError(
            f"prompt[{at}] is of type {type(turn).__name__}; give {{'role': 'user', 'content': 'a text'}}"
        )
    try:
        return Message.model_validate(turn)
    except ValidationError as error:
        raise ValueError(f"prompt[{at}].{summarize_errors(error)}") from None


def check_candidates(candidates: Sequence[str]) -> list[str]:
    """Return the candidates as a list.

    Raises:
        TypeError: they are one text, or nothing that can be iterated over.
    """
    if isinstance(candidates, str | Mapping) or not isinstance(candidates, Iterable):
        raise TypeError(f"candidates is of type {type(candidates).__name__}; give a list of texts")
    return list(candidates)


def build_scoring_request(
    groups: Sequence[Group | Mapping[str, Any]], options: Mapping[str, Any]
) -> ScoringRequest:
    """Return the request that scores ``groups``.

    Raises:
        TypeError, ValueError: an argument is wrong; the message names it.
    """
    if isinstance(groups, Group | Mapping | str):
        raise TypeError(f"groups is of type {type(groups).__name__}; give a list of groups")
    try:
        return ScoringRequest.model_validate({"groups": list(groups), **options})
    except ValidationError as error:
        raise ValueError(summarize_errors(error)) from None


@dataclass(frozen=True, slots=True)
class RequestPart:
    """Some groups of a request, as a request of their own."""

    request: ScoringRequest
    places: tuple[int, ...]
    """Indices of its groups in the whole request."""


def split(
    request: ScoringRequest, max_bytes: int, destination: Callable[[Group], str] = lambda _: ""
) -> Iterator[RequestPart]:
    """Yield requests of whole groups, of at most ``max_bytes`` each; a larger group is a request by itself.

    The groups of a part all have the same ``destination``.
    """
    places_by_destination: dict[str, list[int]] = {}
    for place, group in enumerate(request.groups):
        places_by_destination.setdefault(destination(group), []).append(place)
    for places in places_by_destination.values() or [[]]:
        part: list[int] = []
        part_bytes = 0
        for place in places:
            group_bytes = len(to_json(request.groups[place]))
            if part and part_bytes + group_bytes > max_bytes:
                yield _part(request, part)
                part, part_bytes = [], 0
            part.append(place)
            part_bytes += group_bytes
        yield _part(request, part)


def _part(request: ScoringRequest, places: Sequence[int]) -> RequestPart:
    groups = [request.groups[place] for place in places]
    return RequestPart(request.model_copy(update={"groups": groups}), tuple(places))


def merge(parts: Sequence[RequestPart], responses: Sequence[ScoringResponse]) -> ScoringResponse:
    """Merge the answers to the parts that ``split`` made; the groups are in the order of the whole request."""
    if len(responses) == 1:
        return responses[0]
    by_place: dict[int, GroupScores] = {}
    for part, response in zip(parts, responses, strict=True):
        by_place |= dict(zip(part.places, response.groups, strict=True))
    names = ScoringUsage.model_fields
    usage = ScoringUsage(**{name: sum(getattr(part.usage, name) for part in responses) for name in names})
    groups = [by_place[place] for place in sorted(by_place)]
    return responses[0].model_copy(update={"groups": groups, "usage": usage})
