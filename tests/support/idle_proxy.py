"""A TCP proxy with an idle time-out, as load balancers have: it cuts a connection that carries no byte for some time."""

import asyncio
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

PARTS = 10


class _Silence:
    """Time without a byte, in parts of the time-out. A loop that another process kept from running counts one part
    only, and the service in the same loop had no more time to send."""

    def __init__(self):
        self.parts = 0

    def end(self):
        self.parts = 0

    async def last(self, idle_s):
        while self.parts < PARTS:
            await asyncio.sleep(idle_s / PARTS)
            self.parts += 1


@asynccontextmanager
async def idle_proxy(url, idle_s):
    """Yield the URL of a proxy to ``url``, and the list of times that it cut a connection."""
    target, cuts = urlsplit(url), []

    async def serve(reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection(target.hostname, target.port)
        silence = _Silence()

        async def copy(source, sink):
            while data := await source.read(2**16):
                silence.end()
                sink.write(data)
                await sink.drain()

        copies = [
            asyncio.create_task(copy(reader, upstream_writer)),
            asyncio.create_task(copy(upstream_reader, writer)),
        ]
        timer = asyncio.create_task(silence.last(idle_s))
        await asyncio.wait([*copies, timer], return_when=asyncio.FIRST_COMPLETED)
        if timer.done():
            cuts.append(idle_s)
        for task in (*copies, timer):
            task.cancel()
        for end in (writer, upstream_writer):
            end.close()
            with suppress(ConnectionError):
                await end.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}", cuts
