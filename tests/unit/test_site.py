"""The documentation builds as a site, in which every link leads somewhere and nothing is loaded from elsewhere."""

import importlib.util
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

pytest.importorskip("zensical", reason="Zensical is not installed; `make docs` installs it")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def builder():
    spec = importlib.util.spec_from_file_location("build_site", ROOT / "docs" / "build_site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Page(HTMLParser):
    """The ids of a page, and what it refers to."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.references = set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("id", "name"):
                self.ids.add(value)
            elif name in ("href", "src") and value is not None:
                self.references.append((tag, value))


@pytest.fixture(scope="module")
def site(builder, tmp_path_factory):
    out = tmp_path_factory.mktemp("site") / "out"
    assert builder.build(out) == 0
    return out / "html"


def wrong_references(site):
    pages = {path: Page(path) for path in site.rglob("*.html")}
    assert len(pages) > 40
    for path, page in pages.items():
        for tag, reference in page.references:
            url = urlparse(reference)
            if url.scheme or url.netloc:
                if tag != "a":
                    yield f"{path.relative_to(site)} loads {reference}"
                continue
            place = site if url.path.startswith("/") else path.parent
            target = (place / unquote(url.path).lstrip("/")).resolve() if url.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                yield f"{path.relative_to(site)} → {reference}"
            elif url.fragment and target in pages and unquote(url.fragment) not in pages[target].ids:
                yield f"{path.relative_to(site)} → {reference}: no such anchor"


def test_every_link_of_the_site_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site):
    assert list(wrong_references(site)) == []


def test_every_page_of_the_documentation_is_on_the_site(site):
    pages = {path.relative_to(ROOT).with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert {str(page) for page in pages if not (site / page).is_file()} == set()


def test_a_link_that_leads_nowhere_stops_the_build(builder, tmp_path, monkeypatch):
    stage = builder.stage

    def with_a_wrong_link(folder):
        stage(folder)
        page = folder / "docs" / "compare.md"
        page.write_text(page.read_text() + "\n[here](install.md#nowhere)\n")

    monkeypatch.setattr(builder, "stage", with_a_wrong_link)
    assert builder.build(tmp_path / "out") != 0
