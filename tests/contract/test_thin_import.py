"""``import clients`` in a training process brings no server, no queue, no tensor library, no thread."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {
    "fastapi",
    "starlette",
    "uvicorn",
    "redis",
    "rq",
    "torch",
    "transformers",
    "numpy",
    "typer",
    "rich",
    "services",
}


def fresh(code):
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(ended.stdout)


def test_the_client_is_thin():
    modules = fresh(
        "import sys, json, clients; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    assert "pydantic" in modules
    assert not HEAVY & set(modules)


def test_nothing_happens_at_import():
    code = """
import json, os, sys, threading
calls = []
sys.addaudithook(lambda event, args: calls.append(event) if event in ("socket.connect", "subprocess.Popen", "os.fork") else None)
import clients, clients.datasets, clients.completions
print(json.dumps([calls, threading.active_count()]))
"""
    assert fresh(code) == [[], 1]


def test_settings_are_read_when_a_client_is_made_and_not_before():
    code = """
import json, os, clients
os.environ["ACECODER_URL"] = "http://later:1"
print(json.dumps(clients.Executor().config.url))
"""
    assert fresh(code) == "http://later:1"


def test_extraction_does_not_depend_on_the_interpreters_hash_seed():
    blocks = ["import {0}\n{0}_k = 1", "def {0}_a(): return {0}_k", "def {0}_b(): return {0}_a() + {0}.x"]
    text = "".join(
        f"```python\n{each.format(name)}\n```\n" for name in ("math", "json", "re") for each in blocks
    )
    text += "```python\ndef f(): return math_b() + json_b() + re_b()\n```\n"
    code = f"import json; from clients import extract; print(json.dumps(extract({text!r}, 'f').program))"
    programs = set()
    for seed in ("1", "2", "3"):
        environment = {"PYTHONHASHSEED": seed}
        ended = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        programs.add(json.loads(ended.stdout))
    assert len(programs) == 1
    assert programs.pop().count("def ") == 7
