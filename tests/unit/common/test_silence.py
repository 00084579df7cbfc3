"""Blanks fill an answer that waits. Its readers wait for blanks instead of for a time, so load changes nothing."""

import asyncio
import json

import pytest

from services.common.disconnects import ClientGoneError
from services.common.silence import BLANK, FilledStream, answer_when_ready

SHORT_S = 0.005
LONG_S = 3600.0


class Exchange:
    """One ASGI call of a response."""

    def __init__(self):
        self.messages = []
        self.hung_up = asyncio.Event()
        self.sent = asyncio.Event()

    async def call(self, response):
        scope = {"type": "http", "asgi": {"spec_version": "2.3"}}
        await response(scope, self.receive, self.send)

    async def receive(self):
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.messages.append(message)
        self.sent.set()

    async def blanks(self, number):
        while self.bodies.count(BLANK) < number:
            self.sent.clear()
            await self.sent.wait()

    @property
    def bodies(self):
        return [message["body"] for message in self.messages if message["type"] == "http.response.body"]

    @property
    def is_ended(self):
        return self.messages[-1].get("more_body") is False


def run(test):
    return asyncio.run(asyncio.wait_for(test, 30))


def test_a_stream_gets_blanks_between_its_lines_and_none_after_the_last():
    async def test():
        exchange = Exchange()

        async def lines():
            await exchange.blanks(2)
            yield b'{"index": 0}\n'
            yield b'{"index": 1}\n'
            await exchange.blanks(4)
            yield b'{"id": "e"}\n'

        await exchange.call(FilledStream(lines(), max_silence_s=SHORT_S, media_type="application/x-ndjson"))
        await asyncio.sleep(4 * SHORT_S)
        assert exchange.is_ended
        body = b"".join(exchange.bodies)
        assert [json.loads(line) for line in body.splitlines()] == [{"index": 0}, {"index": 1}, {"id": "e"}]
        assert body.endswith(b'{"id": "e"}\n')
        assert (b"x-accel-buffering", b"no") in exchange.messages[0]["headers"]

    run(test())


def test_a_stream_that_is_not_silent_has_no_blank():
    async def test():
        exchange = Exchange()

        async def lines():
            for index in range(3):
                await asyncio.sleep(SHORT_S)
                yield b"%d\n" % index

        await exchange.call(FilledStream(lines(), max_silence_s=LONG_S, media_type="application/x-ndjson"))
        assert b"".join(exchange.bodies) == b"0\n1\n2\n"

    run(test())


def test_no_blank_is_sent_while_a_slow_client_holds_up_a_line():
    async def test():
        exchange = Exchange()
        overlaps, sending = [], False

        async def send(message):
            nonlocal sending
            overlaps.append(sending)
            sending = True
            await asyncio.sleep(4 * SHORT_S)
            sending = False
            await Exchange.send(exchange, message)

        async def lines():
            yield b"1\n"
            await exchange.blanks(1)

        exchange.send = send
        await exchange.call(FilledStream(lines(), max_silence_s=SHORT_S, media_type="application/x-ndjson"))
        assert not any(overlaps)

    run(test())


def test_an_answer_that_is_ready_in_time_has_its_length_and_no_blank():
    async def test():
        async def work():
            return b"[1]"

        response = await answer_when_ready(work(), max_silence_s=LONG_S)
        assert (response.body, response.headers["content-length"]) == (b"[1]", "3")

    run(test())


def test_an_answer_that_waits_begins_with_blanks_and_is_the_same_json():
    async def test():
        exchange = Exchange()

        async def work():
            await exchange.blanks(3)
            return b"[1]"

        await exchange.call(await answer_when_ready(work(), max_silence_s=SHORT_S))
        assert exchange.messages[0]["status"] == 200
        body = b"".join(exchange.bodies)
        assert body.startswith(BLANK * 3)
        assert json.loads(body) == [1]

    run(test())


def test_a_request_that_may_still_be_refused_waits_for_its_status():
    async def test():
        waits, refused = [], asyncio.Event()

        def is_accepted():
            waits.append(False)
            if len(waits) == 3:
                refused.set()
            return False

        async def work():
            await refused.wait()
            raise ValueError("refused")

        with pytest.raises(ValueError, match="refused"):
            await answer_when_ready(work(), max_silence_s=SHORT_S, is_accepted=is_accepted)

    run(test())


def test_work_that_fails_after_the_first_blank_breaks_the_answer():
    """It has no end, so no client reads it as a whole one."""

    async def test():
        exchange = Exchange()

        async def work():
            await exchange.blanks(1)
            raise ValueError("a bug")

        response = await answer_when_ready(work(), max_silence_s=SHORT_S)
        with pytest.raises(ValueError, match="a bug"):
            await exchange.call(response)
        assert not exchange.is_ended

    run(test())


@pytest.mark.parametrize("notices_itself", [False, True])
def test_the_work_ends_with_its_client(notices_itself):
    async def test():
        exchange = Exchange()
        ended = []

        async def work():
            try:
                if notices_itself:
                    await exchange.hung_up.wait()
                    raise ClientGoneError
                await asyncio.Event().wait()
            finally:
                ended.append(True)

        response = await answer_when_ready(work(), max_silence_s=SHORT_S)
        call = asyncio.create_task(exchange.call(response))
        await exchange.blanks(1)
        exchange.hung_up.set()
        await call
        assert ended == [True]

    run(test())


def test_the_work_ends_with_a_handler_that_is_cancelled():
    async def test():
        begun, ended = asyncio.Event(), []

        async def work():
            try:
                begun.set()
                await asyncio.Event().wait()
            finally:
                ended.append(True)

        handler = asyncio.create_task(answer_when_ready(work(), max_silence_s=LONG_S))
        await begun.wait()
        handler.cancel()
        with pytest.raises(asyncio.CancelledError):
            await handler
        assert ended == [True]

    run(test())
