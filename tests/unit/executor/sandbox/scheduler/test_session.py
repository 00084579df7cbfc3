"""The worker's side of a session, over sockets that the test holds."""

import signal
import socket
import time

import pytest

from services.executor.sandbox.guest.wire.orders import ANSWER
from services.executor.sandbox.scheduler.session import Session
from services.executor.sandbox.scheduler.stuck import reason_if_stuck

CPU_S, WALL_S = 1.0, 10.0


@pytest.fixture
def sockets():
    pairs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET), socket.socketpair()
    yield pairs
    for end in (*pairs[0], *pairs[1]):
        end.close()


@pytest.fixture
def session(sockets):
    (control, _), (channel, _) = sockets
    return Session(control, channel, 0, None)


def is_stuck(session, now_s):
    return bool(reason_if_stuck(session, now_s, 0.0, CPU_S, WALL_S))


def test_time_for_which_the_worker_was_stopped_makes_no_test_stuck(session):
    stopped_s = 3600.0
    woken_s = time.monotonic() + stopped_s
    assert is_stuck(session, woken_s)
    session.pass_over(stopped_s, woken_s)
    assert not is_stuck(session, woken_s)
    assert is_stuck(session, woken_s + 2 * WALL_S + 1)


@pytest.mark.parametrize(
    ("status", "from_outside"), [(-1, False), (0, False), (signal.SIGSEGV, False), (signal.SIGKILL, True)]
)
def test_a_checker_that_was_killed_is_told_from_one_that_ended_itself(session, sockets, status, from_outside):
    (_, supervisor), _ = sockets
    supervisor.send(ANSWER.pack(status))
    assert session.was_ended_from_outside() is from_outside


def test_a_supervisor_that_is_gone_was_ended_from_outside(session, sockets):
    (_, supervisor), _ = sockets
    supervisor.close()
    assert session.was_ended_from_outside()
