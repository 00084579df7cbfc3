"""Loops that begin one chunk are judged side by side if the rest is given back, and cost nothing more without loops."""

import pytest

from benchmarks.tail_simulation import Group, Way

COSTS = {"chunk": 0.006, "program": 0.002}
LOOP_S, RIGHT_S = 2.0, 0.002


def seconds(way, *chunks):
    return Group(way, 4, [list(chunk) for chunk in chunks], COSTS).run()


def test_loops_of_one_chunk_go_to_other_workers():
    chunks = [[LOOP_S] * 3 + [RIGHT_S], [RIGHT_S] * 4]
    assert seconds(Way(), *chunks) == pytest.approx(3 * LOOP_S, rel=0.01)
    assert seconds(Way(long_s=0.1), *chunks) == pytest.approx(LOOP_S + 2 * 0.1, rel=0.02)
    assert seconds(Way(long_s=0.1, is_cut=True), *chunks) == pytest.approx(LOOP_S + 0.1, rel=0.02)


def test_without_loops_nothing_is_given_back():
    chunks = [[RIGHT_S] * 8] * 4
    assert seconds(Way(long_s=0.1), *chunks) == seconds(Way(), *chunks)
