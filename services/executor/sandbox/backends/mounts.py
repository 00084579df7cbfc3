"""Finds the host paths that a Python needs to run in a jail, and says where the jail sees them.

Reads the file system and package metadata; mounts nothing.
"""

import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox.environment import EnvironmentSpec

GUEST = Path(__file__).parents[1] / "guest"
SITE = "/acecoder/site"
"""Where a jail sees the packages of an environment."""
_COMMANDS = "/usr/bin"
_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache")


@dataclass(frozen=True, slots=True)
class PythonMounts:
    """A Python, and where the jail sees it."""

    pairs: list[tuple[str, str]]
    """Host path and path in the jail; all are mounted read-only."""
    executable: str
    """Path of the interpreter in the jail."""
    libraries: str
    """Directory in the jail with the shared library of the interpreter; empty for the Python of the system."""
    root: str
    """The directory in the jail that holds the ``guest`` package."""
    paths: list[str]
    """Directories in the jail to add to ``sys.path``."""


def locate(environment: EnvironmentSpec) -> PythonMounts:
    """Find what to mount for an environment.

    Raises:
        SandboxUnavailable: a path or the interpreter of the environment does not exist, or a module is not installed.
    """
    check_paths(environment)
    executable = Path(environment.python or sys.executable).resolve()
    if not executable.exists():
        raise SandboxUnavailable(
            f"environment {environment.name}: the interpreter {environment.python} does not exist; "
            f"correct 'python' in EXECUTOR_ENVIRONMENTS"
        )
    prefix = executable.parent.parent
    pairs = [(path, path) for path in _SYSTEM_LIBRARIES if Path(path).exists()]
    inside = Path("/acecoder/python")  # not its host path, which may reveal something about the host
    if prefix == Path("/usr"):  # the Python of the system: its library is under /usr/lib, which is mounted
        inside = prefix
        pairs.append((str(executable), str(executable)))
    else:
        pairs += [
            (str(prefix / part), str(inside / part)) for part in ("bin", "lib") if (prefix / part).exists()
        ]
    pairs.append((str(GUEST), "/acecoder/guest"))
    if environment.commands:
        pairs += [(_COMMANDS, _COMMANDS), (_COMMANDS, "/bin")]  # the two places where programs look
    packages = [(str(path), f"{SITE}/{path.name}") for path in sorted(set(_packages(environment)))]
    directories = [(path, f"/acecoder/path{n}") for n, path in enumerate(environment.paths)]
    paths = [target for _source, target in directories] + ([SITE] if packages else [])
    executable = inside / "bin" / executable.name
    libraries = "" if inside == prefix else str(inside / "lib")
    return PythonMounts([*pairs, *packages, *directories], str(executable), libraries, "/acecoder", paths)


def check_paths(environment: EnvironmentSpec) -> None:
    """Check that the paths of an environment exist on this host.

    Raises:
        SandboxUnavailable: one does not; the message names the environment and the path.
    """
    for path in environment.paths:
        if not Path(path).is_dir():
            fault = "is no folder" if Path(path).exists() else "does not exist"
            raise SandboxUnavailable(
                f"environment {environment.name}: {path} {fault}; correct 'paths' in EXECUTOR_ENVIRONMENTS"
            )


def host_paths(environment: EnvironmentSpec) -> list[str]:
    """Return the directories to add to ``sys.path`` for a backend that mounts nothing (``unsafe_process``).

    Raises:
        SandboxUnavailable: a path of the environment does not exist.
    """
    check_paths(environment)
    return [*environment.paths, *sorted({str(path.parent) for path in _packages(environment)})]


def _packages(environment: EnvironmentSpec) -> Iterator[Path]:
    """Yield the installed files and folders of the environment's modules and of their requirements."""
    if environment.paths:
        return
    seen: set[str] = set()
    for module in environment.modules:
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names:
            continue
        distributions = _distributions_of(top)
        if not distributions:
            raise SandboxUnavailable(
                f"environment {environment.name!r}: module {top!r} is not installed; "
                f"install it beside the worker or take it out of the environment"
            )
        for name in distributions:
            yield from _distribution(name, seen)


def _distributions_of(top: str) -> list[str]:
    """Return the names of the installed distributions that a module comes with; empty if it is not installed.

    Most have the name of their module. Only for the others the files of all distributions are looked through: a
    quarter of a second of CPU time, where a hundred are installed, at each start of a jail.
    """
    spec = importlib.util.find_spec(top)
    if spec is None:
        return []
    with suppress(importlib.metadata.PackageNotFoundError):
        files = importlib.metadata.distribution(top).files or ()
        if spec.origin is not None and any(file.parts[0] == top for file in files):  # no namespace of several
            return [top]
    return importlib.metadata.packages_distributions().get(top, [])


def _distribution(name: str, seen: set[str]) -> Iterator[Path]:
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return
    seen.add(key)
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return
    for top in {file.parts[0] for file in distribution.files or ()}:
        if top not in ("..", "__pycache__") and not top.endswith(".dist-info"):
            yield Path(str(distribution.locate_file(top)))
    for requirement in distribution.requires or ():
        if ";" not in requirement:
            yield from _distribution(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0], seen)
