"""What every test imports is in the environments of ``make compat`` too, which have other packages than the developers' own."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"acecoder", "clients", "services", "tests", "examples"}
NAME = re.compile(r"[A-Za-z0-9_.-]+")


def imported(path):
    """The packages that a module imports when it is loaded."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {name.partition(".")[0] for name in found} - OURS - set(sys.stdlib_module_names)


def installed(requirements):
    """The packages that ``make compat`` names: those of the file, and those of the project with three extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [line for line in (ROOT / requirements).read_text().splitlines() if line[:1] not in ("", "#")]
    lines += project["dependencies"]
    for extra in ("cli", "executor", "local"):
        lines += project["optional-dependencies"][extra]
    return {NAME.match(line)[0] for line in lines}


@pytest.mark.parametrize("environment", ["", "-b"])
@pytest.mark.parametrize("path", ["tests/conftest.py", "tests/compat/conftest.py"])
def test_what_the_shared_fixtures_import_is_installed_and_pinned(environment, path):
    needed = imported(ROOT / path)
    assert needed
    assert needed <= installed(f"tests/compat/requirements{environment}.txt")
    pins = (ROOT / f"constraints-compat{environment}.txt").read_text()
    assert {name for name in needed if f"\n{name}==" not in pins} == set()
