"""Loads a reward model, builds the application of the service and serves it.

One process serves one model on one GPU. If the model cannot be served, the process does not start, and says why in one
sentence.
"""

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
import torch
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from transformers.utils import logging as transformers_logging

from clients.contract import ProblemDetails
from clients.contract.scoring import RenderResponse, ScoringRequest, ScoringResponse
from services.common import app as common
from services.common import logs, openapi
from services.common.serving import ServiceServer, server_config
from services.common.settings import read, unknown_variables
from services.rm.backend import ScoringBackend
from services.rm.backends import orphan_guard
from services.rm.backends.judge import JudgeBackend
from services.rm.backends.local import LocalBackend
from services.rm.backends.vllm_local import VllmLocalBackend
from services.rm.backends.vllm_server import VllmServerBackend
from services.rm.engine.warm_up import measure_tokens_per_s
from services.rm.models.startup import bind_socket, load_from_settings
from services.rm.routes import probes, v1
from services.rm.routes.registry import foreign_bodies, foreign_routers, paths_below_v1
from services.rm.serving.batcher import Batcher
from services.rm.serving.cache import ScoreCache
from services.rm.serving.metrics import PANELS, RmMetrics
from services.rm.serving.scoring import Scoring
from services.rm.settings import RmSettings

STOP_S = 5
"""Longest time that requests in progress may take after the process is asked to stop."""
BUDGETS = {"cuda": 16_384, "cpu": 2_048}
"""Tokens per step by type of device, if the settings do not set ``budget_tokens``."""


CPU_WARM_UP_TOKENS = 256
"""Tokens of the warm-up elsewhere than on CUDA: a full step of a large model takes minutes there, and a CPU has no
kernels to load."""


def make_backend(settings: RmSettings) -> ScoringBackend:
    """Load the model, or connect to the server that has it.

    Raises:
        CheckpointError: the model cannot be served.
    """
    if settings.backend != "torch":
        return _remote_backend(settings)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    loaded = load_from_settings(settings)
    device = loaded.scorer.device.type
    budget = settings.budget_tokens or BUDGETS.get(device, BUDGETS["cpu"])
    if settings.warm_up:
        tokens = budget if device == "cuda" else min(budget, CPU_WARM_UP_TOKENS)
        speed = measure_tokens_per_s(loaded.scorer, tokens)
        structlog.get_logger().info(
            "warm-up", tokens=tokens, tokens_per_s=round(speed), sharing=loaded.sharing
        )
    return LocalBackend(
        loaded,
        budget=budget,
        format_name=settings.format,
        suffix=settings.suffix,
        longest=settings.max_tokens,
    )


def _remote_backend(settings: RmSettings) -> ScoringBackend:
    """Return a backend that leaves the computing to vLLM or to a server."""
    match settings.backend:
        case "vllm-server":
            return VllmServerBackend.of(settings)
        case "vllm":
            return VllmLocalBackend.of(settings)
        case _:
            return JudgeBackend(settings)


def create_app(settings: RmSettings, backend: ScoringBackend) -> FastAPI:
    """Build the application over a backend. Its queue starts when the application starts up."""
    registry = CollectorRegistry()
    batcher = Batcher(
        backend,
        ScoreCache(settings.cache_size),
        RmMetrics(registry),
        window_s=settings.window_s,
        max_waiting_tokens=settings.max_waiting_tokens,
    )
    scoring = Scoring(backend, batcher, settings.deadline_s)
    foreign = foreign_routers(scoring, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with batcher:
            yield
        await backend.close()

    async def status() -> dict[str, str]:
        return {
            name: str(value) for name, value in backend.info if isinstance(value, str | int | float) and value
        }

    app = common.create_app(
        "AceCoder reward model",
        summary="Groups of candidates in, raw reward-model scores out.",
        settings=settings,
        ready={"model": backend.ready},
        lifespan=lifespan,
        registry=registry,
        foreign_v1_paths=paths_below_v1(foreign),
        status=status,
        panels=PANELS,
    )
    for router in (v1.router(scoring, settings), *foreign):
        app.include_router(router, dependencies=openapi.key_required(settings))
    app.include_router(probes.router(scoring))
    openapi.add_schemas(
        app, ScoringRequest, ScoringResponse, RenderResponse, ProblemDetails, *foreign_bodies()
    )
    return app


def main(host: str = "127.0.0.1", port: int = 8100) -> None:
    """Serve the model until the process is stopped.

    Raises:
        ValueError: the settings are wrong, there is no key and ``host`` is public, or the model cannot be served.
    """
    settings = read(RmSettings)
    settings.check_host(host)
    logs.configure(json=settings.log_json, level=settings.log_level)
    for warning in unknown_variables(RmSettings, only_similar=True):
        structlog.get_logger().warning(warning)
    if settings.log_json or not sys.stderr.isatty():  # a bar would break the lines of the log
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    listener = bind_socket(host, port)
    with listener:
        structlog.get_logger().info("loading", model=settings.model, backend=settings.backend)
        if settings.backend == "vllm":
            orphan_guard.start()
        backend = make_backend(settings)
        app = create_app(settings, backend)
        config = server_config(app, settings, stop_s=STOP_S)
        url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        server = _Server(config, app, url, backend)
        with suppress(KeyboardInterrupt):  # raised after the server has stopped
            server.run(sockets=[listener])
    if not server.started:
        raise SystemExit(3)  # the status of uvicorn's own command; its log has the cause


class _Server(ServiceServer):
    """Logs when it is ready: a model takes minutes to load."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, url: str, backend: ScoringBackend) -> None:
        super().__init__(config, app)
        self._url = url
        self._backend = backend

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, and log the address and the model."""
        await super().startup(sockets)
        if self.started:
            problem = await self._backend.ready()
            if problem:
                structlog.get_logger().warning("serving, but no score can be computed yet", why=problem)
            structlog.get_logger().info("ready", url=self._url, **self._backend.info.model_dump())
