"""Items and what became of them → the messages of our wire. Decides ranks and usage. Pure."""

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


def response(
    info: ModelInfo,
    format_name: str,
    groups: Sequence[Group],
    items: Sequence[list[ScoringItem]],
    answers: Sequence[ItemAnswer],
) -> ScoringResponse:
    """Return scores and ranks; ``answers`` are those of all groups in a row."""
    found = iter(answers)
    return ScoringResponse(
        model=info.model,
        version=info.version,
        format=format_name,
        groups=[
            _group(group, its, [next(found) for _ in its]) for group, its in zip(groups, items, strict=True)
        ],
        usage=_usage([item for its in items for item in its], answers),
    )


def _group(group: Group, items: Sequence[ScoringItem], answers: Sequence[ItemAnswer]) -> GroupScores:
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
    return GroupScores(id=group.id, scores=scores, shared_tokens=_shared(items))


def _ranks(values: Sequence[float]) -> dict[float, int]:
    """How many are better, and one; of each value."""
    best_last = sorted(values)
    return {value: len(values) - at for at, value in enumerate(best_last)}


def _shared(items: Sequence[ScoringItem]) -> int:
    """How many tokens all begin with; 0 for fewer than two."""
    written = [item.ids for item in items if item.ids]
    if len(written) < 2:
        return 0
    return common_prefix(min(written), max(written))


def _usage(items: Sequence[ScoringItem], answers: Sequence[ItemAnswer]) -> ScoringUsage:
    tokens = sum(len(item.ids) for item, a in zip(items, answers, strict=True) if a.score.value is not None)
    computed = round(sum(answer.score.computed for answer in answers if not answer.cached))
    return ScoringUsage(tokens=tokens, computed=computed, saved=max(tokens - computed, 0))


def rendered(
    groups: Sequence[Group], items: Sequence[list[ScoringItem]], writer: Writer
) -> list[RenderedGroup]:
    """Return what the model would see of each candidate."""
    return [
        RenderedGroup(
            id=group.id, candidates=[_rendered(item, writer) for item in its], shared_tokens=_shared(its)
        )
        for group, its in zip(groups, items, strict=True)
    ]


def _rendered(item: ScoringItem, writer: Writer) -> RenderedCandidate:
    return RenderedCandidate(
        text=item.text,
        token_ids=list(item.ids),
        scored_position=len(item.ids) - 1,
        scored_token=writer.token(item.ids[-1]) if item.ids else "",
        truncated=item.truncated,
        error=item.error,
    )
