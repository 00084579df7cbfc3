"""What the README and the tutorial tell a reader to paste does what they say."""

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
        ("README.md", ["1.0 [", "0.0 [", "0 ["]),
        ("docs/tutorial.md", ["0.5", "double 1.0", "[1.0, 0.0]", "return max(low, min(n, high))"]),
    ],
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
    script = re.sub(
        r"^acecoder doctor.*$", "", script, flags=re.MULTILINE
    )  # has tests of its own, and takes long
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
