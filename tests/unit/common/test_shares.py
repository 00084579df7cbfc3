import pytest

from services.common.shares import has_room


def room(items, *, own=0, others=0, limit=100, runs=2):
    total = own + others
    return has_room(items, own=own, of_caller=total, total=total, limit=limit, share=limit / runs)


@pytest.mark.parametrize(
    ("items", "own", "others", "expected"),
    [
        (1000, 0, 0, True),  # nothing in flight: any number
        (10, 0, 90, True),  # below the limit
        (11, 0, 90, True),  # another run fills the limit, and this one has nothing
        (11, 90, 0, False),
        (30, 20, 90, True),  # up to its share
        (31, 20, 90, False),
        (1, 0, 199, True),
        (1, 0, 200, False),  # a new run for each request does not help for ever
    ],
)
def test_a_run_has_room_up_to_its_share_of_a_limit_that_is_reached(items, own, others, expected):
    assert room(items, own=own, others=others) is expected
