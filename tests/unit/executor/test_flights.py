"""Which chunks are lost: their worker is gone, or nobody has them."""

from services.executor.flights import Flight, find_lost
from services.executor.plan import Chunk


def flight(number):
    return Flight(number, f"item{number}", Chunk(0, ()))


def test_a_chunk_whose_worker_lives_or_that_waits_is_not_lost():
    flights = [flight(1), flight(2)]
    for _ in range(3):
        assert find_lost(flights, {1: "ann"}, {"item2"}, {"ann"}) == []


def test_a_chunk_whose_worker_is_gone_is_lost_at_once():
    one, two = flight(1), flight(2)
    assert find_lost([one, two], {1: "ann", 2: "bob"}, set(), {"bob"}) == [one]


def test_a_chunk_nobody_has_is_lost_at_the_second_look():
    one = flight(1)
    assert find_lost([one], {}, set(), {"ann"}) == []
    assert find_lost([one], {}, set(), {"ann"}) == [one]


def test_suspicion_ends_when_the_chunk_is_seen_again():
    one = flight(1)
    assert find_lost([one], {}, set(), set()) == []
    assert find_lost([one], {}, {"item1"}, set()) == []
    assert find_lost([one], {}, set(), set()) == []
    assert find_lost([one], {1: "ann"}, set(), {"ann"}) == []
