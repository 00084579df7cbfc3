"""Prints what some extras of this project require, so that an image installs it in a layer of its own.

Usage: ``python requirements.py pyproject.toml cli,executor``. A change of the code leaves that layer as it is.
"""

import re
import sys
import tomllib
from pathlib import Path


def requirements(project: dict, extras: list[str]) -> list[str]:
    """Return the requirements of the project with ``extras``, each once. An extra may name further extras."""
    lines = list(project["dependencies"])
    for extra in extras:
        for line in project["optional-dependencies"][extra]:
            own = re.fullmatch(rf"{re.escape(project['name'])}\[(.+)\]", line)
            lines += requirements(project, own[1].split(",")) if own else [line]
    return list(dict.fromkeys(lines))


if __name__ == "__main__":
    described = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
    print("\n".join(requirements(described, sys.argv[2].split(","))))
