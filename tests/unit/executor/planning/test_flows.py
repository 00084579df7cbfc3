import pytest

from services.executor.planning.flows import Flow, may_queue


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
