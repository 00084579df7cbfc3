"""Forwards TCP connections to several servers in turn: a plain load balancer, as any cluster has.

A server that does not accept a connection at once is passed over for that connection. It knows nothing of HTTP.
"""

import asyncio
import socket
import sys
from contextlib import suppress
from itertools import count

LOST_MS = 6000
"""A server that acknowledges nothing for this long has vanished, and its clients' connections are closed. Balancers do
this by TCP options as here, or by time-outs of their own."""
CONNECT_S = 1
"""After this a server counts as away; the servers are on the next switch."""


class Balancer:
    """The servers, and whose turn it is."""

    def __init__(self, servers: list[tuple[str, int]]) -> None:
        self._servers = servers
        self._turns = count()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect a client with the next server that accepts it, until either closes the connection."""
        first = next(self._turns)
        for turn in range(len(self._servers)):
            host, port = self._servers[(first + turn) % len(self._servers)]
            with suppress(OSError, TimeoutError):
                upstream = await asyncio.wait_for(asyncio.open_connection(host, port), CONNECT_S)
                _watch(upstream[1].get_extra_info("socket"))
                await asyncio.gather(_copy(reader, upstream[1]), _copy(upstream[0], writer))
                return
        writer.close()


def _watch(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, LOST_MS)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def main(port: int, servers: list[str]) -> None:
    """Listen on a port of all addresses; ``servers`` are ``host:port``."""
    parts = [server.rpartition(":") for server in servers]
    balancer = Balancer([(host, int(number)) for host, _, number in parts])
    server = await asyncio.start_server(balancer.serve, "0.0.0.0", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))
