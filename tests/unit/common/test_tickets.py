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
