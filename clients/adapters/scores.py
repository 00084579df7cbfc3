"""Scores completions by the reward-model service, for adapters.

The address and the key are those of ``clients.RewardModel`` (``ACECODER_RM_URL``, ``ACECODER_RM_TOKEN``). Scores are
raw: the output of the model's head. Only their order within one prompt has a meaning, so a trainer has to normalise
them. GRPO does: it subtracts the mean of the group, and divides by a standard deviation.

The completion is scored as it is. If it has a thinking part, in ``<think>``, only what follows that part is scored:
reward models were trained on answers.

If the service is unavailable, the call waits and is repeated: ``clients.adapters.outages``.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from clients.adapters.completion_texts import read_completions
from clients.adapters.outages import OutageGuard
from clients.contract.scoring import ScoringResponse
from clients.reward_model import AsyncRewardModel

_THINKING = re.compile(r"\s*<think>.*?</think>\s*", re.DOTALL)
_ANSWER = re.compile(r"<answer>[ \t]*\n?(.*?)(?:</answer>.*)?", re.DOTALL)
_LOG = logging.getLogger("acecoder")


async def score(prompts: Sequence[object], completions: Sequence[object]) -> list[float | None]:
    """Return the raw score of each completion to the prompt at its position; ``None`` where it cannot be scored.

    A prompt is a text (one user turn) or a list of messages. Completions to equal prompts are scored as one group. A
    completion that cannot be read has no score, and is logged.

    Raises:
        TypeError: a prompt is neither text nor messages, or no completion is.
        ValueError: there is not one prompt for each completion, or a prompt has no message.
        AceCoderError: the service refuses the request, or is unavailable for longer than ``ACECODER_PAUSE_S``.
    """
    contents, faults = read_completions(completions)
    texts = [answer_text(text) for text in contents]
    if len(texts) != len(prompts):
        raise ValueError(f"{len(texts)} completions and {len(prompts)} prompts; give one for each completion")
    if not texts:
        return []
    _check_readable(faults, len(texts))
    positions: dict[str, list[int]] = {}
    for at, prompt in enumerate(prompts):
        if at in faults:
            continue
        positions.setdefault(repr(prompt), []).append(at)
    groups = [
        {"prompt": _turns(prompts[members[0]]), "candidates": [texts[at] for at in members]}
        for members in positions.values()
    ]

    async def send() -> ScoringResponse:
        return await _reward_model().score_groups(groups)

    response = await _guard().call(send, _is_outage)
    scores: list[float | None] = [None] * len(texts)
    for members, group in zip(positions.values(), response.groups, strict=True):
        for at, candidate in zip(members, group.scores, strict=True):
            scores[at] = candidate.score
    return scores


def _check_readable(faults: Mapping[int, str], count: int) -> None:
    """Log the completions that cannot be read.

    Raises:
        TypeError: none of them can.
    """
    messages = [f"row {at}: {message}" for at, message in faults.items()]
    if messages and len(messages) == count:
        raise TypeError(f"no completion of {count} can be read; the first: {messages[0]}")
    for message in messages:
        _LOG.warning("without a score: %s", message)


def answer_text(completion: str) -> str:
    """Return what follows the thinking part, without ``<answer>`` tags; all of it if there is no thinking part."""
    thinking = _THINKING.match(completion)
    if thinking is None:
        return completion
    text = completion[thinking.end() :]
    answer = _ANSWER.fullmatch(text)
    return answer[1].strip() if answer else text


def _turns(prompt: object) -> Any:
    """Return the prompt without fields of messages that are not part of the contract (``name``, ``tool_calls``)."""
    if isinstance(prompt, str) or not isinstance(prompt, Sequence):
        return prompt
    return [
        {name: turn[name] for name in ("role", "content") if name in turn}
        if isinstance(turn, Mapping)
        else turn
        for turn in prompt
    ]


def _is_outage(response: ScoringResponse) -> bool:
    """Whether no candidate has a score, although another attempt may succeed for some."""
    scores = [candidate for group in response.groups for candidate in group.scores]
    return all(each.score is None for each in scores) and any(each.retryable for each in scores)


@cache
def _reward_model() -> AsyncRewardModel:
    return AsyncRewardModel()


@cache
def _guard() -> OutageGuard:
    return OutageGuard("reward model")
