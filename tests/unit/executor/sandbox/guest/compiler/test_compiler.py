"""CompilerClient and the compiler: what one program does to a compiler does not reach the next program."""

import marshal
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from services.executor.sandbox.guest.compiler import compiler
from services.executor.sandbox.guest.wire.orders import COMPILER

SANDBOX = Path(compiler.__file__).parents[2]
SERVE = """\
import os, socket, sys
from guest.compiler import compiler
channel = socket.socket(fileno=int(sys.argv[1]))
if os.fork():
    channel.close()
    os.wait()
else:
    compiler.serve(channel)
"""
"""Forks a small process, as the session supervisor does. A fork of the tests' own process would compile in memory that is
already there; one that is only started by it has, for the kernel, the peak of its parent."""
HONEST = "def f(x):\n    return x + 1\n"


def finally_in_finally(depth):
    """A program whose code doubles with each level: the last block is compiled 2**depth times."""
    lines = [f"{'  ' * n}try: pass\n{'  ' * n}finally:\n" for n in range(depth)]
    return "".join(lines) + "  " * depth + "x = 1\n"


class FakeSupervisor:
    """Starts compilers, as the session supervisor does, and counts them."""

    def __init__(self):
        self.orders, self._supervisor_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._client_end, compiler_end = compiler.open_channel()
        self.started = []
        self._start(compiler_end)
        self._thread = threading.Thread(target=self._handle_checker)
        self._thread.start()
        self.compiler = compiler.CompilerClient(self._client_end, self.orders)

    def _start(self, compiler_end):
        with compiler_end:
            number = compiler_end.fileno()
            command = [sys.executable, "-S", "-c", SERVE, str(number)]
            self.started.append(subprocess.Popen(command, cwd=SANDBOX, pass_fds=[number]))

    def _handle_checker(self):
        while True:
            message, descriptors, _flags, _address = socket.recv_fds(self._supervisor_end, 1, 2)
            if not message:
                return
            assert message == COMPILER
            self._end()
            os.close(descriptors[1])
            self._start(socket.socket(fileno=descriptors[0]))

    def _end(self):
        self.started[-1].kill()
        self.started[-1].wait()

    def close(self):
        self.orders.shutdown(socket.SHUT_WR)
        self._thread.join()
        self._end()
        for sock in (self.orders, self._supervisor_end, self.compiler._socket):
            sock.close()


@pytest.fixture
def supervisor():
    it = FakeSupervisor()
    yield it
    it.close()


def run(code):
    namespace = {}
    exec(marshal.loads(code), namespace)
    return namespace


def test_one_compiler_serves_program_after_program(supervisor):
    for n in range(100):
        assert run(supervisor.compiler.compile(f"x = {n}"))["x"] == n
    assert len(supervisor.started) == 1


@pytest.mark.parametrize("text", ["def", "x = \x00", "\ud800", "x = 1\n" * 20_000, finally_in_finally(12)])
def test_what_does_not_compile_or_is_too_large_is_left_to_the_candidate(supervisor, text):
    assert supervisor.compiler.compile(text) == b""
    assert run(supervisor.compiler.compile(HONEST))["f"](1) == 2
    assert len(supervisor.started) == 1


def test_a_program_that_compiles_for_long_ends_its_compiler_and_costs_the_next_nothing(supervisor):
    assert supervisor.compiler.compile(finally_in_finally(19)) == b""
    assert run(supervisor.compiler.compile(HONEST))["f"](1) == 2
    assert len(supervisor.started) == 3  # tried twice, then left alone


def test_a_compiler_that_has_grown_is_replaced(supervisor):
    assert supervisor.compiler.compile(finally_in_finally(15)) == b""
    assert run(supervisor.compiler.compile(HONEST))["f"](1) == 2
    assert len(supervisor.started) > 1


def test_an_answer_to_another_request_is_not_used(supervisor):
    stale = supervisor.compiler._socket
    stale.send(b"earlier!" + b"x = 'of a checker that is gone'")
    assert run(supervisor.compiler.compile("x = 'mine'"))["x"] == "mine"
