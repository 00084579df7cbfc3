"""Replays recorded replies of real models over the OpenAI API, with faults that can be switched on.

    python -m tests.support.replay_llm --port 8093 --personality vllm --delay-s 0.2

A server of its own on asyncio streams, because no framework lets a handler close the connection in the middle of a
reply. Only ``/chat/completions`` without streaming, and ``/models``. ``POST /faults`` with the fields of ``Faults``
replaces the faults while it runs; ``GET /counts`` says what was requested.

The faults are written by hand: they are of the network and of servers, and no recording shows them. All texts of
models are recorded.
"""

import argparse
import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.replay.personalities import HttpAnswer, LlamaCpp, Vllm
from tests.support.replay.recordings import RecordedReply, Recordings, load

PROBE = RecordedReply("probe", "", 0, "ok", "length", 10, 1, has_schema=False)
"""Reply to a request for one token: the pool sends it to see whether an endpoint answers."""


@dataclass(slots=True)
class Faults:
    """What goes wrong. All off by default."""

    delay_s: float = 0.0
    """Seconds before each reply."""
    retry_after: str = ""
    """Header of 429 and 503."""
    most_in_flight: int = 0
    """Requests in flight above which the server answers 429; 0: no limit."""
    no_schema: bool = False
    """Whether ``response_format`` is refused with 400."""
    is_down: bool = False
    """Whether connections are closed without an answer."""
    script: list[str] = field(default_factory=list)
    """Faults of the next requests, one each: a status (``429``), ``close`` (no answer), ``cut`` (half a reply),
    ``html`` (200 that is no JSON), ``no_choices``, ``hang`` (no answer for a minute), or ``ok``."""
    every: int = 0
    """If above 0, each request whose number is divisible by it meets ``fault``."""
    fault: str = "500"


class ReplayServer:
    """The server. Its attributes may be changed while it runs."""

    def __init__(self, recordings: Recordings, personality: LlamaCpp | Vllm, faults: Faults) -> None:
        self.recordings, self.personality, self.faults = recordings, personality, faults
        self.requests: list[dict[str, Any]] = []
        """Bodies of the chat completions that were requested, probes included."""
        self.counts: Counter[str] = Counter()
        """Requests by what became of them: a status or a fault."""
        self.keeps_bodies = True
        self.most_seen = 0
        """Most requests that were in flight together."""
        self._in_flight = 0

    async def serve(self, host: str, port: int) -> asyncio.Server:
        """Listen."""
        return await asyncio.start_server(self._connection, host, port, limit=1 << 24)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not self.faults.is_down and (request := await _read_request(reader)):
                path, body = request
                if not await self._respond(path, body, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the server stops
        finally:
            writer.close()

    async def _respond(self, path: str, body: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether the connection stays open."""
        if not path.endswith("/chat/completions"):
            return await _write(writer, self._other(path, body), self.personality.server)
        content = json.loads(body)
        if self.keeps_bodies:
            self.requests.append(content)
        self.counts["all"] += 1
        fault = self._next_fault()
        self._in_flight += 1
        self.most_seen = max(self.most_seen, self._in_flight)
        try:
            if self.faults.most_in_flight and self._in_flight > self.faults.most_in_flight:
                fault = "429"
            elif self.faults.delay_s:
                await asyncio.sleep(self.faults.delay_s)
            self.counts[fault] += 1
            return await self._with_fault(fault, content, writer)
        finally:
            self._in_flight -= 1

    def _next_fault(self) -> str:
        if self.faults.script:
            return self.faults.script.pop(0)
        if self.faults.every and self.counts["all"] % self.faults.every == 0:
            return self.faults.fault
        return "ok"

    async def _with_fault(self, fault: str, content: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        if self.faults.is_down or fault == "close":
            return False
        if fault == "hang":
            await asyncio.sleep(60)
            return False
        if fault == "cut":
            whole = self._answer(content).encoded()
            writer.write(_head(200, len(whole), self.personality.server) + whole[: len(whole) // 2])
            await writer.drain()
            return False
        if fault == "html":
            return await _write_text(writer, 200, b"<html>Bad gateway</html>", self.personality.server)
        if fault == "no_choices":
            return await _write(
                writer, HttpAnswer(200, {"object": "error", "message": "?"}), self.personality.server
            )
        if fault.isdecimal():
            answer = HttpAnswer(int(fault), {"error": {"message": f"scripted {fault}", "code": int(fault)}})
            return await _write(writer, answer, self.personality.server, retry_after=self.faults.retry_after)
        return await _write(writer, self._answer(content), self.personality.server)

    def _answer(self, content: dict[str, Any]) -> HttpAnswer:
        has_schema = "response_format" in content
        if has_schema and self.faults.no_schema:
            return HttpAnswer(400, {"error": {"message": "response_format is not supported", "code": 400}})
        if refusal := self.personality.refusal(content):
            return refusal
        if content.get("max_tokens") == 1 or content.get("max_completion_tokens") == 1:
            return self.personality.answer(content, [PROBE])
        first, replies = content.get("seed") or 0, []
        for number in range(content.get("n") or 1):
            reply = self.recordings.pick(content["messages"], first + number, has_schema=has_schema)
            if reply is None:
                message = "no recording has this system message"
                return HttpAnswer(400, {"error": {"message": message, "code": 400}})
            replies.append(reply)
        return self.personality.answer(content, replies)

    def _other(self, path: str, body: bytes) -> HttpAnswer:
        if path.endswith("/faults"):
            self.faults = Faults(**json.loads(body))
            return HttpAnswer(200, {})
        if path.endswith("/counts"):
            return HttpAnswer(200, {**self.counts, "most_in_flight": self.most_seen})
        if path.endswith("/models"):
            return HttpAnswer(
                200, {"object": "list", "data": [{"id": self.personality.model, "object": "model"}]}
            )
        return HttpAnswer(
            404, {"error": {"message": "File Not Found", "type": "not_found_error", "code": 404}}
        )


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, bytes] | None:
    """Return path and body of the next request, or ``None`` at the end of the connection."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.splitlines()
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    return first.split(" ")[1].partition("?")[0], await reader.readexactly(
        int(headers.get("content-length", 0))
    )


async def _write(
    writer: asyncio.StreamWriter, answer: HttpAnswer, server: str, *, retry_after: str = ""
) -> bool:
    return await _write_text(writer, answer.status, answer.encoded(), server, retry_after=retry_after)


async def _write_text(
    writer: asyncio.StreamWriter, status: int, body: bytes, server: str, *, retry_after: str = ""
) -> bool:
    writer.write(_head(status, len(body), server, retry_after=retry_after) + body)
    await writer.drain()
    return True


def _head(status: int, size: int, server: str, *, retry_after: str = "") -> bytes:
    wait = f"Retry-After: {retry_after}\r\n" if retry_after else ""
    return (
        f"HTTP/1.1 {status} X\r\nServer: {server}\r\nContent-Type: application/json\r\n{wait}"
        f"Content-Length: {size}\r\n\r\n"
    ).encode("latin-1")


@contextmanager
def replaying(
    recordings: Recordings, personality: LlamaCpp | Vllm, *, port: int = 0, **faults: Any
) -> Iterator[tuple[ReplayServer, str]]:
    """Yield a server that runs in a thread of this process, and its base URL."""
    server = ReplayServer(recordings, personality, Faults(**faults))
    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(server.serve("127.0.0.1", port))
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server, url
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listening.close()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks) if tasks else asyncio.sleep(0))
        loop.close()


def main() -> None:
    """Read the command line and serve until interrupted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=8093)
    parser.add_argument("--personality", choices=("llama.cpp", "vllm"), default="llama.cpp")
    parser.add_argument("--model", default="recorded", help="name of the model that vLLM serves")
    parser.add_argument(
        "--recordings", type=Path, nargs="*", default=[], help="files; default: the repository's"
    )
    parser.add_argument("--delay-s", type=float, default=0.0)
    parser.add_argument("--most-in-flight", type=int, default=0)
    parser.add_argument("--every", type=int, default=0, help="each n-th request meets the fault")
    parser.add_argument("--fault", default="500")
    options = parser.parse_args()
    kind = Vllm if options.personality == "vllm" else LlamaCpp
    faults = Faults(
        options.delay_s, most_in_flight=options.most_in_flight, every=options.every, fault=options.fault
    )
    server = ReplayServer(Recordings(load(*options.recordings)), kind(options.model, context=1 << 20), faults)
    server.keeps_bodies = False
    asyncio.run(_forever(server, options.port))


async def _forever(server: ReplayServer, port: int) -> None:
    async with await server.serve("127.0.0.1", port) as listening:
        print(f"http://127.0.0.1:{port}/v1", flush=True)
        await listening.serve_forever()


if __name__ == "__main__":
    main()
