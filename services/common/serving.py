"""Serves an application with uvicorn, and ends its event streams as soon as the process is asked to stop.

uvicorn waits for open requests before it tells the application that it stops. A live page is a request that never ends
by itself: without this, each stop with an open page would take the whole time that requests in progress may take. An
operator who runs the application in a server of their own (``uvicorn``, ``gunicorn``) has that wait.
"""

import socket

import uvicorn
from fastapi import FastAPI

from services.common.settings import ServiceSettings


class ServiceServer(uvicorn.Server):
    """Ends the live pages of an application that ``create_app`` built, then stops as uvicorn does."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving. Other requests in progress may take up to ``timeout_graceful_shutdown``."""
        self._app.state.history.close()
        await super().shutdown(sockets)


def server_config(
    app: FastAPI, settings: ServiceSettings, *, stop_s: int, host: str = "127.0.0.1", port: int = 0
) -> uvicorn.Config:
    """Return uvicorn's configuration of a service. Host and port do not matter to a server that is given a socket."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=stop_s,
        timeout_keep_alive=settings.keep_alive_s,
    )


def serve(app: FastAPI, settings: ServiceSettings, host: str, port: int, *, stop_s: int) -> None:
    """Serve until the process is stopped. Requests in progress then have ``stop_s`` seconds to end.

    Raises:
        SystemExit: the address is taken, or the application did not start; the log has the cause.
    """
    server = ServiceServer(server_config(app, settings, stop_s=stop_s, host=host, port=port), app)
    try:
        server.run()
    except KeyboardInterrupt:  # raised after the server has stopped
        return
    if not server.started:
        raise SystemExit(3)  # the status of uvicorn's own command
