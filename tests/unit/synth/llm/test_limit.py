"""The limit of an endpoint doubles, then grows slowly, halves on congestion and starts again after an outage."""

from services.synth.llm.limit import START, AdaptiveLimit


def after_rounds(limit, rounds):
    for _ in range(rounds):
        limit.succeeded(limit.value)
    return limit.value


def test_it_doubles_each_round_up_to_the_maximum():
    limit = AdaptiveLimit(32)
    assert limit.value == START
    assert [after_rounds(limit, 1) for _ in range(4)] == [8, 16, 32, 32]


def test_a_maximum_below_the_start_holds():
    assert AdaptiveLimit(2).value == 2


def test_it_starts_where_the_options_say():
    assert AdaptiveLimit(64, start=64).value == 64
    assert AdaptiveLimit(8, start=64).value == 8


def test_congestion_halves_it_once_for_requests_in_flight_together():
    limit = AdaptiveLimit(32)
    after_rounds(limit, 3)
    assert limit.congested(sent_at=1.0, now=2.0)
    assert not limit.congested(sent_at=1.5, now=2.1)
    assert limit.value == 16
    assert limit.congested(sent_at=3.0, now=4.0)
    assert limit.value == 8


def test_after_congestion_it_grows_by_about_one_a_round():
    limit = AdaptiveLimit(32)
    after_rounds(limit, 3)
    limit.congested(sent_at=1.0, now=2.0)
    for _ in range(16):
        limit.succeeded(1)
    assert 16 <= limit.value <= 17


def test_it_never_falls_below_one():
    limit = AdaptiveLimit(4)
    for number in range(10):
        limit.congested(sent_at=2.0 * number + 1, now=2.0 * number + 2)
    assert limit.value == 1


def test_after_an_outage_it_starts_from_one_and_doubles_to_half_of_before():
    limit = AdaptiveLimit(64)
    after_rounds(limit, 4)
    limit.failed()
    assert limit.value == 1
    assert [after_rounds(limit, 1) for _ in range(5)] == [2, 4, 8, 16, 32]
    assert after_rounds(limit, 1) == 33
