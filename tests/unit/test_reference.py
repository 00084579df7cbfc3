"""The reference pages are what their script writes from the docstrings."""

import importlib.util
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("reference_build", REFERENCE / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["python", "messages", "settings"])
def test_the_page_is_current(build, page):
    written = (REFERENCE / f"{page}.md").read_text(encoding="utf-8")
    assert written == getattr(build, f"{page}_page")(), "run: python docs/reference/build.py"


def test_it_has_what_a_reader_looks_for(build):
    messages, python, settings = build.messages_page(), build.python_page(), build.settings_page()
    for field in ("| `stdin` |", "| `stdout` |", "| `cpu_s` |", "| `deadline_s` |", "- `wrong_answer`: "):
        assert field in messages
    for call in ("#### Executor.stream", "#### JobHandle.wait", "### best_of_n", "- `QueueFullError`: "):
        assert call in python
    for variable in (
        "| `EXECUTOR_MAX_CHUNK` |",
        "| `EXECUTOR_CAPS__CPU_S` |",
        "| `RM_MODEL` |",
        "| `SYNTH_CONFIG` |",
    ):
        assert variable in settings
