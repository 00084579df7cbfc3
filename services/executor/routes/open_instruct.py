"""``/test_program`` ``/test_program_stdio`` ``/health``: open-instruct's wire (``CODE_API_URL``).

Its client tries nothing again and makes 0 of every failure, and there is no word for "no verdict": a request is held
as long as the client waits, and 503 is the last resort.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from clients.contract import Limits, Outcome
from services.common.bodies import described, read_as
from services.common.queries import options_of
from services.executor.routes.foreign import Judge
from services.executor.routes.labelled import Sample, refuse_unscorable, request_of
from services.executor.routes.options import WireOptions
from services.executor.settings import ExecutorSettings

_ANSWER_BEFORE_S = 3.0
"""Early enough for an answer to reach a client that hangs up at the end of its budget, slow network and all."""


class TestProgram(BaseModel):
    """The request."""

    __test__ = False

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    program: str
    """The program, extracted already."""
    tests: Any
    """Asserts, or inputs with outputs; as a list, its JSON, or packed."""
    max_execution_time: Annotated[float, Field(gt=0)] = 1.0
    """Seconds of one test."""

    @property
    def budget_s(self) -> float:
        """How long the client waits: ten times a test's time, between 30 and 300 s."""
        return min(max(10 * self.max_execution_time, 30.0), 300.0) - _ANSWER_BEFORE_S

    def limits(self, settings: ExecutorSettings) -> Limits:
        """A test may compute or sleep for its time, all tests together as long as the client waits."""
        caps = settings.caps
        return Limits(
            cpu_s=min(self.max_execution_time, caps.cpu_s),
            wall_s=min(self.max_execution_time, caps.wall_s),
            total_cpu_s=min(self.budget_s, caps.total_cpu_s),
            total_wall_s=min(self.budget_s, caps.total_wall_s),
        )


class Routes:
    """The handlers, over what a process shares."""

    def __init__(self, judge: Judge, settings: ExecutorSettings) -> None:
        self._judge = judge
        self._settings = settings

    def router(self) -> APIRouter:
        """The three routes."""
        body = described(TestProgram)
        router = APIRouter(tags=["open-instruct"])
        router.post("/test_program", openapi_extra=body)(self.test_program)
        router.post("/test_program_stdio", openapi_extra=body)(self.test_program)
        router.get("/health")(self.health)
        return router

    async def health(self) -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "healthy"}

    async def test_program(self, request: Request) -> Response:
        """Judge a program by its tests, one number each; open-instruct's wire."""
        asked = await read_as(request, TestProgram, self._settings.max_body_bytes)
        if asked.tests in ([], "[]"):
            return JSONResponse({"results": [], "runtimes": []})
        sample = Sample(asked.program, asked.tests, "tests", field="program")
        execution = request_of(
            [sample], options_of(request, WireOptions), self._settings, asked.limits(self._settings)
        )
        results = await self._judge.results(execution, budget_s=asked.budget_s, gone=request.is_disconnected)
        refuse_unscorable(results)
        tests = results[0].tests
        if not tests:  # a program that cannot be read
            size = execution.suites[0].size
            return JSONResponse({"results": [0] * size, "runtimes": [0.0] * size})
        passed = [int(test.outcome is Outcome.PASSED) for test in tests]
        return JSONResponse({"results": passed, "runtimes": [float(test.cpu_s) for test in tests]})
