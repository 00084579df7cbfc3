import gc
from dataclasses import dataclass

from clients.contract import Candidate, ExecutionRequest, Priority, Suite
from services.executor.planning.flows import Flow
from services.executor.planning.priorities import MOST_INTERACTIVE, SMALL_REQUEST, Priorities

FLOW = Flow("a")
SUITE = Suite(id="s", asserts=["assert f()"])


@dataclass(eq=False)
class Running:
    total: int
    flow: Flow = FLOW
    is_done: bool = False


def request(size, priority=None):
    return ExecutionRequest(
        suites=[SUITE], candidates=[Candidate(suite="s", program="")] * size, priority=priority
    )


def chosen(priorities, size, flow=FLOW, priority=None):
    return priorities.choose(request(size, priority), flow)


def test_small_requests_are_interactive_and_others_bulk_unless_they_name_a_priority():
    priorities = Priorities()
    assert chosen(priorities, SMALL_REQUEST) is Priority.INTERACTIVE
    assert chosen(priorities, SMALL_REQUEST + 1) is Priority.BULK
    assert chosen(priorities, 1, priority="bulk") is Priority.BULK
    assert chosen(priorities, 999, priority="interactive") is Priority.INTERACTIVE


def test_a_run_that_sends_its_candidates_one_by_one_is_bulk_after_the_first():
    priorities = Priorities()
    running = [Running(1) for _ in range(MOST_INTERACTIVE)]
    for each in running:
        assert chosen(priorities, 1) is Priority.INTERACTIVE
        priorities.add(each)
    assert chosen(priorities, 1) is Priority.BULK
    assert chosen(priorities, 1, Flow("a", "evaluation")) is Priority.INTERACTIVE
    assert chosen(priorities, 1, priority="interactive") is Priority.INTERACTIVE
    running[0].is_done = True
    assert chosen(priorities, 1) is Priority.INTERACTIVE


def test_a_bulk_request_does_not_make_the_small_ones_of_its_run_bulk():
    priorities = Priorities()
    bulk = Running(5000)
    priorities.add(bulk)
    assert chosen(priorities, 1) is Priority.INTERACTIVE


def test_requests_that_were_dropped_are_not_counted():
    priorities = Priorities()
    for _ in range(MOST_INTERACTIVE):
        priorities.add(Running(1))
    gc.collect()
    assert chosen(priorities, 1) is Priority.INTERACTIVE
    priorities.add(Running(999))
    assert priorities._small == {}
