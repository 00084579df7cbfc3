"""Every `acecoder` command that a page shows exists, with every option that it gives."""

import re
import shlex
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import typer

from clients.cli.commands import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "examples" / "README.md"]
_FENCE = re.compile(r"^```(?:sh|bash)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`(acecoder [^`\n]+)`")


@pytest.fixture(autouse=True)
def commands_of_this_checkout(monkeypatch):
    """Commands that pyproject.toml names are there, also where an older checkout was installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    group = "acecoder.commands"
    entries = [metadata.EntryPoint(*entry, group) for entry in project["entry-points"][group].items()]
    monkeypatch.setattr(metadata, "entry_points", lambda *, group: entries)


def shown_commands():
    """Yield the page and the words of each command, in blocks and in the text."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        lines = [line for block in _FENCE.findall(text) for line in block.replace("\\\n", " ").splitlines()]
        for line in [*lines, *_INLINE.findall(text)]:
            if "acecoder " not in line:  # other lines may hold a part of a quoted text
                continue
            words = shlex.split(line.replace("…", ""), comments=True)
            if words[:1] in (["kubectl"], ["helm"]):  # they may have a namespace or a release of this name
                continue
            if "acecoder" in words:
                yield page.relative_to(ROOT), words[words.index("acecoder") + 1 :]


COMMANDS = list(shown_commands())


@pytest.mark.parametrize(
    ("page", "words"), COMMANDS, ids=[f"{page}: {' '.join(words)[:50]}" for page, words in COMMANDS]
)
def test_the_command_exists_with_its_options(page, words):
    command, words = typer.main.get_command(app), list(words)
    while words and hasattr(command, "get_command") and not words[0].startswith("-"):
        command = command.get_command(None, words.pop(0))
        assert command is not None
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {
        "--help"
    }
    assert {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} <= known


def test_there_are_commands_to_check():
    assert {words[0] for _, words in COMMANDS if words} >= {
        "up",
        "execute",
        "evaluate",
        "train-rm",
        "synth",
        "loop",
        "environment",
    }
