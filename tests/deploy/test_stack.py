"""The stack in containers, on a real Docker daemon: it judges the sample while parts of it are killed and restarted.

It builds images, which takes minutes, so it runs under ``make stack-test`` alone.
"""

import os
import subprocess
import threading
import time

import httpx2
import pytest

from clients import Executor, Outcome
from clients.errors import LimitAboveCapError, ServiceError
from examples import sample
from tests.conftest import wait_until
from tests.deploy import compose_stack
from tests.deploy.compose_stack import ComposeStack, run
from tests.support.docker_daemon import why_no_docker

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        not os.environ.get("ACECODER_STACK_TEST"),
        reason="builds images for minutes: run it with 'make stack-test'",
    ),
]


@pytest.fixture(scope="module")
def compose():
    if reason := why_no_docker():
        pytest.skip(reason)
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("the Docker command has no 'compose' here")


@pytest.fixture(scope="module")
def images(compose):
    base = compose_stack.python_image()
    if not base:
        pytest.skip(f"none of {', '.join(compose_stack.PYTHON_IMAGES)} is here or can be pulled")
    compose_stack.build("executor", base)
    return compose_stack.redis_image(base)


@pytest.fixture(scope="module")
def stack(images, tmp_path_factory):
    settings = tmp_path_factory.mktemp("stack") / "settings.env"
    settings.write_text(f"EXECUTOR_CAPS__OUTPUT_BYTES={LIMITS.output_bytes}\n")
    with ComposeStack(images, settings=settings) as running:
        yield running
    assert running.leftovers() == []


@pytest.fixture(scope="module")
def client(stack):
    with Executor(stack.url, token=stack.token) as executor:
        yield executor


def wait_until_ready(stack):
    def is_ready():
        try:
            return httpx2.get(f"{stack.url}/readyz", timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False

    wait_until(is_ready, timeout_s=120)


def kill_a_worker(stack):
    """Kill the worker process in one container, as the kernel does when memory is short; return the container."""
    container = stack.containers("worker")[0]
    before = stack.inspect(container)["RestartCount"]
    run("docker", "exec", container, "python", "-c", KILL, check=False)  # it ends with the container
    return container, before


LIMITS = sample.LIMITS.model_copy(update={"wall_s": 20.0, "total_wall_s": 60.0})
"""Time to wait that is far above the faults: a frozen program does not know that it was frozen. And beside a machine's other work all
containers together get the share of one process."""
FAULT_S = 8
"""Above the 5 s after which a worker without a heartbeat counts as lost."""
KILL = """
import os, signal
for name in filter(str.isdigit, os.listdir("/proc")):
    words = open(f"/proc/{name}/cmdline", "rb").read().split(b"\\0")
    if words[-2:-1] == [b"worker"] and b"acecoder" in words[1]:
        os.kill(int(name), signal.SIGKILL)
"""


def restart_redis(stack):
    stack.compose("restart", "--timeout", "10", "redis")


def judge_sample(client, during=None, after=5):
    """Judge the sample twice over in one request; call ``during`` in a thread when some results are there."""
    problems = sample.load()
    programs = [program for problem in problems for program in problem.programs]
    stream = client.stream(
        [program.candidate for program in programs],
        [problem.suite for problem in problems],
        limits=LIMITS,
        cache=False,
    )
    results = []
    thread = threading.Thread(target=during or (lambda: None))
    for result in stream:
        results.append(result)
        if len(results) == after:
            thread.start()
    thread.join()
    return programs, results


def check_sample(programs, results):
    """Every candidate has one answer, and it is the one that its author wrote beside it."""
    assert sorted(result.index for result in results) == list(range(len(programs)))
    assert [result.id for result in results if result.reason is not None] == []
    right = {program.candidate.id: program.passes for program in programs}
    unexpected = [
        (result.id, right[result.id], [(test.outcome.value, test.message) for test in result.tests])
        for result in results
        if sum(test.outcome is Outcome.PASSED for test in result.tests) != right[result.id]
    ]
    assert not unexpected


def test_a_client_on_the_host_gets_right_verdicts(client):
    check_sample(*judge_sample(client))


def test_a_worker_killed_in_the_middle_costs_nothing_and_is_back_soon(stack, client):
    killed = []
    check_sample(*judge_sample(client, during=lambda: killed.append(kill_a_worker(stack))))
    ((container, restarts),) = killed
    wait_until(lambda: stack.inspect(container)["RestartCount"] > restarts, timeout_s=60)
    names = wait_until(lambda: len(worker_names(stack)) == 2, timeout_s=30)
    assert names


def worker_names(stack):
    redis = stack.containers("redis")[0]
    keys = run("docker", "exec", redis, "redis-cli", "keys", "executor:worker:*").split()
    return [key for key in keys if not key.endswith(":profile")]


def freeze(stack, container):
    """Longer than a heartbeat lasts: its chunks are sent to the other worker, and it comes back with them."""
    run("docker", "pause", container)
    time.sleep(FAULT_S)
    run("docker", "unpause", container)


def cut_off(stack, container):
    """It judges on, and its results reach Redis when the network is back, or never."""
    run("docker", "network", "disconnect", f"{stack.project}_queue", container)
    time.sleep(FAULT_S)
    run("docker", "network", "connect", f"{stack.project}_queue", container)


def stop_and_start(stack, container):
    """As an upgrade does: SIGTERM, and a new process."""
    run("docker", "stop", "--time", "60", container)
    run("docker", "start", container)


@pytest.mark.parametrize("fault", [freeze, cut_off, stop_and_start])
def test_a_worker_that_is_away_in_the_middle_costs_nothing(stack, client, fault):
    check_sample(*judge_sample(client, during=lambda: fault(stack, stack.containers("worker")[0])))
    wait_until(lambda: len(worker_names(stack)) == 2, timeout_s=120)


def test_redis_restarted_in_the_middle_costs_nothing(stack, client):
    check_sample(*judge_sample(client, during=lambda: restart_redis(stack)))
    wait_until_ready(stack)


def test_two_workers_in_containers_have_slots_and_cores_of_their_own(stack):
    redis = stack.containers("redis")[0]
    wait_until(lambda: len(worker_names(stack)) == 2, timeout_s=60)
    for lease in ("slot", "core"):
        keys = run("docker", "exec", redis, "redis-cli", "keys", f"executor:{lease}:*").split()
        holders = {run("docker", "exec", redis, "redis-cli", "get", key).strip() for key in keys}
        assert len(keys) == len(holders) == 2


def test_every_container_is_confined(stack):
    for service in ("redis", "api", "worker"):
        for container in stack.containers(service):
            found = stack.inspect(container)
            host = found["HostConfig"]
            assert found["Config"]["User"] not in ("", "0", "root", "0:0")
            assert host["Privileged"] is False
            assert host["ReadonlyRootfs"] is True
            assert host["CapDrop"] == ["ALL"]
            assert not host["CapAdd"]
            assert host["Memory"] > 0
            assert "no-new-privileges:true" in host["SecurityOpt"]
            assert "seccomp=unconfined" not in host["SecurityOpt"]


def test_the_api_is_on_loopback_alone_and_needs_the_key(stack):
    ports = stack.inspect(stack.containers("api")[0])["NetworkSettings"]["Ports"]["8000/tcp"]
    assert [port["HostIp"] for port in ports] == ["127.0.0.1"]
    assert httpx2.get(f"{stack.url}/v1/environments").status_code == 401
    with Executor(stack.url, token="wrong") as executor, pytest.raises(ServiceError, match="Bearer"):
        executor.execute(["x = 1"], sample.load()[0].suite)


def test_a_setting_of_the_file_is_in_force(client):
    limits = LIMITS.model_copy(update={"output_bytes": LIMITS.output_bytes + 1})
    with pytest.raises(LimitAboveCapError, match=f"cap of {LIMITS.output_bytes}"):
        client.execute(["x = 1"], sample.load()[0].suite, limits=limits)


def test_the_image_says_what_is_in_it(images):
    image = run("docker", "image", "inspect", "--format", "{{json .Config.Labels}}", "acecoder-executor:test")
    assert '"org.opencontainers.image.version":"0.1.0"' in image
    assert '"org.opencontainers.image.revision":"unknown"' not in image
    bill = run(
        "docker", "run", "--rm", "--entrypoint", "cat", "acecoder-executor:test", "/opt/acecoder/sbom.json"
    )
    assert '"purl": "pkg:pypi/rq@' in bill


def test_without_a_key_one_sentence_says_what_to_do(compose):
    said = run(
        "docker",
        "compose",
        "-f",
        "deploy/compose.yaml",
        "--env-file",
        "/dev/null",
        "config",
        check=False,
        EXECUTOR_TOKEN="",
    )
    assert "required variable EXECUTOR_TOKEN is missing a value: give it a key" in said
