"""A packed row holds every token of the tree of prefixes once, and each span has its sequence's tokens as context."""

from hypothesis import given

from services.rm.engine.packing import pack
from services.rm.tokens.prefix_sharing import plan_steps
from tests.unit.rm.tokens.test_prefix_sharing import SEQUENCES


def places(span):
    return [place for part in (*span.context, span.own) for place in range(part.start, part.stop)]


def test_the_worked_example_of_the_module():
    sequences = [(1, 2, 3, 4), (1, 2, 3, 5, 6), (1, 2, 3, 5, 7), (8, 9)]
    (step,) = plan_steps(sequences, 100)
    row = pack(sequences, step)
    assert row.ids.tolist() == [[1, 2, 3, 4, 5, 6, 7, 8, 9]]
    assert row.positions.tolist() == [[0, 1, 2, 3, 3, 4, 4, 0, 1]]
    assert (row.ends.tolist(), row.members) == ([3, 5, 6, 8], (0, 1, 2, 3))
    prefix, inner = slice(0, 3), slice(4, 5)
    assert [(span.context, span.own) for span in row.spans] == [
        ((), prefix),
        ((prefix,), slice(3, 4)),
        ((prefix,), inner),
        ((prefix, inner), slice(5, 6)),
        ((prefix, inner), slice(6, 7)),
        ((), slice(7, 9)),
    ]


@given(SEQUENCES.filter(bool))
def test_the_places_up_to_each_end_are_the_sequence(sequences):
    (step,) = plan_steps(sequences, 1000)
    row = pack(sequences, step)
    ids, positions = row.ids[0].tolist(), row.positions[0].tolist()
    assert [span.own.start for span in row.spans[1:]] == [span.own.stop for span in row.spans[:-1]]
    by_end = {span.own.stop - 1: span for span in row.spans}
    for member, end in zip(row.members, row.ends.tolist(), strict=True):
        path = places(by_end[end])
        assert tuple(ids[place] for place in path) == sequences[member]
        assert [positions[place] for place in path] == list(range(len(path)))


@given(SEQUENCES.filter(bool))
def test_a_span_has_only_tokens_that_all_its_sequences_have(sequences):
    (step,) = plan_steps(sequences, 1000)
    row = pack(sequences, step)
    paths = [places(span) for span in row.spans]
    for span in row.spans:
        own = set(range(span.own.start, span.own.stop))
        for path in paths:
            assert own <= set(path) or own.isdisjoint(path)
