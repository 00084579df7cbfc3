"""Takes the screenshots beside it, with Chromium: the pages of the executor, and the report of `acecoder evaluate`.

    python docs/images/take.py [FOLDER] [--report FILE] [--loop RUN [--only-loop]]

FOLDER: where the pictures go (default: this folder). ``--report``: where to copy the report to. ``--loop``: the folder
of a run of `acecoder loop`; its report is drawn again and taken, too, with the picture of its workflow
(``loop-flow.svg``). A run takes many minutes, so that none is made here: without the option, those pictures stay.

Starts a stack, judges the bundled sample with `acecoder evaluate`, and opens each page 1200 and 400 pixels wide. Fails
if a page is wider than its window, so that a reader would have to scroll sideways. Needs `chromium` (or its path in
CHROMIUM), and the extra `report`. The pictures differ a little from run to run: they show measured times.
"""

import argparse
import contextlib
import io
import itertools
import json
import random
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PIL import Image

from docs.images.browser import Browser
from examples import sample
from services.executor.local.stack import LocalStack

SIZES = {1200: 900, 400: 800}
"""Width of the window → its height: a laptop and a phone."""
SETTLE_MS = 4000
"""Between loading and the picture: twice the interval of the samples that the page of a service shows."""
COLOURS = 256
"""Of a picture: enough for pages of text and lines of eight colours, and half of the bytes."""


def evaluate(url: str, folder: Path) -> Path:
    """Evaluate the bundled sample; return the report."""
    problems = sample.load()
    suites, candidates = folder / "suites.jsonl", folder / "candidates.jsonl"
    suites.write_text(
        "".join(problem.suite.model_dump_json(exclude_none=True) + "\n" for problem in problems)
    )
    # In the files the right programs come first; a policy's samples come in any order.
    rows = [program.candidate for problem in problems for program in problem.programs]
    random.Random(1).shuffle(rows)
    candidates.write_text(
        "".join(
            json.dumps({"task_id": row.suite, "program": row.program, "solution": row.completion}) + "\n"
            for row in rows
        )
    )
    command = [sys.executable, "-m", "acecoder", "evaluate", str(suites), str(candidates)]
    options = [
        "-o",
        str(folder / "out"),
        "--url",
        url,
        "--cpu-s",
        "0.5",
        "--total-cpu-s",
        "1",
        "--select",
        "majority",
    ]
    subprocess.run([*command, *options], check=True)
    return folder / "out" / "report.html"


def mixed_execution(url: str) -> str:
    """Return the id of the recent execution with the most candidates of both kinds: that passed and that failed."""
    with urllib.request.urlopen(f"{url}/v1/executions") as answer:  # of a stack that this script started
        infos = json.load(answer)
    best = max(infos, key=lambda info: min(info["passed"], info["judged"] - info["passed"]))
    return str(best["id"])


def draw_loop(run: Path, folder: Path, out: Path) -> Path:
    """Draw the report of a run again, and the picture of its workflow into ``folder``; return the report."""
    report = out / "loop.html"
    picture = folder / "loop-flow.svg"
    command = [sys.executable, "-m", "loop.report", str(run), "-o", str(report), "--picture", str(picture)]
    subprocess.run(command, check=True)
    return report


def take(browser: Browser, url: str, width: int, height: int) -> tuple[Image.Image, int]:
    """Open a page in a window of this size; return its picture, and how wide the page is."""
    browser.open(url, width, height)
    # After a while, in which the page of a service gets a sample of its metrics.
    script = f"new Promise(r => setTimeout(() => r(document.documentElement.scrollWidth), {SETTLE_MS}))"
    page_width = browser.evaluate(script)
    return Image.open(io.BytesIO(browser.picture())), page_width


def take_all(browser: Browser, urls: dict[str, str], folder: Path) -> int:
    """Take each page in each size; return 1 if one is wider than its window."""
    status = 0
    for (title, url), (width, height) in itertools.product(urls.items(), SIZES.items()):
        picture, page_width = take(browser, url, width, height)
        path = folder / f"{title}-{width}.png"
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
        print(f"{path}: {path.stat().st_size // 1024} KiB")
        if page_width > width:
            status = 1
            print(f"{title} is {page_width} px wide in a window of {width} px: a reader must scroll sideways")
    return status


def main() -> int:
    """Take all pictures; return the exit status."""
    parser = argparse.ArgumentParser(description="Take the screenshots of the documentation.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--report", type=Path, help="where to copy the report of acecoder evaluate to")
    parser.add_argument("--loop", type=Path, help="folder of a run of acecoder loop")
    parser.add_argument("--only-loop", action="store_true", help="take the loop's pages alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as parts:
        urls = {}
        if options.loop:
            urls["loop"] = draw_loop(options.loop, options.folder, Path(name)).as_uri()
        if not options.only_loop:
            stack = parts.enter_context(LocalStack(workers=2))
            report = evaluate(stack.url, Path(name))
            urls |= {"page": f"{stack.url}/", "docs": f"{stack.url}/docs", "report": report.as_uri()}
            urls["execution"] = f"{stack.url}/execution#{mixed_execution(stack.url)}"
            if options.report:  # to look at it
                shutil.copy(report, options.report)
        browser = Browser(f"{name}/profile")
        status = take_all(browser, urls, options.folder)
        browser.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
