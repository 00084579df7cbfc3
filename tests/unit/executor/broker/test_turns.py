"""Turns of callers and runs, with a real Redis."""

from collections import Counter
from functools import partial

import pytest
from redis import Redis
from rq.serializers import JSONSerializer

from clients.contract import Priority
from services.executor.broker import redis_keys, turns
from services.executor.broker.queue import Item, QueuePlace, WorkQueue, item_id
from services.executor.planning.flows import Flow
from tests.support.enqueueing import enqueue

NAME = redis_keys.queue("base", Priority.BULK)


@pytest.fixture
def redis(redis_server):
    with Redis.from_url(redis_server.url) as client:
        yield client


@pytest.fixture
def queue(redis):
    return WorkQueue(redis, ["base"])


@pytest.fixture
def put(redis_server):
    return partial(put_items, redis_server.url)


def put_items(url, caller, run, count, *, units=1, at_front=False, priority=Priority.BULK):
    """Enqueues ``count`` items of a flow; returns their ids."""
    execution = f"{caller}-{run}{'-front' if at_front else ''}".replace(" ", "_")
    items = [Item(item_id(execution, n, units), {"units": []}, at_front=at_front) for n in range(count)]
    place = QueuePlace("base", priority, Flow(caller, run))
    enqueue(url, place, items)
    return [item.id for item in items]


def take(redis, count=1, *, names=(NAME,)):
    """Takes items as workers do; returns their ids."""
    keys = [f"rq:queue:{name}" for name in names]
    taken = []
    for _ in range(count):
        result = turns.FairQueue.take(keys, None, redis)
        if result is None:
            break
        taken.append(result[1].decode())
    return taken


def counted(redis, priority=Priority.BULK):
    """Returns how many units of each flow wait, by the count that is kept."""
    with redis.pipeline() as pipe:
        turns.read_units(pipe, redis_keys.queue("base", priority))
        return turns.parse_units(*pipe.execute())


def flow_of(item):
    return item.rpartition("_")[0].rpartition("_")[0]


def test_a_flow_alone_is_first_in_first_out(redis, put):
    items = put("a", "x", 5)
    assert take(redis, 6) == items
    assert list(redis.scan_iter("*turns*")) == []


def test_callers_take_turns_however_much_each_has(redis, put):
    put("bulk", "", 200)
    put("small", "", 10)
    taken = [flow_of(item) for item in take(redis, 21)]
    assert taken.count("small-") == 10
    assert "small-" in taken[:2]


def test_runs_of_one_caller_take_turns_within_its_share(redis, put):
    for run in "xyz":
        put("a", run, 100)
    put("b", "", 100)
    counts = Counter(flow_of(item) for item in take(redis, 60))
    assert counts == {"a-x": 10, "a-y": 10, "a-z": 10, "b-": 30}


def test_a_share_is_worker_time_and_not_candidates(redis, put):
    fair = turns.FairQueue(NAME, connection=redis, serializer=JSONSerializer)
    fair.note_price(str(Flow("slow", "")), 8, 8 * 0.3)
    fair.note_price(str(Flow("fast", "")), 8, 8 * 0.1)
    assert turns.FairQueue.dequeue_any([fair], None, redis, serializer=JSONSerializer) is None
    put("slow", "", 100, units=8)
    put("fast", "", 100, units=8)
    counts = Counter(flow_of(item) for item in take(redis, 40))
    assert counts == {"slow-": 10, "fast-": 30}


def test_big_chunks_cost_more_turns_than_small_ones(redis, put):
    put("big", "", 100, units=30)
    put("little", "", 100, units=10)
    assert Counter(flow_of(item) for item in take(redis, 40)) == {"big-": 10, "little-": 30}


def test_a_flow_has_no_credit_for_the_time_it_was_away(redis, put):
    put("a", "", 100)
    take(redis, 50)
    put("b", "", 100)
    counts = Counter(flow_of(item) for item in take(redis, 20))
    assert counts == {"a-": 10, "b-": 10}


def test_chunks_of_lost_workers_go_before_all_others_and_interactive_before_bulk(redis, put):
    interactive = redis_keys.queue("base", Priority.INTERACTIVE)
    put("a", "", 3)
    (front,) = put("b", "", 1, at_front=True)
    (small,) = put("c", "", 1, priority=Priority.INTERACTIVE)
    assert take(redis, 2, names=(interactive, NAME)) == [small, front]


def take_beside_singles(redis, put, count, *, in_progress=8):
    """Takes items while one flow keeps so many requests of one candidate waiting; returns whose they were."""
    interactive = redis_keys.queue("base", Priority.INTERACTIVE)
    taken = []
    for n in range(count):
        if redis.llen(f"rq:queue:{interactive}") < in_progress:
            put("singles", str(n), in_progress, priority=Priority.INTERACTIVE)
        (item,) = take(redis, names=(interactive, NAME))
        taken.append(flow_of(item).partition("-")[0])
    return taken


def test_small_requests_without_end_leave_half_of_the_workers_to_bulk_work(redis, put, monkeypatch):
    monkeypatch.setattr(turns, "MOST_LEAD_S", 20 * turns.FIRST_PRICE_S)
    put("bulk", "", 20, units=8)
    put("other", "", 20, units=8)
    taken = take_beside_singles(redis, put, 200)
    assert taken[:20] == ["singles"] * 20
    counts = Counter(taken[20:])
    assert counts["bulk"] == counts["other"]
    bulk = 8 * (counts["bulk"] + counts["other"])
    assert abs(bulk - counts["singles"]) <= 8, "equal worker time"


def test_a_small_request_now_and_then_waits_for_no_bulk_chunk(redis, put, monkeypatch):
    """Bulk work that was judged since takes the lead back."""
    monkeypatch.setattr(turns, "MOST_LEAD_S", 20 * turns.FIRST_PRICE_S)  # what two requests would reach
    interactive = redis_keys.queue("base", Priority.INTERACTIVE)
    put("bulk", "", 40, units=8)
    for n in range(10):
        (item,) = put("person", str(n), 1, units=16, priority=Priority.INTERACTIVE)
        assert take(redis, names=(interactive, NAME)) == [item]
        take(redis, 2, names=(interactive, NAME))
    assert redis.get(redis_keys.LEAD) is None


def test_small_requests_alone_build_up_no_lead(redis, put):
    put_and_taken = take_beside_singles(redis, put, 50)
    assert put_and_taken == ["singles"] * 50
    assert redis.get(redis_keys.LEAD) is None


def test_the_lead_is_forgotten(redis, put):
    put("bulk", "", 1)
    take_beside_singles(redis, put, 3)
    assert 0 < redis.ttl(redis_keys.LEAD) <= turns.PRICE_TTL_S


def test_cancelled_items_are_taken_by_no_worker_and_cost_no_turn(redis, queue, put):
    items = put("a", "x", 1000)
    put("a", "y", 4)
    queue.remove(QueuePlace("base", Priority.BULK, Flow("a", "x")), items[:998])
    assert queue.count_by_flow("base") == {Flow("a", "x"): 2, Flow("a", "y"): 4}
    assert sorted(flow_of(item) for item in take(redis, 10)) == ["a-x"] * 2 + ["a-y"] * 4
    assert redis.llen(f"rq:queue:{NAME}") == 0


def test_an_item_that_another_process_took_out_of_the_list_is_passed_over(redis, put):
    first, second = put("a", "", 2)
    redis.lrem(f"rq:queue:{NAME}", 1, first)
    assert take(redis, 2) == [second]


def test_items_without_a_turn_are_taken_in_their_order(redis, put):
    """An API process of an older version registers no turns, and Redis may have lost them."""
    items = put("a", "", 2) + put("b", "", 2)
    redis.delete(*redis.scan_iter("*turns*"))
    assert take(redis, 5) == items


def test_an_item_that_an_idle_worker_waits_for_leaves_no_turn_behind(redis, queue, put):
    """BLPOP of RQ has taken the item: the script had found the queues empty."""
    (item,) = put("a b", "x", 1)
    redis.lpop(f"rq:queue:{NAME}")
    turns.fetch(redis, f"rq:queue:{NAME}", item)
    assert list(redis.scan_iter("*turns*")) == []
    assert queue.count_by_flow("base") == {}


def test_turns_of_items_that_died_with_a_worker_are_dropped_when_nothing_waits(redis, put):
    put("a", "x", 2)
    put("b", "", 1)
    redis.delete(f"rq:queue:{NAME}")
    assert take(redis) == []
    assert list(redis.scan_iter("*turns*")) == []


def test_the_count_of_waiting_units_is_what_waits_whatever_becomes_of_the_items(redis, queue, put):
    a, b = Flow("a b", "x"), Flow("b", "")
    first, second, third, *_ = put("a b", "x", 5, units=8)
    put("b", "", 2, units=3)
    put("front", "", 1, units=7, at_front=True)
    assert counted(redis) == {a: 40, b: 6}  # chunks of lost workers are not counted
    queue.remove(QueuePlace("base", Priority.BULK, a), [second, second, "unknown_0_9"])
    assert counted(redis) == queue.count_by_flow("base") == {a: 32, b: 6}
    redis.lrem(f"rq:queue:{NAME}", 1, first)  # an idle worker's BLPOP took it
    turns.fetch(redis, f"rq:queue:{NAME}", first)
    assert counted(redis) == queue.count_by_flow("base") == {a: 24, b: 6}
    redis.lrem(f"rq:queue:{NAME}", 1, third)  # another process took it, and nothing else
    for _ in range(5):
        take(redis)
        assert counted(redis) == queue.count_by_flow("base")
    assert counted(redis) == {}
    queue.remove(QueuePlace("base", Priority.BULK, a), [first, second])  # none of them waits
    take(redis)
    assert list(redis.scan_iter("*turns*")) == []


def test_a_wrong_count_lasts_until_its_flow_does_not_wait(redis, put):
    """Processes of another state of the code may not keep it."""
    flow = Flow("a", "")
    for wrong in (1_000, -1_000):
        put("a", "", 2)
        redis.hincrby(f"{redis_keys.turns(NAME)}:units", str(flow), wrong)
        put("b", "", 4)
        take(redis, 4)
        assert counted(redis) == {Flow("b", ""): 2}
        take(redis, 3)


def test_what_each_caller_has_waiting_is_measured(redis, queue, put):
    put("a", "x", 3, units=8)
    put("a", "y", 1, units=2)
    put("b", "", 1)
    assert queue.depth_of_callers() == {"a": 26.0, "b": 1.0}
    assert queue.runs_of_callers() == {"a": 2.0, "b": 1.0}
    assert set(queue.ages_of_callers_s()) == {"a", "b"}


def test_rq_reads_an_item_that_was_taken_in_turn(redis, put):
    put("bulk", "", 3)
    put("small", "", 1)
    queues = [turns.FairQueue(NAME, connection=redis, serializer=JSONSerializer)] * 2
    ids = [
        turns.FairQueue.dequeue_any(queues, None, connection=redis, serializer=JSONSerializer)[0].id
        for _ in range(2)
    ]
    assert "small-_0_1" in ids
