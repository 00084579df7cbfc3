import pytest

from services.executor.planning.flows import Flow, count_before, may_queue


@pytest.mark.parametrize("flow", [Flow("a"), Flow("a", "x/1"), Flow("two words", "x"), Flow(" ", "")])
def test_a_flow_is_read_as_it_was_written(flow):
    assert Flow.parse(str(flow)) == flow


def test_an_empty_queue_takes_a_request_of_any_size():
    assert may_queue({}, Flow("a"), 10**6, 10)


def test_a_bulk_run_that_fills_the_queue_keeps_out_itself_and_no_other():
    waiting = {Flow("trainer", "bulk"): 100}
    assert not may_queue(waiting, Flow("trainer", "bulk"), 1, 100)
    assert may_queue(waiting, Flow("trainer", "evaluation"), 60, 100)
    assert may_queue(waiting, Flow("other"), 60, 100)


def test_a_caller_fills_no_more_than_its_share_of_a_full_queue_by_naming_runs():
    waiting = {Flow("trainer", f"run-{n}"): 50 for n in range(4)} | {Flow("other"): 30}
    assert not may_queue(waiting, Flow("trainer", "run-9"), 1, 100)
    assert may_queue(waiting, Flow("other"), 20, 100)
    assert not may_queue(waiting, Flow("other"), 21, 100)


@pytest.mark.parametrize(
    ("waiting", "units", "count"),
    [
        ({}, 100, 0),
        ({Flow("own"): 64_000}, 100, 64_000),  # in the order of arrival
        ({Flow("other"): 64_000}, 100, 100),  # the two callers take turns
        ({Flow("other"): 30}, 100, 30),
        ({Flow("other"): 64_000, Flow("third", "x"): 64_000}, 100, 200),
        (
            {Flow("other", "x"): 64_000, Flow("other", "y"): 64_000},
            100,
            100,
        ),  # runs share their caller's turns
        ({Flow("own", "x"): 64_000, Flow("own", "y"): 20}, 100, 120),
        ({Flow("own", "x"): 64_000, Flow("other"): 64_000}, 100, 300),
        ({Flow("own"): 400, Flow("own", "x"): 64_000, Flow("other"): 64_000}, 100, 1_900),
    ],
)
def test_what_is_judged_before_a_request_is_what_its_turns_let_through(waiting, units, count):
    assert count_before(waiting, Flow("own"), units) == count
