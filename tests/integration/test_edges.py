"""Who may ask, how much at once, and how large: the edges of a running service."""

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from functools import partial

import anyio
import httpx2
import pytest
from typer.testing import CliRunner

from clients import Executor, UnauthorizedError
from clients.config import ClientConfig
from clients.contract import ProblemDetails
from services.executor.app import create_app
from services.executor.commands import app as commands
from services.executor.local.stack import LocalStack
from services.executor.settings import ExecutorSettings
from tests.conftest import BASE_ONLY, batch, wait_until

PATIENCE_S = 120
"""For a machine that others load; nothing here takes a second of its own."""
get, post = (partial(method, timeout=PATIENCE_S) for method in (httpx2.get, httpx2.post))
patiently = partial(wait_until, timeout_s=PATIENCE_S)
RIGHT = "def f(x):\n    return x + 1\n"
SLEEPING_PROGRAM = "import time\ndef f(x):\n    time.sleep(600)\n"
KEYS = {"alice": "key-of-alice-1", "bob": "key-of-bob-2"}
CAPS = {
    "EXECUTOR_TOKENS": json.dumps(KEYS),
    "EXECUTOR_MAX_REQUESTS_PER_KEY": "2",
    "EXECUTOR_MAX_CANDIDATES_PER_KEY": "3",
    "EXECUTOR_MAX_BODY_BYTES": "4096",
}


@pytest.fixture(scope="module")
def guarded():
    """A service with two keys and small caps; its log in a file."""
    with LocalStack(workers=1, settings=BASE_ONLY | CAPS) as running:
        yield running


@pytest.fixture
def alice(guarded):
    headers = {"Authorization": f"Bearer {KEYS['alice']}"}
    with httpx2.Client(base_url=guarded.url, timeout=PATIENCE_S, headers=headers) as client:
        yield client


def slug(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    problem = ProblemDetails.model_validate_json(answer.content)
    assert problem.status == answer.status_code
    assert problem.request_id == answer.headers["x-request-id"]
    return problem.slug


# -- keys


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer key-without-a-holder"},
        {"Authorization": f"Basic {KEYS['alice']}"},
        {"Authorization": f"Bearer {KEYS['alice']}x"},
    ],
)
@pytest.mark.parametrize(
    "path", ["/v1/environments", "/v1/jobs/x", "/anything", "/t/key-without-a-holder/v1/environments"]
)
def test_without_a_key_of_ours_there_is_no_answer(guarded, headers, path):
    answer = get(guarded.url + path, headers=headers)
    assert answer.status_code == 401
    assert slug(answer) == "unauthorized"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/version", "/metrics", "/openapi.json"])
def test_probes_and_documentation_need_no_key(guarded, path):
    assert get(guarded.url + path).status_code == 200


@pytest.mark.parametrize("key", KEYS.values())
def test_every_key_opens_by_header_and_by_path(guarded, key):
    by_header = get(guarded.url + "/v1/environments", headers={"Authorization": f"bearer {key}"})
    by_path = get(f"{guarded.url}/t/{key}/v1/environments")
    assert by_header.status_code == by_path.status_code == 200
    assert by_header.json() == by_path.json()


def test_a_client_with_its_key_is_served_and_one_with_another_is_told(guarded):
    with Executor(config=ClientConfig(url=guarded.url, token=KEYS["bob"])) as executor:
        assert executor.execute([RIGHT], ["assert f(1) == 2"]).results[0].pass_rate == 1
    with (
        Executor(config=ClientConfig(url=guarded.url, token="another")) as executor,
        pytest.raises(UnauthorizedError),
    ):
        executor.execute([RIGHT], ["assert f(1) == 2"])


def test_a_client_without_headers_can_follow_its_job(guarded):
    base = f"{guarded.url}/t/{KEYS['alice']}"
    accepted = post(f"{base}/v1/executions", json=batch(RIGHT), headers={"Prefer": "respond-async"})
    assert accepted.status_code == 202
    place = guarded.url + accepted.headers["location"]
    ended = patiently(lambda: (job := get(place).json())["state"] == "finished" and job)
    assert ended["response"]["results"][0]["pass_rate"] == 1


@pytest.mark.parametrize("by_path", [False, True])
def test_a_job_belongs_to_the_key_that_made_it(alice, guarded, by_path):
    prefix = f"/t/{KEYS['bob']}" if by_path else ""
    headers = {} if by_path else {"Authorization": f"Bearer {KEYS['bob']}"}

    def as_bob(method, place):
        answer = httpx2.request(method, guarded.url + prefix + place, headers=headers, timeout=PATIENCE_S)
        return answer.status_code, slug(answer), answer.json()["detail"]

    with sleeping(alice, 1) as place:
        job_id = place.rpartition("/")[2]
        detail = as_bob("GET", f"/v1/jobs/{'0' * len(job_id)}")[2].replace("0" * len(job_id), job_id)
        for method, path in [("GET", place), ("GET", f"{place}/results"), ("DELETE", place)]:
            assert as_bob(method, path) == (404, "not-found", detail), "the same words as for no job at all"
        assert alice.get(place).json()["state"] in ("queued", "running"), "it was not cancelled"
    assert as_bob("GET", place)[0] == as_bob("DELETE", place)[0] == 404, "nor when it has ended"
    assert alice.get(place).json()["state"] == "cancelled"
    through_path = get(f"{guarded.url}/t/{KEYS['alice']}{place}")
    assert through_path.json()["state"] == "cancelled"


def test_a_key_in_a_path_is_neither_logged_nor_counted(redis_server):
    """Under a plain uvicorn, whose access log is on."""
    key = "key-that-must-not-be-seen"
    with plain_uvicorn(redis_server, "127.0.0.1", EXECUTOR_TOKEN=key) as (url, process):
        assert get(f"{url}/t/{key}/v1/environments").status_code == 200
        assert get(f"{url}/t/{key}/v1/jobs/no-such-job").status_code == 404
        assert get(f"{url}/t/{key}/elsewhere").status_code == 404
        assert get(f"{url}/t/{key}").json()["service"]  # the page at "/", which asks for no key
        metrics = get(f"{url}/metrics").text
        process.terminate()
        log = process.communicate(timeout=PATIENCE_S)[0]
    assert 'handler="/v1/environments"' in metrics
    assert key not in metrics
    assert "GET /v1/environments" in log
    assert key not in log


@pytest.mark.parametrize("key", ["", KEYS["alice"]])
def test_metrics_have_a_closed_set_of_series_whatever_is_sent(guarded, key):
    def series():
        lines = get(guarded.url + "/metrics").text.splitlines()
        return {line.rpartition(" ")[0] for line in lines if line.startswith("http_")}

    def send(mark):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        with httpx2.Client(base_url=guarded.url, timeout=PATIENCE_S, headers=headers) as client:
            for n in range(3):
                for method in (f"{mark}{n}X", f"get{mark}{n}".lower(), "get", "Options"):
                    for path in (f"/v1/jobs/{mark}{n}", f"/{mark}{n}", f"/problems/{mark}{n}", "/run_code"):
                        assert client.request(method, path).status_code in (401, 404, 405)

    send("QQ")
    before = series()
    send("ZZ")
    assert series() == before
    assert not any("QQ" in line or "qq" in line for line in before)
    assert any('method="OTHER"' in line for line in before)


# -- where it listens


@contextmanager
def plain_uvicorn(redis_server, host, **settings):
    """The application under a server that we do not start ourselves."""
    script = (
        "import sys, uvicorn\n"
        "from services.executor.app import create_app\n"
        "from services.executor.settings import ExecutorSettings\n"
        "uvicorn.run(create_app(ExecutorSettings()), fd=int(sys.argv[1]), timeout_graceful_shutdown=1)\n"
    )
    with socket.socket() as listener:
        listener.bind((host, 0))
        listener.listen()
        port = listener.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(listener.fileno())],
            env={**os.environ, **BASE_ONLY, **settings, "EXECUTOR_REDIS_URL": redis_server.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=[listener.fileno()],
        )
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.communicate()


def test_the_api_does_not_listen_elsewhere_without_a_key():
    command = [sys.executable, "-m", "services.executor.app", "0.0.0.0", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert ended.returncode == 1
    assert "without a key the service listens on this machine only, not on '0.0.0.0'" in ended.stderr
    assert "Traceback" not in ended.stderr
    shown = CliRunner().invoke(commands, ["api", "--host", "0.0.0.0"], env={"EXECUTOR_TOKEN": ""})
    assert shown.exit_code == 1
    assert "set EXECUTOR_TOKEN" in shown.output


@pytest.mark.parametrize(
    ("server", "status"),
    [
        (("127.0.0.1", 8000), 200),
        (("::ffff:127.0.0.1", 8000), 200),
        (("/run/api.sock", None), 200),
        (None, 200),
        (("10.0.0.5", 8000), 401),
        (("2001:db8::1", 8000), 401),
    ],
)
def test_without_a_key_a_request_that_came_from_beyond_this_machine_is_refused(server, status):
    """However the server was started: the address that the connection came to decides."""
    app = create_app(ExecutorSettings(_env_file=None, environments={"base": {}}))

    async def ask():
        async def elsewhere(scope, receive, send):
            await app(scope | {"server": server}, receive, send)

        transport = httpx2.ASGITransport(app=elsewhere)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/v1/environments"), await client.get("/healthz")

    answer, health = anyio.run(ask)
    assert answer.status_code == status
    assert health.status_code == 200
    if status == 401:
        assert "set EXECUTOR_TOKEN" in answer.json()["detail"]


# -- how large


def test_a_body_without_a_length_is_capped_as_it_comes(alice):
    sent = []

    def endless():
        while True:
            sent.append(1)
            yield b" " * 1024

    try:
        answer = alice.post("/v1/executions", content=endless())
    except httpx2.TransportError:  # the service hung up while we still sent: as good an answer
        pass
    else:
        assert answer.status_code == 413
        assert slug(answer) == "body-too-large"
    assert len(sent) < 100_000
    assert alice.get("/v1/environments").status_code == 200


def test_a_chunked_body_below_the_cap_is_taken(alice):
    text = json.dumps(batch(RIGHT)).encode()
    pieces = (text[at : at + 7] for at in range(0, len(text), 7))
    answer = alice.post("/v1/executions", content=pieces, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert answer.json()["results"][0]["pass_rate"] == 1


def test_a_body_is_not_read_from_who_has_no_key(guarded):
    answer = post(f"{guarded.url}/v1/executions", content=b" " * 8192)
    assert slug(answer) == "unauthorized"


# -- how much at once


@contextmanager
def sleeping(client, count):
    """A job of ``count`` candidates that sleep until it is cancelled."""
    programs = [f"{SLEEPING_PROGRAM}# {n}\n" for n in range(count)]
    request = batch(*programs, limits={"wall_s": 100, "total_wall_s": 100}, cache=False)
    accepted = client.post("/v1/executions", json=request, headers={"Prefer": "respond-async"})
    assert accepted.status_code == 202, accepted.text
    place = accepted.headers["location"]
    try:
        yield place
    finally:
        assert client.delete(place).status_code == 200


def test_a_key_with_too_many_candidates_in_flight_is_told_to_come_back(alice, guarded):
    with sleeping(alice, 3):
        refused = alice.post("/v1/executions", json=batch(RIGHT))
        assert refused.status_code == 429
        assert slug(refused) == "too-many-requests"
        assert int(refused.headers["retry-after"]) >= 1
        others = post(
            f"{guarded.url}/v1/executions",
            json=batch(RIGHT),
            headers={"Authorization": f"Bearer {KEYS['bob']}"},
        )
        assert others.status_code == 200
    again = patiently(lambda: (a := alice.post("/v1/executions", json=batch(RIGHT))).status_code == 200 and a)
    assert again.json()["results"][0]["pass_rate"] == 1


@contextmanager
def following(client, place, count):
    """So many requests that read a job's results, and hang up at the end."""
    with ExitStack() as open_requests:
        for _ in range(count):
            answer = open_requests.enter_context(client.stream("GET", f"{place}/results"))
            assert answer.status_code == 200
        yield


def test_a_key_with_too_many_requests_in_flight_is_told_to_come_back(alice):
    with sleeping(alice, 1) as place:
        with following(alice, place, 2):
            refused = alice.get("/v1/environments")
            assert refused.status_code == 429
            assert slug(refused) == "too-many-requests"
            assert alice.get("/healthz").status_code == 200
        patiently(lambda: alice.get("/v1/environments").status_code == 200)


def test_a_client_of_a_foreign_api_waits_for_room(alice):
    """It would take a 429 for a failed program."""
    answers = []
    program = {"code": "print(1)", "language": "python"}
    with sleeping(alice, 1) as place:
        with following(alice, place, 2):
            assert alice.get("/v1/environments").status_code == 429
            waits = threading.Thread(target=lambda: answers.append(alice.post("/run_code", json=program)))
            waits.start()
            waits.join(1)
            assert waits.is_alive()
        waits.join(PATIENCE_S)
    assert [answer.status_code for answer in answers] == [200]


def refusals(client):
    """How many requests for executions the service has refused so far."""
    lines = client.get("/metrics").text.splitlines()
    label = 'http_requests_total{handler="/v1/executions",method="POST",status="4xx"}'
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(label))


def test_our_client_waits_until_its_key_has_room(alice, guarded):
    judged = []

    def judge():
        with Executor(config=ClientConfig(url=guarded.url, token=KEYS["alice"])) as executor:
            judged.append(executor.execute([RIGHT + "# waits\n"], ["assert f(1) == 2"]).results[0].pass_rate)

    with sleeping(alice, 3):
        waits = threading.Thread(target=judge)
        waits.start()
        before = refusals(alice)
        patiently(lambda: refusals(alice) > before)
        assert not judged
    waits.join(PATIENCE_S)
    assert judged == [1.0]


def test_a_stream_that_is_hung_up_gives_its_share_back(alice):
    programs = [f"{SLEEPING_PROGRAM}# hung up {n}\n" for n in range(3)]
    request = batch(*programs, limits={"wall_s": 100, "total_wall_s": 100}, cache=False)
    with alice.stream(
        "POST", "/v1/executions", json=request, headers={"Accept": "application/x-ndjson"}
    ) as answer:
        assert answer.status_code == 200
        assert alice.post("/v1/executions", json=batch(RIGHT)).status_code == 429
    patiently(lambda: alice.post("/v1/executions", json=batch(RIGHT)).status_code == 200)
