"""The project's words: what CONTRIBUTING retires is in no source, message or page, and no variable is named by its role in a sentence."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FOLDERS = ("benchmarks", "clients", "deploy", "docs", "examples", "services", "tests")
PROGRAMS = (
    "examples/sample/problems",
    "services/rm/backends/judge_",
    "tests/sandbox/attacks",
    "tests/sandbox/honest",
)
"""Programs to judge, and prompts that decide scores: of those only a module's docstring is the project's prose."""
IDENTIFIERS = frozenset("told said says asked wanted theirs its whose".split())
"""Names that say what somebody did with a value, and not what the value is."""

STORED = re.compile(r'"(?:blame|seats)"|test_cases_kit')
"""Names of fields in Redis, which keep their old words so that processes of two versions understand each other, and of a
column of a data set."""


def retired() -> dict[str, str]:
    """Word → what to write, from the table under "Words" in CONTRIBUTING."""
    section = CONTRIBUTING.partition("\n## Words\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!not \|)([^|-][^|]*) \| ([^|]+) \|$", section, re.MULTILINE)
    return {word.strip(): better.strip() for words, better in rows for word in words.split(",")}


WORDS = retired()
PATTERN = re.compile(
    "|".join(
        rf"(?<![A-Za-z]){re.escape(word)}(?![a-z])(?![ _-](?:time|clock|limit|s\b))".replace(
            r"\ ", r"[ _\n]+"
        )
        for word in sorted(WORDS, key=len, reverse=True)
    ),
    re.IGNORECASE,
)


def files(*endings: str) -> list[Path]:
    """Files of the project with one of the endings, without this one and the page that lists the words."""
    found = [path for path in ROOT.glob("*.md") if path.name != "CONTRIBUTING.md"]
    found += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    return sorted(
        path
        for path in found
        if path.suffix in endings and path != Path(__file__) and "__pycache__" not in path.parts
    )


def prose(path: Path) -> str:
    """The text of a file that is written for readers."""
    text = path.read_text(encoding="utf-8")
    if not path.relative_to(ROOT).as_posix().startswith(PROGRAMS):
        return text
    if path.suffix != ".py":
        return ""
    try:
        return ast.get_docstring(ast.parse(text)) or ""
    except (SyntaxError, ValueError):  # some attacks are no Python, on purpose
        return ""


def split_words(text: str) -> str:
    """Text with the words in CamelCase names set apart, line for line."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)


def bound_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Names that a module assigns or takes as parameters, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg


def test_there_is_a_list() -> None:
    assert len(WORDS) > 20


@pytest.mark.parametrize("folder", [*FOLDERS, "."])
def test_no_retired_word_is_written(folder: str) -> None:
    seen = []
    for path in files(".py", ".md", ".html", ".toml", ".yaml", ".yml"):
        inside = path.relative_to(ROOT)
        if (inside.parts[0] if len(inside.parts) > 1 else ".") != folder:
            continue
        text = split_words(STORED.sub('""', prose(path)))
        for match in PATTERN.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            word = re.sub(r"[ _\n]+", " ", match[0]).lower()
            seen.append(f"{inside}:{line}: {word!r}: write {WORDS.get(word, 'another word')}")
    assert not seen, "\n".join(seen[:50])


@pytest.mark.parametrize("folder", ["benchmarks", "clients", "loop", "services"])
def test_no_variable_is_named_by_its_role_in_a_sentence(folder: str) -> None:
    seen = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, name in bound_names(ast.parse(path.read_text(encoding="utf-8")))
        if name in IDENTIFIERS
    ]
    assert not seen, "\n".join(seen)
