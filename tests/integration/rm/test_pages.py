"""The commands of docs/reward-model.md work as written, from ``acecoder serve-rm`` to Ctrl-C."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tiny_models import save_classification

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "reward-model.md").read_text(encoding="utf-8")
COMMAND = [sys.executable, "-c", "from services.rm.commands import app; app()", "serve-rm"]


def block(language, word):
    """Return the one block of the page that contains a word."""
    blocks = [
        b for b in re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) if word in b
    ]
    assert len(blocks) == 1
    return blocks[0]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Run the command in a process; yield the process, its URL and the fields of ``ready``."""
    folder = tmp_path_factory.mktemp("model")
    save_classification(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = os.environ | {"RM_THREADS": "1", "HF_HUB_OFFLINE": "1", "RM_LOG_JSON": "true"}
    with subprocess.Popen(
        [*COMMAND, str(folder), "--port", str(port)],
        env=variables,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as child:
        lines = []
        for line in child.stderr:
            lines.append(line)
            if '"event": "ready"' in line:
                break
        else:
            pytest.fail("".join(lines))
        yield child, f"http://127.0.0.1:{port}", json.loads(lines[-1])
        if child.poll() is None:
            child.kill()


def run(*command, **variables):
    ended = subprocess.run(
        command, check=False, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_ready_names_the_model_that_is_served(service):
    _, url, ready = service
    assert ready["url"] == url
    assert (ready["format"], ready["sharing"], ready["layout"]) == ("chat", "spans", "classification")


def test_the_pages_python(service):
    _, url, _ = service
    shown = run(sys.executable, "-c", block("python", "best_of_n"), ACECODER_RM_URL=url)
    assert re.match(r"\[-?\d.*, -?\d.*\]\ndef f\(\): .* \['candidate [01] has the highest score", shown)


def test_the_pages_curl(service):
    _, url, _ = service
    script = block("sh", "curl").replace("localhost:8100", url)
    (group,) = json.loads(run("bash", "-c", script, no_proxy="*"))["groups"]
    assert sorted(score["rank"] for score in group["scores"]) == [1, 2]


def test_an_interrupt_ends_it_quietly(service):
    """The last test, because it stops the service."""
    child, _, _ = service
    child.send_signal(signal.SIGINT)
    output = child.communicate(timeout=60)[1]
    assert child.returncode == 0
    assert "Traceback" not in output
