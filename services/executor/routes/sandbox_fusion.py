"""``POST /run_code``: SandboxFusion's API, which verl, ROLL, SkyRL-agent and the ``sandbox-fusion`` SDK speak.

Runs a program and returns what it printed; the client compares. The client's time-out follows from its request:
compile time-out, run time-out and ten seconds (verl's sum), which include the time in the queue. A request that cannot
be answered by then is answered 504, the one status after which verl tries again; never 429 or 503, which verl counts
as a failed test.

Example: ``{"code": "print(1 + 1, end='')", "language": "python"}`` is answered ``{"status": "Success", "run_result":
{"status": "Finished", "execution_time": 0.01, "return_code": 0, "stdout": "2", "stderr": ""}, …}``.
"""

import base64
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from clients.contract import (
    PROBLEMS,
    Candidate,
    CandidateResult,
    ExecutionRequest,
    IoTest,
    Limits,
    Outcome,
    Slug,
    Status,
    Suite,
    UnscorableReason,
)
from services.common.bodies import read_as
from services.common.foreign import options_of
from services.common.openapi import inline_body
from services.common.problem_error import ProblemError, invalid_request
from services.executor.routes.foreign import Judge
from services.executor.routes.options import JudgingOptions
from services.executor.settings import Caps, ExecutorSettings

_CLIENT_ADDS_S = 10.0
"""verl: ``timeout = compile_timeout + run_timeout + 10``."""
_ANSWER_BEFORE_S = 3.0
"""A 504 is sent this long before the client hangs up, so that it arrives over a slow network too."""
_ONE_MB = 2**20
_PYTEST_FILE = "test_program.py"
_PYTEST = f"import sys, pytest\nsys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', {_PYTEST_FILE!r}]))\n"


class RunCode(BaseModel):
    """The request, as SandboxFusion's server defines it. Fields that Python does not need are ignored."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    code: str
    """The program, or with ``language: pytest`` a test module."""
    language: Literal["python", "pytest"]
    """Other languages are refused."""
    stdin: str | None = None
    """Standard input of the program."""
    compile_timeout: Annotated[float, Field(gt=0)] = 10.0
    """Only extends the client's time-out: a Python program is not compiled in a step of its own."""
    run_timeout: Annotated[float, Field(gt=0)] = 10.0
    """CPU seconds the program may use, and wall seconds it may be idle."""
    memory_limit_MB: int | None = None  # noqa: N815 - the API's name
    """Memory limit in MB; absent, null or negative: the server's default."""
    files: dict[str, str | None] = {}
    """Files in the working directory, as relative path → content in base64; null: an empty file."""

    @property
    def budget_s(self) -> float:
        """Seconds after which the client must have its answer."""
        return self.compile_timeout + self.run_timeout + _CLIENT_ADDS_S - _ANSWER_BEFORE_S

    def limits(self, options: JudgingOptions, caps: Caps) -> Limits:
        """Return what the program may use. Above the server's caps it is lowered: the client cannot know them."""
        limits = options.limits
        seconds = min(self.run_timeout, float(caps.cpu_s))
        memory = (
            self.memory_limit_MB * _ONE_MB
            if self.memory_limit_MB and self.memory_limit_MB > 0
            else limits.memory_bytes
        )
        memory = min(max(memory, 16 * _ONE_MB), caps.memory_bytes)
        return limits.model_copy(
            update={
                "cpu_s": seconds,
                "total_cpu_s": seconds,
                "wall_s": min(self.run_timeout, float(caps.wall_s)),
                "total_wall_s": min(self.run_timeout, float(caps.total_wall_s)),
                "memory_bytes": memory,
            }
        )

    def _environment(self, options: JudgingOptions, settings: ExecutorSettings) -> str:
        if self.language == "python" or options.environment:
            return options.environment_name(settings)
        for name, environment in settings.environments.items():
            if "pytest" in environment.modules:
                return name
        raise ProblemError(
            Slug.UNKNOWN_ENVIRONMENT,
            "No environment has pytest among its modules; add one to EXECUTOR_ENVIRONMENTS, for instance "
            '"tests": {"modules": ["pytest"]}.',
        )

    def execution_request(self, options: JudgingOptions, settings: ExecutorSettings) -> ExecutionRequest:
        """Return the request as one of our own API: one candidate, and one test that compares nothing."""
        files = {path: content or "" for path, content in self.files.items()}
        program = self.code
        if self.language == "pytest":
            files[_PYTEST_FILE] = base64.b64encode(self.code.encode()).decode()
            program = _PYTEST
        test = IoTest(stdin=self.stdin or "", stdout=None, files=files)
        return ExecutionRequest(
            suites=[Suite(id="run", io=[test])],
            candidates=[Candidate(suite="run", program=program)],
            environment=self._environment(options, settings),
            limits=self.limits(options, settings.caps),
            run=options.run,
        )


def router(judge: Judge, settings: ExecutorSettings) -> APIRouter:
    """Return the route, with and without a slash at its end."""
    routes = APIRouter(tags=["sandbox-fusion"])

    @routes.post("/run_code", openapi_extra=inline_body(RunCode))
    @routes.post("/run_code/", include_in_schema=False)
    async def run_code(request: Request) -> Response:
        """Run a program: SandboxFusion's API (verl, ROLL, SkyRL-agent)."""
        body = await read_as(request, RunCode, settings.max_body_bytes)
        try:
            execution = body.execution_request(options_of(request, JudgingOptions), settings)
        except ValidationError as exc:
            raise invalid_request(exc) from exc
        try:
            (result,) = await judge.judge(execution, budget_s=body.budget_s, sender=request)
        except ProblemError as error:
            if PROBLEMS[error.slug].retryable:
                return _gateway_timeout(error.detail)
            raise
        if result.status is Status.JUDGED:
            return JSONResponse(_judged(result))
        if result.reason is UnscorableReason.INVALID_INPUT:
            return JSONResponse(_response_body("Failed", _run_result("Finished", 0.0, 1, "", result.detail)))
        return _gateway_timeout(f"{result.reason}: {result.detail}")

    return routes


def _gateway_timeout(message: str) -> Response:
    return JSONResponse(_response_body("SandboxError", None, message=message), status_code=504)


def _judged(result: CandidateResult) -> dict[str, Any]:
    (test,) = result.tests
    printed = test.printed
    stdout, stderr = (printed.stdout, printed.stderr) if printed else ("", "")
    if test.outcome is Outcome.TIME_LIMIT:
        return _response_body("Failed", _run_result("TimeLimitExceeded", test.cpu_s, None, stdout, stderr))
    code = 0 if test.outcome is Outcome.PASSED else (printed.exit_code if printed else 0) or 1
    if test.message and (code and not stderr):
        stderr = test.message
    status = "Success" if code == 0 else "Failed"
    return _response_body(status, _run_result("Finished", test.cpu_s, code, stdout, stderr))


def _run_result(status: str, seconds: float, code: int | None, stdout: str, stderr: str) -> dict[str, Any]:
    return {
        "status": status,
        "execution_time": seconds,
        "return_code": code,
        "stdout": stdout,
        "stderr": stderr,
    }


def _response_body(status: str, run_result: dict[str, Any] | None, *, message: str = "") -> dict[str, Any]:
    return {
        "status": status,
        "message": message,
        "compile_result": None,
        "run_result": run_result,
        "executor_pod_name": None,
        "files": {},
    }
