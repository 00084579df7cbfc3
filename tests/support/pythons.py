"""Finds the other Pythons of this machine, which tests of the sandbox's guest run on, too."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def other_pythons() -> dict[str, str]:
    """Return version → path of the interpreters that start: on ``PATH``, or installed by pyenv."""
    found = {}
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for version in VERSIONS:
        installed = sorted(pyenv.glob(f"{version}.*/bin/python{version}"))
        for path in (shutil.which(f"python{version}"), *map(str, installed)):
            if path and version != OWN_VERSION and _starts(path):
                found[version] = path
    return found


def _starts(path: str) -> bool:
    """Whether it is an interpreter: one of pyenv's commands may name a version that is not chosen."""
    return subprocess.run([path, "-c", ""], check=False, capture_output=True).returncode == 0
