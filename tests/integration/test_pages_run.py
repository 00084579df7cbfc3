"""What the README and the tutorial tell a reader to paste does what they say."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUICK = 20  # candidates of the sample that are judged here; all of them take a busy machine minutes


def blocks(page, language):
    return re.findall(
        rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


@pytest.mark.parametrize(
    ("page", "printed"),
    [
        ("README.md", blocks("README.md", "text")),
        (
            "docs/tutorial.md",
            [
                "0.5",
                "double 1.0",
                "[1.0, 0.0]",
                "[0.99865, -1.000825, None]",
                "return max(low, min(n, high))",
            ],
        ),
        ("docs/choosing.md", blocks("docs/choosing.md", "text")),
        ("docs/install.md", [""]),
        ("docs/frameworks.md", ["row 1: the ground truth is null"]),
    ],
    ids=["readme", "tutorial", "choosing", "install", "frameworks"],
)
def test_the_python_of_a_page_runs_from_top_to_bottom(stack, page, printed):
    """As a reader would: one session, block after block."""
    code = "\n".join(blocks(page, "python"))
    ended = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd=ROOT,
        env={**os.environ, "ACECODER_URL": stack.url},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    for words in printed:
        assert words in ended.stdout


def test_the_shell_of_the_readme_runs(stack, tmp_path):
    """Against the stack of the tests, into a folder of this test's own, and on the quick part of the sample."""
    script = "\n".join(
        block for block in blocks("README.md", "sh") if not block.startswith(("make", "source"))
    )
    assert script.count("acecoder execute") == script.count("curl") == 1
    script = script.replace("localhost:8000", stack.url).replace("out/", f"{tmp_path}/")
    # has tests of its own, and takes long
    script = re.sub(r"^acecoder doctor.*$", "", script, flags=re.MULTILINE)
    script = re.sub(r"^(acecoder execute)", r"shorten\n\1", script, flags=re.MULTILINE)
    sample = f"{tmp_path}/sample/candidates.jsonl"
    shorten = f"shorten() {{ grep -E '/(right|wrong):' {sample} | head -{QUICK} > {tmp_path}/q; mv {tmp_path}/q {sample}; }}"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        ["bash", "-eu", "-c", f"{shorten}\n{script}"],
        check=False,
        cwd=ROOT,
        env={**os.environ, "ACECODER_URL": stack.url, "PATH": path, "no_proxy": "*"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert '"pass_rate":1.0' in ended.stdout
    assert (tmp_path / "results.jsonl").read_text().count("\n") == QUICK
    assert (tmp_path / "best.jsonl").read_text()


CALLS = re.findall(
    r"^```sh\n(curl .*?)^```\n\n```json\n(.*?)^```$",
    (ROOT / "docs" / "frameworks.md").read_text(encoding="utf-8"),
    re.DOTALL | re.MULTILINE,
)
MEASURED = {"cpu_s", "execution_time", "runtimes"}


def check_answer(shown, answer, path="answer"):
    """Every field that the page shows has that value; what is measured need only be there."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert name in answer, f"{path}.{name}"
            if name not in MEASURED:
                check_answer(value, answer[name], f"{path}.{name}")
    else:
        assert shown == answer, path


@pytest.mark.parametrize(
    ("command", "shown"), CALLS, ids=[re.search(r"8000(/\w+)", command)[1] for command, _ in CALLS]
)
def test_every_foreign_api_answers_the_curl_as_the_page_shows(stack, command, shown):
    ended = subprocess.run(
        ["bash", "-c", command.replace("localhost:8000", stack.url)],
        check=True,
        capture_output=True,
        text=True,
    )
    check_answer(json.loads(shown), json.loads(ended.stdout))


def test_there_is_a_curl_for_every_foreign_api_that_judges():
    paths = {re.search(r"8000(/\w+)", command)[1] for command, _ in CALLS}
    assert paths == {
        "/get_reward", "/remote_rm", "/verify", "/run_code", "/test_program", "/test_program_stdio"
    }  # fmt: skip
