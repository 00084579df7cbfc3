"""Chooses the smallest set of tests that catches every wrong program that all tests together catch. Pure."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet


def smallest_cover(caught_T: Sequence[AbstractSet[int]], always: Sequence[int] = ()) -> list[int]:
    """Return positions of tests, ascending: those of ``always``, and others that catch what these do not.

    ``caught_T`` has, per test, the wrong programs that fail it. Greedy: the test that catches most comes next, of
    equals the earlier one. The greedy cover is at most ln(programs) + 1 times as large as the smallest.
    """
    chosen = list(always)
    left = set[int]().union(*caught_T) if caught_T else set[int]()
    for test in chosen:
        left -= caught_T[test]
    while left:
        best = max(range(len(caught_T)), key=lambda test: (len(caught_T[test] & left), -test))
        chosen.append(best)
        left -= caught_T[best]
    return sorted(set(chosen))
