"""Runs the real service in a thread of this process, on a real port, with a tiny model."""

from contextlib import contextmanager

from services.rm.app import create_app, make_backend
from services.rm.settings import RmSettings
from tests.support.serving import serving


@contextmanager
def served(model, **settings):
    """Yield the URL of a service for the model in a folder."""
    chosen = RmSettings(model=str(model), threads=1, **settings)
    with serving(create_app(chosen, make_backend(chosen))) as url:
        yield url
