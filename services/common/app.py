"""Builds the application that every service starts from: error answers, keys, ids, health, version, metrics.

The service adds its routes, and passes a check for each thing that it depends on.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI, Response
from prometheus_client import CollectorRegistry, disable_created_metrics
from prometheus_fastapi_instrumentator import Instrumentator

from clients.version import __version__
from services.common import disconnects, pages, replies
from services.common.authentication import Gate, KeyInPath
from services.common.dashboard.history import MetricHistory
from services.common.dashboard.page import NOTHING, Extra, States
from services.common.dashboard.panels import Panel
from services.common.dashboard.store import HistoryStore
from services.common.keys import Keys
from services.common.requests import KnownMethod, RequestId, UnreadBody
from services.common.settings import ServiceSettings

ReadyCheck = Callable[[], Awaitable[str]]
"""Returns an empty text if the dependency works, else one sentence on what is wrong and what to do."""
UNMEASURED = ["/metrics", "/healthz", "/readyz", "/live", "/history"]
"""Routes that no metric counts: probes, scrapers, pages that ask again by themselves, and streams that last as long as
a browser shows them."""
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    title: str,
    *,
    summary: str,
    settings: ServiceSettings,
    ready: Mapping[str, ReadyCheck],
    lifespan: Lifespan,
    registry: CollectorRegistry,
    foreign_v1_paths: Collection[str] = frozenset(),
    status: States | None = None,
    panels: Sequence[Panel] = (),
    extra: Extra = NOTHING,
    history_store: HistoryStore | None = None,
) -> FastAPI:
    """Build an app with ``/``, ``/docs``, ``/metrics``, ``/version``, ``/status``, ``/healthz`` and ``/readyz``.

    ``panels`` are the charts of the live page ``/``; their metrics are in ``registry``. ``extra`` is what the page has
    beside them. ``history_store`` keeps the history of all processes of the service; without one, the page shows what
    this process has in memory.
    ``status`` returns what ``/status`` shows: names with texts, such as the workers and the queue.
    ``foreign_v1_paths`` are the paths of foreign APIs that begin with ``/v1/``, as those of our own API do.
    """
    history = MetricHistory(registry, panels, store=history_store)

    @asynccontextmanager
    async def sampled(app: FastAPI) -> AsyncIterator[None]:
        async with lifespan(app), history.running():
            yield

    app = FastAPI(
        title=title, summary=summary, version=__version__, lifespan=sampled, docs_url=None, redoc_url=None
    )
    app.state.history = history
    replies.install(app)
    disconnects.install(app)
    _add_middleware(app, settings, registry, foreign_v1_paths)

    async def states() -> dict[str, str]:
        return {name: await check() or "ok" for name, check in ready.items()}

    _add_health(app, states, status or _nothing)
    pages.install(app, history, ready=states, status=status or _nothing, extra=extra)
    return app


async def _nothing() -> dict[str, str]:
    return {}


def _add_middleware(
    app: FastAPI, settings: ServiceSettings, registry: CollectorRegistry, foreign_v1_paths: Collection[str]
) -> None:
    """Add the middleware, the innermost first: the last one added is the first to see a request."""
    app.add_middleware(
        Gate,
        keys=Keys(settings.all_keys()),
        hosts=settings.keyless_hosts(),
        variable=settings.key_variable,
        max_requests=settings.max_requests_per_key,
        foreign_v1_paths=foreign_v1_paths,
    )
    app.add_middleware(RequestId)
    # They are a second series for each counter, which no query here needs.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    instrumentator = Instrumentator(registry=registry, excluded_handlers=UNMEASURED)
    instrumentator.instrument(app).expose(app, include_in_schema=False)
    app.add_middleware(KnownMethod)  # outside of the instrumentator, which labels by method
    app.add_middleware(UnreadBody, max_bytes=settings.max_body_bytes)
    app.add_middleware(KeyInPath)


def _add_health(app: FastAPI, states: States, status: States) -> None:
    @app.get("/healthz", tags=["health"])
    async def healthz() -> dict[str, str]:
        """Answer that the process runs."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"])
    async def readyz(response: Response) -> dict[str, str]:
        """Check everything that the service depends on: 200, or 503 with what is wrong."""
        checked = dict(await states())
        if any(state != "ok" for state in checked.values()):
            response.status_code = 503
        return checked

    @app.get("/status", tags=["health"])
    async def service_status() -> dict[str, str]:
        """Return what the service has and how busy it is, in words for a person; the names differ by service."""
        return dict(await status())

    @app.get("/version", tags=["health"])
    async def version() -> dict[str, str]:
        """Return the version of the service."""
        return {"version": app.version}
