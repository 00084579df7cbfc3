"""Runs the real service in a thread of this process, on a real port, with a tiny model."""

import socket
import threading
import time
from contextlib import contextmanager

import uvicorn

from services.rm.app import create_app, make_backend
from services.rm.settings import RmSettings


@contextmanager
def served(model, **settings):
    """Yield the URL of a service for the model in a folder."""
    chosen = RmSettings(model=str(model), threads=1, **settings)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(chosen, make_backend(chosen)), log_level="warning", lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
