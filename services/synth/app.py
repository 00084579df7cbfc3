"""Builds the application of the synthesis service and serves it: jobs that make suites of a few seeds."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import structlog
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Gauge

from clients.contract import ProblemDetails, SuitesRequest, SynthInfo
from services.common import app as common
from services.common import logs, openapi
from services.common.dashboard.panels import LATENCY, Panel, PanelKind
from services.common.serving import serve
from services.common.settings import read, unknown_variables
from services.synth.config import ROLES, RunConfig, open_backends, read_run_config
from services.synth.jobs import SynthJobs
from services.synth.llm.cache import ReplyCache
from services.synth.pipeline.stage import Backends
from services.synth.routes import v1
from services.synth.settings import SynthSettings

STOP_S = 5
"""Longest time that requests in progress may take after the process is asked to stop. Jobs resume at the next start."""
REPLIES = "replies.sqlite"


def create_app(settings: SynthSettings, config: RunConfig, backends: Backends | None = None) -> FastAPI:
    """Build the application. ``backends`` replaces those of ``config``, which are opened at start-up otherwise."""
    registry = CollectorRegistry()
    stages = config.make_stages()
    jobs = SynthJobs(settings, stages)
    info = SynthInfo(
        stages=[name for name, _ in stages],
        models={role: [config.models[name].model for name in config.models_of(role)] for role in ROLES},
        max_seeds=settings.max_seeds,
    )
    waiting = Gauge("synth_waiting_seeds", "Seeds without a result", registry=registry)
    waiting.set_function(lambda: jobs.waiting_seeds)

    async def status() -> dict[str, str]:
        models = {f"models for {role}": ", ".join(names) or "none" for role, names in info.models.items()}
        return {"stages": ", ".join(info.stages), "seeds in progress": str(jobs.waiting_seeds), **models}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with ReplyCache(settings.folder / REPLIES) as cache:
            async with _backends(config, cache, backends) as opened, anyio.create_task_group() as tasks:
                await jobs.run(tasks, opened)
                yield
                tasks.cancel_scope.cancel()

    app = common.create_app(
        "AceCoder synthesis",
        summary="Seed code in, questions with filtered suites of tests out.",
        settings=settings,
        ready={"jobs": jobs.ready},
        lifespan=lifespan,
        registry=registry,
        status=status,
        panels=[Panel("Seeds without a result", "synth_waiting_seeds", PanelKind.LEVEL), LATENCY],
    )
    app.include_router(v1.router(jobs, info, settings), dependencies=openapi.key_required(settings))
    openapi.add_schemas(app, SuitesRequest, ProblemDetails)
    return app


@asynccontextmanager
async def _backends(config: RunConfig, cache: ReplyCache, given: Backends | None) -> AsyncIterator[Backends]:
    if given is not None:
        yield given
        return

    def on_pause(reason: str, pause_s: float) -> None:
        structlog.get_logger().warning("no model answers", reason=reason, pause_s=pause_s)

    async with open_backends(config, cache, on_pause) as (backends, _):
        yield backends


def main(host: str = "127.0.0.1", port: int = 8200, config: Path | None = None) -> None:
    """Serve until the process is stopped.

    Raises:
        ValueError: a setting or the configuration is wrong, or there is no key and ``host`` is public.
    """
    if config is None and not os.environ.get("SYNTH_CONFIG"):
        raise ValueError("name the configuration file with --config, or in the variable SYNTH_CONFIG")
    settings = read(SynthSettings, **({} if config is None else {"config": config}))
    settings.check_host(host)
    logs.configure(json=settings.log_json, level=settings.log_level)
    for warning in unknown_variables(SynthSettings):
        structlog.get_logger().warning(warning)
    app = create_app(settings, read_run_config(settings.config))
    structlog.get_logger().info("serving", url=f"http://{host}:{port}")
    serve(app, settings, host, port, stop_s=STOP_S)
