"""Jobs that make suites of a few seeds: over real HTTP, through our own client, with stages that ask no model."""

import json
from contextlib import asynccontextmanager, contextmanager

import anyio
import httpx2
import pytest
from prometheus_client import CollectorRegistry

from clients import AsyncSynth, ClientConfig, Synth
from clients.contract import JobState, Question, SynthInfo, SynthStatus, SynthTest
from clients.contract.error_answers import ProblemDetails
from clients.errors import (
    LimitAboveCapError,
    NotFoundError,
    TooManyRequestsError,
    UnauthorizedError,
    UnknownEnvironmentError,
)
from services.common import app as common
from services.synth.jobs import SynthJobs
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError
from services.synth.routes import v1
from services.synth.settings import SynthSettings
from tests.support.serving import serving

NO_BACKENDS = Backends({}, None)


async def rewrite(row, _):
    if "slow" in row.id:
        await anyio.sleep_forever()
    if "bad" in row.id:
        raise RowDroppedError(RowDrop.MALFORMED_REPLY, "prose only")
    question = Question(text="Add one.", entry_point="f")
    tests = [SynthTest(source="assert f(1) == 2")]
    return row.model_copy(update={"question": question, "tests": tests})


async def sample(row, _):
    return row.model_copy(update={"notes": {"sampled": True}})


def application(folder, stages=(("rewrite", rewrite), ("sample", sample)), **settings):
    """The service over given stages, without models."""
    chosen = SynthSettings(config="unused.yaml", folder=folder, **settings)
    jobs = SynthJobs(chosen, stages)

    @asynccontextmanager
    async def lifespan(_):
        async with anyio.create_task_group() as tasks:
            await jobs.run(tasks, NO_BACKENDS)
            yield
            tasks.cancel_scope.cancel()

    app = common.create_app(
        "test",
        summary="",
        settings=chosen,
        ready={"jobs": jobs.ready},
        lifespan=lifespan,
        registry=CollectorRegistry(),
    )
    app.include_router(v1.router(jobs, SynthInfo(stages=["rewrite"], models={}, max_seeds=3), chosen))
    return app


@contextmanager
def client(url, **options):
    with Synth(url, config=ClientConfig(attempts=1, retry_s=0.5), **options) as opened:
        yield opened


@pytest.fixture
def url(tmp_path):
    with serving(application(tmp_path, max_seeds=3)) as address:
        yield address


def test_every_seed_has_a_result_in_order(url):
    with client(url) as synth:
        results = synth.suites(["def f(x): pass", {"id": "bad", "program": "x"}, {"id": "ok"}])
    assert [(r.index, r.status, r.reason) for r in results] == [
        (0, SynthStatus.KEPT, ""),
        (1, SynthStatus.DROPPED, "malformed_reply"),
        (2, SynthStatus.KEPT, ""),
    ]
    assert results[0].suite.asserts == ["assert f(1) == 2"]
    assert results[1].suite is None
    assert results[1].stage == "rewrite"


def test_programs_may_be_left_out(url):
    with client(url) as synth:
        (full,), (short,) = synth.suites([{"id": "a"}]), synth.suites([{"id": "a"}], with_programs=False)
    assert full.row.notes == {"sampled": True}
    assert short.row.notes == {}


def test_results_stream_while_others_are_not_ready_and_a_cancel_ends_the_job(url):
    with client(url) as synth:
        job = synth.submit([{"id": "slow"}, {"id": "quick"}])
        results = job.stream()
        assert next(results).row.id == "quick"
        assert job.poll().state is JobState.RUNNING
        job.cancel()
        assert [(r.row.id, r.status) for r in results] == [("slow", SynthStatus.CANCELLED)]
        assert job.wait().state is JobState.CANCELLED


def test_a_stream_that_waits_has_blanks_before_its_lines(tmp_path):
    with serving(application(tmp_path, max_silence_s=0.05)) as url, client(url) as synth:
        job = synth.submit([{"id": "slow"}])
        with httpx2.stream("GET", f"{url}/v1/suites/{job.id}/results") as response:
            pieces = response.iter_raw()
            assert next(pieces).isspace()
            job.cancel()
            lines = b"".join(pieces).splitlines()
    assert [json.loads(line).get("status") for line in lines] == ["cancelled", None]


def test_the_same_seeds_join_the_same_job(url):
    with client(url) as synth:
        first, second = synth.submit([{"id": "slow"}]), synth.submit([{"id": "slow"}])
        assert first.id == second.id
        first.cancel()


def test_jobs_resume_when_the_service_starts_again(tmp_path):
    with serving(application(tmp_path)) as url, client(url) as synth:
        job = synth.submit([{"id": "slow"}, {"id": "quick"}])
        assert next(job.stream()).row.id == "quick"

    async def no_longer_slow(row, backends):
        return await rewrite(
            row.model_copy(update={"seed": row.seed.model_copy(update={"id": "now"})}), backends
        )

    stages = [("rewrite", no_longer_slow), ("sample", sample)]
    with serving(application(tmp_path, stages)) as url, client(url) as synth:
        again = synth.job(job.id)
        assert again.wait().state is JobState.FINISHED
        assert sorted(result.index for result in again.stream()) == [0, 1]


def test_a_job_whose_executor_refuses_all_rows_waits_and_says_why(tmp_path):
    async def refused(row, _):
        problem = ProblemDetails(type="x", title="Unknown", status=422, detail="No environment 'x'")
        raise UnknownEnvironmentError(problem)

    with serving(application(tmp_path, [("validate", refused)])) as url, client(url) as synth:
        job = synth.submit([{"id": "a"}])
        while not (state := job.poll()).paused:
            pass
        assert "stage validate: " in state.paused
        assert "No environment 'x'" in state.paused
        assert synth.submit([{"id": "b"}]).poll().state is not JobState.FINISHED  # the service goes on
        job.cancel()
        assert job.wait().state is JobState.CANCELLED


def test_bad_requests_name_the_field(url):
    def post(body):
        return httpx2.post(f"{url}/v1/suites", content=body)

    assert post(b"{").json()["status"] == 400
    empty = post(b'{"seeds": []}')
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "seeds")
    twice = post(b'{"seeds": [{"id": "a"}, {"id": "a"}]}').json()
    assert twice["errors"][0]["field"] == "seeds[1]"
    with client(url) as synth:
        with pytest.raises(LimitAboveCapError, match="4 are above this server's 3"):
            synth.submit([{"id": str(n)} for n in range(4)])
        with pytest.raises(ValueError, match="seeds"):
            synth.submit([])
        with pytest.raises(ValueError, match="seeds: should be a list"):
            synth.submit("def f(x): return x")
        with pytest.raises(NotFoundError, match="no job"):
            synth.job("none").poll()


def test_a_job_belongs_to_its_key(tmp_path):
    tokens = {"ann": "a" * 32, "bob": "b" * 32}
    with serving(application(tmp_path, tokens=tokens, max_seeds_per_key=2)) as url:
        with client(url, token="a" * 32) as ann, client(url, token="b" * 32) as bob:
            job = ann.submit([{"id": "slow"}, {"id": "slow2"}])
            with pytest.raises(NotFoundError):
                bob.job(job.id).poll()
            with pytest.raises(TooManyRequestsError, match="2 seeds of key 'ann'"):
                ann.submit([{"id": "slow3"}])
            job.cancel()
            assert job.wait().state is JobState.CANCELLED
            ann.submit([{"id": "quick"}]).wait()  # the cancelled job counts no longer
        with client(url) as anonymous, pytest.raises(UnauthorizedError):
            anonymous.info()


def test_the_async_client_does_the_same(url):
    async def run():
        async with AsyncSynth(url) as synth:
            assert (await synth.info()).max_seeds == 3
            return await synth.suites([{"id": "a"}])

    (result,) = anyio.run(run)
    assert result.status is SynthStatus.KEPT
