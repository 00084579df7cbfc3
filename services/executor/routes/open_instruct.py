"""``/test_program`` ``/test_program_stdio`` ``/health``: open-instruct's API (``CODE_API_URL``).

Its client never tries again and counts every failure as a reward of 0, and the API cannot say "no verdict". So a
request is held as long as the client waits, and only then answered 503.

Example: ``{"program": "def f(x): return x + 1", "tests": ["assert f(1) == 2", "assert f(1) == 3"]}`` is answered
``{"results": [1, 0], "runtimes": [0.000102, 0.000087]}``.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from clients.contract import Limits, Outcome
from services.common.bodies import read_as
from services.common.foreign import options_of
from services.common.openapi import inline_body
from services.executor.routes.foreign import Judge
from services.executor.routes.labelled import LabelledSample, refuse_unscorable, request_of
from services.executor.routes.options import JudgingOptions
from services.executor.settings import ExecutorSettings

_ANSWER_BEFORE_S = 3.0
"""An answer is sent this long before the client hangs up, so that it arrives over a slow network too."""


class TestProgram(BaseModel):
    """The request."""

    __test__ = False

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    program: str
    """The program. Nothing is extracted from it."""
    tests: Any
    """Asserts, or inputs with outputs: as a list, as JSON in a text, or packed."""
    max_execution_time: Annotated[float, Field(gt=0)] = 1.0
    """Seconds that one test may take."""

    @property
    def budget_s(self) -> float:
        """How long the client waits: ten times a test's time, between 30 and 300 s."""
        return min(max(10 * self.max_execution_time, 30.0), 300.0) - _ANSWER_BEFORE_S

    def limits(self, settings: ExecutorSettings) -> Limits:
        """Return limits: a test may compute or sleep for its time, all tests together as long as the client waits."""
        caps = settings.caps
        return Limits(
            cpu_s=min(self.max_execution_time, caps.cpu_s),
            wall_s=min(self.max_execution_time, caps.wall_s),
            total_cpu_s=min(self.budget_s, caps.total_cpu_s),
            total_wall_s=min(self.budget_s, caps.total_wall_s),
        )


def router(judge: Judge, settings: ExecutorSettings) -> APIRouter:
    """Return the three routes."""
    schema = inline_body(TestProgram)
    routes = APIRouter(tags=["open-instruct"])

    @routes.post("/test_program_stdio", openapi_extra=schema)
    @routes.post("/test_program", openapi_extra=schema)
    async def test_program(request: Request) -> Response:
        """Judge a program by its tests: open-instruct's API. Returns 1 or 0 for each test."""
        body = await read_as(request, TestProgram, settings.max_body_bytes)
        if body.tests in ([], "[]"):
            return JSONResponse({"results": [], "runtimes": []})
        sample = LabelledSample(body.program, body.tests, "tests", field="program")
        execution = request_of([sample], options_of(request, JudgingOptions), settings, body.limits(settings))
        results = await judge.judge(execution, budget_s=body.budget_s, sender=request)
        refuse_unscorable(results)
        tests = results[0].tests
        if not tests:  # a program that cannot be read
            size = execution.suites[0].size
            return JSONResponse({"results": [0] * size, "runtimes": [0.0] * size})
        passed = [int(test.outcome is Outcome.PASSED) for test in tests]
        return JSONResponse({"results": passed, "runtimes": [float(test.cpu_s) for test in tests]})

    @routes.get("/health")
    async def health() -> dict[str, str]:
        """Answer that the process runs."""
        return {"status": "healthy"}

    return routes
