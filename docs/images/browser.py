"""Drives a Chromium without a window, for screenshots and for tests of the pages.

Needs `chromium`, or its path in CHROMIUM. The flags keep it from asking anything of the internet.
"""

import base64
import contextlib
import itertools
import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

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
        # Chromium reads commands from descriptor 3 and writes answers to 4. A plain sh knows descriptors up to 9 only.
        shell = ["bash", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "bash", *command]
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

    def open(self, url: str, width: int, height: int) -> None:
        """Open a page in a window of this size, and wait until it is loaded."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        # A page that is open already would not be loaded again for another fragment.
        for address in ("about:blank", url):
            self.send("Page.navigate", url=address)
            self.wait_for("Page.loadEventFired")

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression of the page's language, once its promise, if it is one, is kept."""
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def picture(self) -> bytes:
        """Return a picture of the window, as PNG."""
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(RuntimeError, BrokenPipeError):
            self.send("Browser.close")
        self._process.wait(timeout=30)
        os.close(self._read)
        os.close(self._write)
