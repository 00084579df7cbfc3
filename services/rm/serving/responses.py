"""Builds the responses of ``/v1`` from items and their scores; computes ranks and usage. Pure."""

from collections.abc import Sequence

from clients.contract.scoring import (
    CandidateScore,
    Group,
    GroupScores,
    ModelInfo,
    RenderedCandidate,
    RenderedGroup,
    ScoringResponse,
    ScoringUsage,
)
from services.rm.serving.batcher import ItemAnswer
from services.rm.tokens.formats import Writer
from services.rm.tokens.items import ScoringItem
from services.rm.tokens.prefix_sharing import common_prefix


def build_response(
    info: ModelInfo,
    format_name: str,
    groups: Sequence[Group],
    items: Sequence[list[ScoringItem]],
    answers: Sequence[ItemAnswer],
) -> ScoringResponse:
    """Build the response of ``/v1/scores``. ``answers`` is one flat list over all groups."""
    remaining = iter(answers)
    return ScoringResponse(
        model=info.model,
        version=info.version,
        format=format_name,
        groups=[
            _group_scores(group, group_items, [next(remaining) for _ in group_items])
            for group, group_items in zip(groups, items, strict=True)
        ],
        usage=_usage([item for group_items in items for item in group_items], answers),
    )


def _group_scores(group: Group, items: Sequence[ScoringItem], answers: Sequence[ItemAnswer]) -> GroupScores:
    ranks = _ranks([answer.score.value for answer in answers if answer.score.value is not None])
    scores = [
        CandidateScore(
            score=answer.score.value,
            rank=None if answer.score.value is None else ranks[answer.score.value],
            tokens=len(item.ids),
            truncated=item.truncated,
            cached=answer.cached,
            error=answer.score.error,
            retryable=answer.score.retryable,
        )
        for item, answer in zip(items, answers, strict=True)
    ]
    return GroupScores(id=group.id, scores=scores, shared_tokens=_shared_tokens(items))


def _ranks(values: Sequence[float]) -> dict[float, int]:
    """Return the rank of each value: 1 plus the number of higher values. Equal values share a rank."""
    # In ascending order the last of equal values stays in the dictionary: it has the fewest values above it.
    return {value: len(values) - place for place, value in enumerate(sorted(values))}


def _shared_tokens(items: Sequence[ScoringItem]) -> int:
    """Return the length of the common prefix of all items; 0 for fewer than two."""
    sequences = [item.ids for item in items if item.ids]
    if len(sequences) < 2:
        return 0
    # What the first and the last in sorted order have in common, all between them have too.
    return common_prefix(min(sequences), max(sequences))


def _usage(items: Sequence[ScoringItem], answers: Sequence[ItemAnswer]) -> ScoringUsage:
    tokens = sum(
        len(item.ids) for item, answer in zip(items, answers, strict=True) if answer.score.value is not None
    )
    computed = sum(answer.score.computed for answer in answers if not answer.cached)
    return ScoringUsage(tokens=tokens, computed=computed, saved=max(tokens - computed, 0))


def render_groups(
    groups: Sequence[Group], items: Sequence[list[ScoringItem]], writer: Writer
) -> list[RenderedGroup]:
    """Build the groups of ``/v1/render``: the text and the tokens that would be scored."""
    return [
        RenderedGroup(
            id=group.id,
            candidates=[_rendered_candidate(item, writer) for item in group_items],
            shared_tokens=_shared_tokens(group_items),
        )
        for group, group_items in zip(groups, items, strict=True)
    ]


def _rendered_candidate(item: ScoringItem, writer: Writer) -> RenderedCandidate:
    return RenderedCandidate(
        text=item.text,
        token_ids=list(item.ids),
        scored_position=len(item.ids) - 1,
        scored_token=writer.token(item.ids[-1]) if item.ids else "",
        truncated=item.truncated,
        error=item.error,
    )
