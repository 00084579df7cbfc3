import pytest

from services.common.problem_error import ProblemError
from services.common.tickets import Caller, Ticket


def test_items_in_flight_are_counted_and_given_back_once():
    caller = Caller("alice")
    first, second = Ticket(caller), Ticket(caller)
    first.count_items(1000, 10, "candidates")  # nothing in flight: any number
    with pytest.raises(ProblemError, match="1000 candidates of key 'alice' are in flight and 1 more"):
        second.count_items(1, 10, "candidates")
    second.close()
    assert (caller.requests, caller.items) == (1, 1000)
    first.keep_items()
    first.close()
    assert (caller.requests, caller.items) == (0, 1000)
    first.release_items()
    first.release_items()
    assert (caller.requests, caller.items) == (0, 0)


def test_a_run_without_items_has_room_beside_one_that_fills_the_limit():
    caller = Caller("alice")
    bulk, evaluation = Ticket(caller), Ticket(caller)
    bulk.count_items(10, 10, "candidates", run="bulk")
    evaluation.count_items(8, 10, "candidates", run="evaluation")
    with pytest.raises(ProblemError, match="18 candidates of key 'alice' are in flight"):
        Ticket(caller).count_items(1, 10, "candidates", run="bulk")
    bulk.close()
    evaluation.close()
    assert caller.items == 0
    assert not caller.items_of_run


def test_a_named_run_may_have_a_limit_of_its_own():
    caller = Caller("alice")
    first, second = Ticket(caller), Ticket(caller)
    first.count_items(8, 100, "candidates", run="bulk", run_limit=10)
    with pytest.raises(
        ProblemError, match="8 candidates of run 'bulk' are in flight and 3 more would be above 10"
    ):
        second.count_items(3, 100, "candidates", run="bulk", run_limit=10)
    second.count_items(30, 100, "candidates", run_limit=10)  # the requests that name no run
    assert caller.items == 38
