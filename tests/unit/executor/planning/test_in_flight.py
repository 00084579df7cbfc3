"""A chunk is lost when whoever had it is gone, or nobody has it; what workers die of is found by halving."""

from clients.contract import Limits
from services.executor.planning.in_flight import (
    ENOUGH,
    FailureWeight,
    InFlightChunk,
    QueueSnapshot,
    again,
    find_lost,
)
from services.executor.planning.plan import Chunk, Unit
from services.executor.sandbox import Rules


def flight(number, units=(), blame=0):
    chunk = Chunk(0, tuple(Unit(n, 0, "program", "", str(n), Rules(Limits())) for n in units))
    return InFlightChunk(number, f"item{number}", chunk, blame, missing=set(units))


def seen(taken=None, waiting=(), alive=(), begun=None):
    return QueueSnapshot(taken or {}, set(waiting), set(alive), begun or {})


def test_a_chunk_whose_worker_lives_or_that_waits_is_not_lost():
    flights = [flight(1), flight(2)]
    for _ in range(3):
        assert find_lost(flights, seen({1: "ann"}, {"item2"}, {"ann"})) == []


def test_a_chunk_whose_worker_is_gone_is_lost_at_once():
    one, two = flight(1), flight(2)
    sight = seen({1: "ann", 2: "bob"}, alive={"bob"}, begun={"ann": 1})
    assert find_lost([one, two], sight) == [(one, FailureWeight.FULL)]


def test_of_the_chunks_a_dead_worker_had_the_last_is_blamed_most():
    asleep, in_hand = flight(1), flight(2)
    sight = seen({1: "ann", 2: "ann"}, begun={"ann": 2})
    assert find_lost([asleep, in_hand], sight) == [
        (asleep, FailureWeight.SOME),
        (in_hand, FailureWeight.FULL),
    ]
    assert find_lost([asleep], seen({1: "ann"})) == [
        (asleep, FailureWeight.SOME)
    ]  # the last was another execution's


def test_a_chunk_nobody_has_is_lost_at_the_second_look():
    one = flight(1)
    assert find_lost([one], seen(alive={"ann"})) == []
    assert find_lost([one], seen(alive={"ann"})) == [(one, FailureWeight.SOME)]


def test_suspicion_ends_when_the_chunk_is_seen_again():
    one = flight(1)
    assert find_lost([one], seen()) == []
    assert find_lost([one], seen(waiting={"item1"})) == []
    assert find_lost([one], seen()) == []
    assert find_lost([one], seen()) == [(one, FailureWeight.SOME)]


def numbers(parts):
    return [[unit.number for unit in chunk.units] for chunk, _ in parts]


def test_what_is_answered_does_not_go_out_again():
    one = flight(1, range(4))
    one.missing -= {0, 2}
    assert numbers(again(one, FailureWeight.FULL)) == [[1, 3]]
    one.missing.clear()
    assert again(one, FailureWeight.FULL) == []


def test_stopped_workers_are_held_against_nobody():
    one = flight(1, [5])
    for _ in range(10):
        ((chunk, blame),) = again(one, FailureWeight.NONE)
        one = InFlightChunk(1, "item", chunk, blame, missing={5})
    assert blame == 0


def test_a_chunk_lost_twice_is_halved_and_so_are_its_halves():
    first = again(flight(1, range(8)), FailureWeight.FULL)
    assert numbers(first) == [list(range(8))]
    halves = again(flight(1, range(8), first[0][1]), FailureWeight.FULL)
    assert numbers(halves) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert numbers(again(flight(1, range(4), halves[0][1]), FailureWeight.FULL)) == [[0, 1], [2, 3]]


def test_a_candidate_is_given_up_for_what_happened_while_it_was_alone():
    (_, one), (_, other) = again(flight(1, [1, 2], ENOUGH), FailureWeight.FULL)
    assert one == other == 0  # the other one may be to blame
    ((_, blame),) = again(flight(1, [1], one), FailureWeight.FULL)
    assert again(flight(1, [1], blame), FailureWeight.FULL) == []


def deaths(poison, size):
    """How many workers one bad candidate costs, and which candidates are given up."""
    sent, killed, lost = [(tuple(range(size)), 0)], 0, []
    while sent:
        units, blame = sent.pop()
        if poison in units:
            killed += 1
            one = flight(1, units, blame)
            parts = again(one, FailureWeight.FULL)
            lost += [] if parts else [unit.number for unit in one.rest()]
            sent += [(tuple(unit.number for unit in chunk.units), part) for chunk, part in parts]
    return killed, lost


def test_poison_costs_itself_only_and_few_workers():
    for size in (1, 2, 5, 32):
        for poison in range(size):
            killed, lost = deaths(poison, size)
            assert lost == [poison]
            assert killed <= 8
