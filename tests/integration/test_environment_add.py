"""``acecoder environment add``: packages go into a folder, and programs of that environment may import them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clients import Executor
from services.executor.local import environments
from services.executor.local.environments import EnvironmentFault
from services.executor.local.stack import LocalStack
from services.executor.settings import ExecutorSettings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def package(tmp_path):
    """A package that pip installs without an index."""
    source = tmp_path / "source"
    (source / "dicerolls").mkdir(parents=True)
    (source / "dicerolls" / "__init__.py").write_text("SIDES = 6\n")
    (source / "setup.py").write_text(
        "from setuptools import setup\nsetup(name='dicerolls', version='1', packages=['dicerolls'])\n"
    )
    return source


def test_programs_import_what_was_added(tmp_path, package, monkeypatch):
    pytest.importorskip("setuptools")
    # pip reads the variable as "no": it builds with our setuptools
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")
    wheel = build_wheel(package, tmp_path)
    command = [
        sys.executable,
        "-c",
        "from clients.cli.entry import main; main()",
        "environment",
        "add",
        "dice",
    ]
    ended = subprocess.run(
        [*command, "--packages", wheel, "--root", str(tmp_path / "envs")],
        cwd=ROOT,
        env={**os.environ, "EXECUTOR_ENVIRONMENTS": '{"base": {}}'},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    line = ended.stdout.splitlines()[-1]
    value = line.removeprefix("EXECUTOR_ENVIRONMENTS='").removesuffix("'")
    assert list(json.loads(value)) == ["base", "dice"]
    with (
        LocalStack(workers=1, settings={"EXECUTOR_ENVIRONMENTS": value}) as stack,
        Executor(stack.url) as executor,
    ):
        program = "import dicerolls\ndef sides(): return dicerolls.SIDES"
        for name, rate in (("dice", 1.0), ("base", 0.0)):
            response = executor.execute([program], ["assert sides() == 6"], environment=name)
            assert response.results[0].pass_rate == rate


def build_wheel(source, folder):
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(folder),
        str(source),
    ]
    subprocess.run(command, check=True)
    return str(next(folder.glob("*.whl")))


def test_what_cannot_be_made_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(EnvironmentFault, match="'Big One' is not a name"):
        environments.add("Big One", ["x"], root=tmp_path)
    with pytest.raises(EnvironmentFault, match="pip could not install"):
        environments.add("one", [str(tmp_path / "nothing.whl")], root=tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "one").mkdir()
    with pytest.raises(EnvironmentFault, match="one exists; remove it"):
        environments.add("one", ["x"], root=tmp_path)


def test_a_folder_that_no_jail_can_use_is_reported(tmp_path):
    environment = environments.EnvironmentSettings(modules=("absent_module",), paths=(str(tmp_path),))
    assert "absent_module" in environments.check("mine", environment, ExecutorSettings())
