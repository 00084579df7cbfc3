"""Programs whose verdicts are known, requests for them, and what counts as an honest answer."""

import json
import uuid

from tests.conftest import batch

DEADLINE_S = 90
"""Far above what any fault may cost here."""
RIGHT = "def f(x):\n    return x + 1\n"
WRONG = "def f(x):\n    return -1\n"
SLOW = "import time\ntime.sleep(0.05)\n"
REASONS = {"sandbox_failure", "worker_lost", "deadline", "queue_unavailable"}


def programs(count, before=""):
    """New ones, so that no cache knows them: right and wrong in turn."""
    mark = uuid.uuid4().hex
    return [f"{before}{RIGHT if n % 2 else WRONG}# {mark} {n}\n" for n in range(count)]


def request(texts, **options):
    return batch(*texts, **{"deadline_s": DEADLINE_S, **options})


def stream(stage, body):
    """Results as they come; whoever waits past the deadline fails here."""
    with (
        stage.client(body["deadline_s"]) as http,
        http.stream(
            "POST", "/v1/executions", json=body, headers={"Accept": "application/x-ndjson"}
        ) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        for line in answer.iter_lines():
            if line and "runner_version" not in line:
                yield json.loads(line)


def due(n):
    """The pass rate of the nth of ``programs``."""
    return float(n % 2)


def answered_once(results, count):
    """Every candidate once: with the verdict it is due, or unscorable for a reason; return the latter."""
    assert sorted(result["index"] for result in results) == list(range(count))
    unscorable = []
    for result in results:
        if result["status"] == "judged":
            assert result["pass_rate"] == due(result["index"]), result
        else:
            assert result["reward"] is None, result
            assert result["reason"] in REASONS, result
            assert result["detail"], result
            unscorable.append(result["index"])
    return unscorable


def fair_and_whole(stage):
    """All are judged, and rightly."""
    assert answered_once(list(stream(stage, request(programs(24)))), 24) == []
