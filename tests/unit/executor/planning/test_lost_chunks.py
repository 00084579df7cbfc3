"""A chunk is lost when its worker is gone, or when it is nowhere; a program that kills workers is found by halving."""

from clients.contract import Limits
from services.executor.planning.lost_chunks import (
    THRESHOLD,
    FailureWeight,
    InFlightChunk,
    QueueSnapshot,
    WorkerBeat,
    find_lost,
    plan_retry,
    plan_shared,
)
from services.executor.planning.plan import Chunk, Unit
from services.executor.sandbox import Rules


def in_flight(number, units=(), weight=0):
    chunk = Chunk(0, tuple(Unit(n, 0, "program", "", str(n), Rules(Limits())) for n in units))
    return InFlightChunk(number, f"item{number}", chunk, weight, missing=set(units))


def snapshot(worker_of=None, queued=(), live=(), last_begun=None):
    return QueueSnapshot(worker_of or {}, set(queued), set(live), last_begun or {})


def test_a_chunk_whose_worker_lives_or_that_waits_is_not_lost():
    chunks = [in_flight(1), in_flight(2)]
    for _ in range(3):
        assert find_lost(chunks, snapshot({1: "ann"}, {"item2"}, {"ann"})) == []


def test_a_chunk_whose_worker_is_gone_is_lost_at_once():
    one, two = in_flight(1), in_flight(2)
    redis = snapshot({1: "ann", 2: "bob"}, live={"bob"}, last_begun={"ann": 1})
    assert find_lost([one, two], redis) == [(one, FailureWeight.FULL)]


def test_of_the_chunks_of_a_dead_worker_the_last_weighs_most():
    asleep, running = in_flight(1), in_flight(2)
    redis = snapshot({1: "ann", 2: "ann"}, last_begun={"ann": 2})
    assert find_lost([asleep, running], redis) == [
        (asleep, FailureWeight.SOME),
        (running, FailureWeight.FULL),
    ]
    # the last was another execution's
    assert find_lost([asleep], snapshot({1: "ann"})) == [(asleep, FailureWeight.SOME)]


def test_a_chunk_that_is_nowhere_is_lost_at_the_second_look():
    one = in_flight(1)
    assert find_lost([one], snapshot(live={"ann"})) == []
    assert find_lost([one], snapshot(live={"ann"})) == [(one, FailureWeight.SOME)]


def test_suspicion_ends_when_the_chunk_is_seen_again():
    one = in_flight(1)
    assert find_lost([one], snapshot()) == []
    assert find_lost([one], snapshot(queued={"item1"})) == []
    assert find_lost([one], snapshot()) == []
    assert find_lost([one], snapshot()) == [(one, FailureWeight.SOME)]


def numbers(parts):
    return [[unit.number for unit in chunk.units] for chunk, _ in parts]


def test_what_has_a_result_is_not_sent_again():
    one = in_flight(1, range(4))
    one.missing -= {0, 2}
    assert numbers(plan_retry(one, FailureWeight.FULL)) == [[1, 3]]
    one.missing.clear()
    assert plan_retry(one, FailureWeight.FULL) == []


def test_stopped_workers_add_no_weight():
    one = in_flight(1, [5])
    for _ in range(10):
        ((chunk, weight),) = plan_retry(one, FailureWeight.NONE)
        one = InFlightChunk(1, "item", chunk, weight, missing={5})
    assert weight == 0


def test_a_chunk_lost_twice_is_halved_and_so_are_its_halves():
    first = plan_retry(in_flight(1, range(8)), FailureWeight.FULL)
    assert numbers(first) == [list(range(8))]
    halves = plan_retry(in_flight(1, range(8), first[0][1]), FailureWeight.FULL)
    assert numbers(halves) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert numbers(plan_retry(in_flight(1, range(4), halves[0][1]), FailureWeight.FULL)) == [[0, 1], [2, 3]]


def test_a_candidate_is_given_up_for_what_happened_while_it_was_alone():
    (_, one), (_, other) = plan_retry(in_flight(1, [1, 2], THRESHOLD), FailureWeight.FULL)
    assert one == other == 0  # the other one may be the cause
    ((_, weight),) = plan_retry(in_flight(1, [1], one), FailureWeight.FULL)
    assert plan_retry(in_flight(1, [1], weight), FailureWeight.FULL) == []


def deaths(poison, size):
    """How many workers one bad candidate costs, and which candidates are given up."""
    sent, killed, lost = [(tuple(range(size)), 0)], 0, []
    while sent:
        units, weight = sent.pop()
        if poison in units:
            killed += 1
            one = in_flight(1, units, weight)
            parts = plan_retry(one, FailureWeight.FULL)
            lost += [] if parts else [unit.number for unit in one.missing_units()]
            sent += [(tuple(unit.number for unit in chunk.units), part) for chunk, part in parts]
    return killed, lost


def test_poison_costs_itself_only_and_few_workers():
    for size in (1, 2, 5, 32):
        for poison in range(size):
            killed, lost = deaths(poison, size)
            assert lost == [poison]
            assert killed <= 8


def test_the_last_unit_of_a_chunk_does_not_inherit_what_the_chunk_lost():
    """Two dead workers, of which only the second judged this unit by itself, do not make it unscorable."""
    one = in_flight(1, range(8))
    one.missing = {7}
    ((chunk, weight),) = plan_retry(one, FailureWeight.FULL)
    assert weight == 0
    alone = InFlightChunk(2, "item", chunk, weight, missing={7})
    ((_, weight),) = plan_retry(alone, FailureWeight.FULL)
    assert plan_retry(in_flight(3, [7], weight), FailureWeight.FULL) == []


def test_a_chunk_that_its_living_worker_has_finished_is_lost_if_no_result_arrives():
    """Redis lost the results, and kept that the chunk was taken."""
    one = in_flight(1)

    def with_beat(number, *chunks):
        return QueueSnapshot({1: "ann"}, set(), {"ann"}, {}, {"ann": WorkerBeat(number, chunks)})

    assert find_lost([one], with_beat(7)) == []  # older than the chunk
    assert find_lost([one], with_beat(7)) == []
    assert find_lost([one], with_beat(8, 1)) == []
    for beat in (9, 9, 10, 10):
        assert find_lost([one], with_beat(beat)) == []
    assert find_lost([one], with_beat(11)) == [(one, FailureWeight.SOME)]


def test_units_that_a_worker_gave_back_are_no_loss():
    chunk = in_flight(1, [0, 1, 2, 3], weight=2)
    part, weight = plan_shared(chunk, {2, 3})
    assert ([unit.number for unit in part.units], weight) == ([2, 3], 2)
    assert plan_shared(chunk, {3})[1] == 0, "the losses before were the chunk's"


def test_units_that_have_a_result_or_are_elsewhere_are_not_sent_again():
    chunk = in_flight(1, [0, 1, 2])
    chunk.missing = {0, 2}
    part, _weight = plan_shared(chunk, {1, 2, 9})
    assert [unit.number for unit in part.units] == [2]
    assert plan_shared(chunk, {1, 9}) is None
