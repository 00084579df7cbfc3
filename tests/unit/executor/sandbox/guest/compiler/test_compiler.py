"""The compiler and the checker's end of it: what one program does to a compiler does not reach the next."""

import marshal
import os
import socket
import threading

import pytest

from services.executor.sandbox.guest.compiler import compiler
from services.executor.sandbox.guest.wire.orders import COMPILER

HONEST = "def f(x):\n    return x + 1\n"


def finally_in_finally(depth):
    """A program whose code doubles with each level: the last block is compiled 2**depth times."""
    lines = [f"{'  ' * n}try: pass\n{'  ' * n}finally:\n" for n in range(depth)]
    return "".join(lines) + "  " * depth + "x = 1\n"


class Warden:
    """Starts compilers, as the real one does, and counts them."""

    def __init__(self):
        self.orders, self._heard = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._asks, answers = compiler.channel()
        self.started = []
        self._start(answers)
        self._thread = threading.Thread(target=self._obey)
        self._thread.start()
        self.compiler = compiler.Compiler(self._asks, self.orders)

    def _start(self, answers):
        pid = os.fork()
        if pid == 0:
            try:
                self.orders.close()
                self._asks.close()
                compiler.serve(answers)
            finally:
                os._exit(0)
        answers.close()
        self.started.append(pid)

    def _obey(self):
        while True:
            message, descriptors, _flags, _address = socket.recv_fds(self._heard, 1, 2)
            if not message:
                return
            assert message == COMPILER
            self._end()
            os.close(descriptors[1])
            self._start(socket.socket(fileno=descriptors[0]))

    def _end(self):
        os.kill(self.started[-1], 9)
        os.waitpid(self.started[-1], 0)

    def close(self):
        self.orders.shutdown(socket.SHUT_WR)
        self._thread.join()
        self._end()
        for sock in (self.orders, self._heard, self.compiler._asks):
            sock.close()


@pytest.fixture
def warden():
    it = Warden()
    yield it
    it.close()


def run(code):
    namespace = {}
    exec(marshal.loads(code), namespace)
    return namespace


def test_one_compiler_serves_program_after_program(warden):
    for n in range(100):
        assert run(warden.compiler.code(f"x = {n}"))["x"] == n
    assert len(warden.started) == 1


@pytest.mark.parametrize("text", ["def", "x = \x00", "\ud800", "x = 1\n" * 20_000, finally_in_finally(12)])
def test_what_does_not_compile_or_is_too_large_is_left_to_the_candidate(warden, text):
    assert warden.compiler.code(text) == b""
    assert run(warden.compiler.code(HONEST))["f"](1) == 2
    assert len(warden.started) == 1


def test_a_program_that_compiles_for_long_ends_its_compiler_and_costs_the_next_nothing(warden):
    assert warden.compiler.code(finally_in_finally(19)) == b""
    assert run(warden.compiler.code(HONEST))["f"](1) == 2
    assert len(warden.started) == 3  # tried twice, then left alone


def test_a_compiler_that_has_grown_is_replaced(warden):
    assert warden.compiler.code(finally_in_finally(15)) == b""
    assert run(warden.compiler.code(HONEST))["f"](1) == 2
    assert len(warden.started) > 1


def test_an_answer_to_another_question_is_no_answer(warden):
    stale = warden.compiler._asks
    stale.send(b"earlier!" + b"x = 'of a checker that is gone'")
    assert run(warden.compiler.code("x = 'mine'"))["x"] == "mine"
