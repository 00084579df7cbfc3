"""Takes the screenshots beside it, with Chromium: the pages at `/` and `/docs`, and the report of `acecoder evaluate`.

    python docs/images/take.py [FOLDER] [--report FILE] [--loop RUN [--only-loop]]

FOLDER: where the pictures go (default: this folder). ``--report``: where to copy the report to. ``--loop``: the folder
of a run of `acecoder loop`; its report is drawn again and taken, too, with the picture of its workflow
(``loop-flow.svg``). A run takes many minutes, so that none is made here: without the option, those pictures stay.

Starts a stack, judges the bundled sample with `acecoder evaluate`, and opens each page 1200 and 400 pixels wide. Fails
if a page is wider than its window, so that a reader would have to scroll sideways. Needs `chromium` (or its path in
CHROMIUM), and the extra `report`. The pictures differ a little from run to run: they show measured times.
"""

import argparse
import base64
import contextlib
import io
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PIL import Image

from examples import sample
from services.executor.local.stack import LocalStack

SIZES = {1200: 900, 400: 800}
"""Width of the window → its height: a laptop and a phone."""
SETTLE_MS = 4000
"""Between loading and the picture: twice the interval of the samples that the page of a service shows."""
COLOURS = 256
"""Of a picture: enough for pages of text and lines of eight colours, and half of the bytes."""
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --remote-debugging-pipe"
)


class Browser:
    """A Chromium that is driven through a pair of pipes, by its DevTools protocol."""

    def __init__(self, profile: str) -> None:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        command = [os.environ.get("CHROMIUM", "chromium"), *_FLAGS.split(), f"--user-data-dir={profile}"]
        # Chromium reads commands from descriptor 3 and writes answers to 4.
        shell = ["sh", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "sh", *command]
        self._process = subprocess.Popen(shell, pass_fds=(to_read, to_write), stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self._numbers = itertools.count(1)
        self._rest = b""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.send("Page.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if hasattr(self, "_session"):
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        answer = next(answer for answer in self._messages() if answer.get("id") == number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def wait_for(self, event: str) -> None:
        """Wait for an event of the page."""
        next(message for message in self._messages() if message.get("method") == event)

    def _messages(self) -> Iterator[dict[str, Any]]:
        while True:
            while b"\0" not in self._rest:
                part = os.read(self._read, 2**20)
                if not part:
                    raise RuntimeError("Chromium ended")
                self._rest += part
            text, self._rest = self._rest.split(b"\0", 1)
            yield json.loads(text)

    def take(self, url: str, width: int, height: int) -> tuple[Image.Image, int]:
        """Open a page in a window of this size; return its picture, and how wide the page is."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.send("Page.navigate", url=url)
        self.wait_for("Page.loadEventFired")
        # After a while, in which the page of a service gets a sample of its metrics.
        script = f"new Promise(r => setTimeout(() => r(document.documentElement.scrollWidth), {SETTLE_MS}))"
        width_answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True)
        page_width = width_answer["result"]["value"]
        picture = self.send("Page.captureScreenshot", format="png")["data"]
        return Image.open(io.BytesIO(base64.b64decode(picture))), page_width

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(RuntimeError, BrokenPipeError):
            self.send("Browser.close")
        self._process.wait(timeout=30)


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


def draw_loop(run: Path, folder: Path, out: Path) -> Path:
    """Draw the report of a run again, and the picture of its workflow into ``folder``; return the report."""
    report = out / "loop.html"
    picture = folder / "loop-flow.svg"
    command = [sys.executable, "-m", "loop.report", str(run), "-o", str(report), "--picture", str(picture)]
    subprocess.run(command, check=True)
    return report


def take_all(browser: Browser, urls: dict[str, str], folder: Path) -> int:
    """Take each page in each size; return 1 if one is wider than its window."""
    status = 0
    for (title, url), (width, height) in itertools.product(urls.items(), SIZES.items()):
        picture, page_width = browser.take(url, width, height)
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
            if options.report:  # to look at it
                shutil.copy(report, options.report)
        browser = Browser(f"{name}/profile")
        status = take_all(browser, urls, options.folder)
        browser.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
