"""Builds the documentation as a site of static files, for reading offline or for any web server.

    make docs        # installs the extra `docs`, then runs this file; the site is in out/site/html

Copies the pages, and the files that they link to, into one folder with the same paths, so that links between `docs/`
and the rest of the repository stay as they are. Then runs Zensical in strict mode, which fails for a link or an anchor
that leads nowhere. Pages load nothing from elsewhere: no fonts, no scripts, no images.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "out" / "site"
CONFIG = ROOT / "docs" / "zensical.toml"
_LINK = re.compile(r"\[([^\]]*)\]\((?!\w+:|#)([^)\s#]+)([^)\s]*)\)")


def stage(folder: Path) -> list[Path]:
    """Copy the pages, and what they link to, into a folder; return their paths in the repository."""
    waiting = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    staged: dict[Path, None] = {}
    while waiting:
        path = waiting.pop()
        name = path.relative_to(ROOT)
        if name in staged or not path.is_file():  # a link that leads nowhere: the build names its page
            continue
        staged[name] = None
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if path.suffix != ".md":
            shutil.copyfile(path, folder / name)
            continue
        text = path.read_text(encoding="utf-8")
        waiting += [(path.parent / link).resolve() for _, link, _ in _LINK.findall(text)]
        (folder / name).write_text(_without_folder_links(text, path.parent), encoding="utf-8")
    return sorted(staged)


def _without_folder_links(text: str, place: Path) -> str:
    """Return a page with its links to folders as plain text: a site of pages has none of those."""

    def rewrite(link: re.Match[str]) -> str:
        return link[1] if (place / link[2]).is_dir() else link[0]

    return _LINK.sub(rewrite, text)


def build(out: Path = OUT) -> int:
    """Build the site into ``out/html``; return the exit status."""
    shutil.rmtree(out, ignore_errors=True)
    stage(out / "pages")
    shutil.copyfile(CONFIG, out / CONFIG.name)
    ended = subprocess.run([sys.executable, "-m", "zensical", "build", "--strict"], cwd=out, check=False)
    return ended.returncode


if __name__ == "__main__":
    sys.exit(build())
