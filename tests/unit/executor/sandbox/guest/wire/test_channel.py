"""LineReader splits what arrives into lines, under a cap, and reports a closed channel."""

import os
import socket

import pytest

from services.executor.sandbox.guest.wire.channel import ChannelClosed, LineReader, LineTooLong


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def drained(ours, cap_bytes=1000):
    os.set_blocking(ours.fileno(), False)
    lines = LineReader(ours.fileno(), cap_bytes)
    lines.drain()
    return lines


def test_lines_are_split_and_a_part_waits_for_its_rest(pair):
    ours, theirs = pair
    theirs.sendall(b"one\ntwo\nthr")
    lines = drained(ours)
    assert list(lines.ready) == [b"one", b"two"]
    theirs.sendall(b"ee\n\nfour")
    lines.drain()
    assert list(lines.ready) == [b"one", b"two", b"three", b""]


def test_nothing_there_is_no_error(pair):
    assert not drained(pair[0]).ready


def test_a_line_in_many_pieces(pair):
    ours, theirs = pair
    lines = drained(ours)
    for byte in b"abcdef\n":
        theirs.sendall(bytes([byte]))
        lines.drain()
    assert list(lines.ready) == [b"abcdef"]


@pytest.mark.parametrize("data", [b"x" * 1001, b"a\n" + b"x" * 1001])
def test_a_line_above_the_cap_overflows(pair, data):
    ours, theirs = pair
    theirs.sendall(data)
    with pytest.raises(LineTooLong):
        drained(ours)


def test_a_line_of_the_caps_length_does_not(pair):
    ours, theirs = pair
    theirs.sendall(b"x" * 999 + b"\n")
    assert list(drained(ours).ready) == [b"x" * 999]


def test_lines_written_before_the_end_are_read_first(pair):
    ours, theirs = pair
    theirs.sendall(b"last\nhalf")
    theirs.close()
    lines = drained(ours)
    assert lines.ready.popleft() == b"last"
    with pytest.raises(ChannelClosed):
        lines.drain()


def test_reading_waits_for_whole_lines(pair):
    ours, theirs = pair
    theirs.sendall(b"one\ntwo\n")
    theirs.close()
    lines = LineReader(ours.fileno(), 1000)
    assert [lines.read(), lines.read()] == [b"one", b"two"]
    with pytest.raises(ChannelClosed):
        lines.read()
