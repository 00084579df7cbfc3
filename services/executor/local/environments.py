"""Makes an environment for programs: installs packages into a folder, and writes the setting that names it.

The folder is for the interpreter that installs into it: the worker's own, or the one that is named. Nothing is added to
the worker's own packages. An environment that exists is not changed.
"""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from services.executor.sandbox import SandboxFault
from services.executor.sandbox.environment import BackendName
from services.executor.sandbox.factory import open_sandbox
from services.executor.settings import EnvironmentSettings, ExecutorSettings

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


class EnvironmentFault(Exception):
    """The environment cannot be made; the message says why and what to do."""


def default_root() -> Path:
    """Return the folder of all environments of this user."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "acecoder" / "environments"


def add(name: str, packages: Sequence[str], *, root: Path, python: str = "") -> EnvironmentSettings:
    """Install ``packages`` into a new folder of ``root`` and return the environment; ``python`` is its interpreter.

    Raises:
        EnvironmentFault: the name or a package is not possible, the folder exists, or pip fails.
    """
    if not _NAME.fullmatch(name):
        raise EnvironmentFault(f"{name!r} is not a name: use small letters, digits, - and _")
    folder = (root / name).resolve()
    if folder.exists():
        raise EnvironmentFault(f"{folder} exists; remove it, or choose another name")
    folder.mkdir(parents=True)
    command = [
        python or sys.executable,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--target",
        str(folder),
    ]
    ended = subprocess.run([*command, "--", *packages], check=False)  # noqa: S603 - the operator's own packages
    if ended.returncode:
        shutil.rmtree(folder)
        raise EnvironmentFault("pip could not install the packages; its messages are above")
    return EnvironmentSettings(modules=tuple(_modules(packages, folder)), paths=(str(folder),), python=python)


def _modules(packages: Sequence[str], folder: Path) -> list[str]:
    """Return the top-level modules of the packages that were named, without those of their requirements."""
    named = {_normalised(match[0]) for text in packages if (match := _REQUIREMENT.match(text))}
    modules = set()
    for distribution in importlib.metadata.distributions(path=[str(folder)]):
        if _normalised(distribution.name) in named:
            files = distribution.files or []
            tops = {Path(str(file)).parts[0] for file in files if str(file).endswith(".py")}
            modules |= {top.removesuffix(".py") for top in tops}
    return sorted(name for name in modules if name.isidentifier() and not name.startswith("_"))


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def setting(settings: ExecutorSettings, name: str, environment: EnvironmentSettings) -> str:
    """Return the line that sets ``EXECUTOR_ENVIRONMENTS`` to the present environments and this one."""
    environments = {**settings.environments, name: environment}
    values = {
        key: value.model_dump(mode="json", exclude_defaults=True) for key, value in environments.items()
    }
    return f"EXECUTOR_ENVIRONMENTS='{json.dumps(values)}'"


def check(name: str, environment: EnvironmentSettings, settings: ExecutorSettings) -> str:
    """Start a jail with the environment; return what is wrong with it, or an empty text."""
    if settings.backend is BackendName.DOCKER:
        return ""
    sandbox = open_sandbox(
        settings.backend, environment.spec(name), jail_memory_bytes=settings.jail_memory_bytes
    )
    try:
        sandbox.start()
    except SandboxFault as fault:
        return str(fault)
    finally:
        sandbox.close()
    return ""
