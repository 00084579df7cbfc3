"""Builds the application of the executor's API process and serves it.

Requests are validated in ``requests`` and run in ``execution``. All state is in Redis, so any number of API processes
may run.
"""

import gc
import platform
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache, partial

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from redis import RedisError

from clients.contract import Environment, ExecutionRequest, ExecutionSummary, ProblemDetails
from services.common import app as common
from services.common import logs, openapi
from services.common.serving import serve
from services.common.settings import read
from services.executor.broker.broker import Broker
from services.executor.broker.durability import read_server_async, warn_of_eviction
from services.executor.broker.metric_history import RedisHistory
from services.executor.execution.job_store import JobStore
from services.executor.page import page
from services.executor.panels import PANELS
from services.executor.parent_death import follow_parent
from services.executor.routes import executions, runs, v1
from services.executor.routes.foreign import Judge
from services.executor.routes.registry import FOREIGN_ERRORS, foreign_routers
from services.executor.settings import ExecutorSettings

STOP_S = 5
"""Longest time that requests in progress may take after the process is asked to stop."""


def create_app(settings: ExecutorSettings) -> FastAPI:
    """Build the application. It connects to nothing before it starts up."""
    registry = CollectorRegistry()
    broker = Broker(settings, registry)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        broker.run_in_background(partial(warn_of_eviction, broker.redis))
        yield
        await broker.close()

    async def workers_ready() -> str:
        try:
            counts = {name: await broker.count_workers(name) for name in settings.environments}
            missing = [name for name, count in counts.items() if not count]
            return "; ".join([await broker.describe_missing_workers(name) for name in missing])
        except (RedisError, OSError):
            return "unknown while Redis is away"

    app = common.create_app(
        "AceCoder executor",
        summary="Programs and tests in, verdicts and pass rates out.",
        settings=settings,
        ready={"redis": partial(redis_ready, broker), "workers": workers_ready},
        lifespan=lifespan,
        registry=registry,
        status=partial(service_status, settings, broker),
        panels=PANELS,
        extra=page.extra(),
        history_store=RedisHistory(broker.redis),
    )
    page.install(app)
    own = v1.router(broker, JobStore(broker), environments_of(settings))
    for own_routes in (own, executions.router(broker), runs.router(broker)):
        app.include_router(own_routes, dependencies=openapi.key_required(settings))
    for router in foreign_routers(Judge(broker), settings):
        app.include_router(router, responses=FOREIGN_ERRORS)
    openapi.add_schemas(app, ExecutionRequest, ExecutionSummary, ProblemDetails)
    return app


async def redis_ready(broker: Broker) -> str:
    """Return what is wrong with Redis and what to do, for ``/readyz``; empty if it answers."""
    try:
        await broker.redis.ping()
    except (RedisError, OSError):
        return "Redis does not answer; start it or correct EXECUTOR_REDIS_URL"
    return ""


async def service_status(settings: ExecutorSettings, broker: Broker) -> dict[str, str]:
    """Return what ``/status`` shows: the workers and the queue of each environment, and the caps."""
    lines = {"backend": settings.backend.value}
    try:
        for environment in environments_of(settings):
            name = environment.name
            workers, depth = await broker.count_workers(name), await broker.admission.count_queued(name)
            modules = f" with {', '.join(environment.modules)}" if environment.modules else ""
            lines[f"environment {name}"] = (
                f"Python {environment.python or 'of the workers'}{modules}; {workers} workers, {depth} programs waiting"
            )
        lines["redis"] = (await read_server_async(broker.redis)).describe()
    except (RedisError, OSError):
        lines["workers and queue"] = "unknown while Redis is away"
    caps = settings.caps
    lines["highest limits of a test"] = (
        f"{caps.cpu_s:g} CPU s, {caps.wall_s:g} s idle, {caps.memory_bytes / 2**20:.0f} MiB"
    )
    lines["largest body"] = f"{settings.max_body_bytes / 2**20:.0f} MiB"
    lines["keys"] = f"{len(settings.all_keys())} ({'needed' if settings.all_keys() else 'none needed'})"
    return lines


def environments_of(settings: ExecutorSettings) -> list[Environment]:
    """Return what ``GET /v1/environments`` answers."""
    return [
        Environment(
            name=name,
            python=_python_version(environment.python),
            modules=list(environment.modules),
            hash_seed=environment.hash_seed,
        )
        for name, environment in settings.environments.items()
    ]


@lru_cache
def _python_version(interpreter: str) -> str:
    if not interpreter:
        return platform.python_version()
    try:
        finished = subprocess.run(  # noqa: S603 - the operator's own setting
            [interpreter, "--version"], capture_output=True, text=True, check=False
        )
    except OSError:  # an image of the docker backend, or an interpreter that only workers have
        return ""
    return finished.stdout.removeprefix("Python ").strip()


def main(host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the API until the process is stopped.

    Raises:
        ValueError: the settings are wrong, or there is no key and ``host`` is public.
    """
    follow_parent()
    settings = read(ExecutorSettings)
    settings.check_host(host)
    logs.configure(json=settings.log_json, level=settings.log_level)
    app = create_app(settings)
    gc.collect()
    gc.freeze()  # a full collection would look at all modules and models, 30 to 60 ms in the middle of a request
    serve(app, settings, host, port, stop_s=STOP_S)


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]))
    except ValueError as error:
        sys.exit(f"acecoder api: {error}")
