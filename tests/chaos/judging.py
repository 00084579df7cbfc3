"""Programs with known verdicts, requests for them, and checks of their results."""

import json
import uuid

from tests.conftest import batch

DEADLINE_S = 90
"""Far longer than any fault here may delay a result."""
RIGHT = "def f(x):\n    return x + 1\n"
WRONG = "def f(x):\n    return -1\n"
SLOW = "import time\ntime.sleep(0.05)\n"
REASONS = {"sandbox_failure", "worker_lost", "deadline", "queue_unavailable"}


def programs(count, before=""):
    """New programs, so that none is in the cache: wrong and right in turn."""
    mark = uuid.uuid4().hex
    return [f"{before}{RIGHT if n % 2 else WRONG}# {mark} {n}\n" for n in range(count)]


def request(texts, **options):
    return batch(*texts, **{"deadline_s": DEADLINE_S, **options})


def stream(stage, body):
    """Yields results as they arrive; a test that waits past the deadline fails here."""
    with (
        stage.client(body["deadline_s"]) as http,
        http.stream(
            "POST", "/v1/executions", json=body, headers={"Accept": "application/x-ndjson"}
        ) as response,
    ):
        assert response.status_code == 200, response.read()
        for line in response.iter_lines():
            if line and "runner_version" not in line:
                yield json.loads(line)


def expected_rate(n):
    """The pass rate of the nth of ``programs``."""
    return float(n % 2)


def check_results(results, count):
    """Checks that every candidate has one result: its verdict, or a reason; returns the candidates with a reason."""
    assert sorted(result["index"] for result in results) == list(range(count))
    unscorable = []
    for result in results:
        if result["status"] == "judged":
            assert result["pass_rate"] == expected_rate(result["index"]), result
        else:
            assert result["reward"] is None, result
            assert result["reason"] in REASONS, result
            assert result["detail"], result
            unscorable.append(result["index"])
    return unscorable


def assert_all_judged(stage):
    """Checks that new candidates all get their verdict."""
    assert check_results(list(stream(stage, request(programs(24)))), 24) == []
