"""The documentation keeps up: every kind of problem has its page, every link leads somewhere."""

import re
from pathlib import Path

import pytest

from clients.contract import PROBLEMS, Outcome, Slug, UnscorableReason

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not {
        ".venv",
        ".venv-compat",
        ".venv-compat-b",
        ".venv-compat-vllm",
        "out",
        "node_modules",
        ".pytest_cache",
    }
    & set(page.relative_to(ROOT).parts)
)
_FENCE = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"`((?:benchmarks|clients|deploy|docs|examples|loop|services|tests)/[\w./*-]*)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def links(page: Path) -> list[str]:
    """Relative links of a page, outside code."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    text = re.sub(r"`[^`\n]*`", "", text)
    return [link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """What a link into a page may name: its headings, as they are shown on the web."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("slug", Slug)
def test_every_problem_has_a_page_that_tells_its_status(slug: Slug) -> None:
    text = (ROOT / "docs" / "errors" / f"{slug}.md").read_text(encoding="utf-8")
    kind = PROBLEMS[slug]
    assert text.startswith(f"# {slug}\n")
    assert f"Status {kind.status}." in text
    assert f"unchanged: {'yes' if kind.retryable else 'no'}." in text
    assert "## What to do" in text


def test_every_page_on_errors_is_about_a_problem() -> None:
    pages = {page.stem for page in (ROOT / "docs" / "errors").glob("*.md")}
    assert pages == set(Slug)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(page: Path) -> None:
    made = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()  # such as the keys of `make stack`
    named = _PATH.findall(page.read_text(encoding="utf-8"))
    assert [path for path in named if path not in made and not any(ROOT.glob(path))] == []


def test_there_are_links_to_check() -> None:
    assert sum(len(links(page)) for page in PAGES) > 20


def test_semantics_names_every_outcome_and_reason() -> None:
    text = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
    missing = [name for name in (*Outcome, *UnscorableReason) if f"`{name}`" not in text]
    assert missing == []


RULES_PAGE = ROOT / "docs" / "design" / "0006-rules-against-unearned-passes.md"


def test_the_files_that_show_a_rule_exist() -> None:
    folder = ROOT / "tests"
    for name in re.findall(r"`([\w/]+\*?(?:\.py|/|\*))`", RULES_PAGE.read_text(encoding="utf-8")):
        if name.startswith("tests/"):
            path = ROOT / name
        elif "/" in name:
            path = ROOT / "tests" / ("sandbox" if name.startswith("attacks/") else "") / name
        else:
            path = folder / name  # beside the file named before it
        found = list(path.parent.glob(path.name)) if not name.endswith("/") else [path] * path.is_dir()
        assert found, name
        folder = path if name.endswith("/") else path.parent
