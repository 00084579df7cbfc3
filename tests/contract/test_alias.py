"""``acecoder`` is ``clients`` under another name, also where another package is called ``clients``."""

import importlib
import pickle
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import acecoder
import clients

ROOT = Path(__file__).parents[2]
SUBMODULES = [
    info.name.removeprefix("clients.")
    for info in pkgutil.walk_packages(clients.__path__, "clients.")
    if info.name
    not in (
        "clients.evaluation.plot",
        "clients.evaluation.report",
        "clients.adapters.skyrl",
    )  # need other packages
]


def test_it_has_the_same_names():
    assert acecoder.__all__ == clients.__all__
    assert all(getattr(acecoder, name) is getattr(clients, name) for name in clients.__all__)


@pytest.mark.parametrize("name", SUBMODULES)
def test_every_submodule_is_the_same_one(name):
    real = importlib.import_module(f"clients.{name}")
    spec = real.__spec__
    assert importlib.import_module(f"acecoder.{name}") is real
    assert (real.__name__, real.__spec__) == (f"clients.{name}", spec)


def test_what_does_not_exist_is_not_found():
    with pytest.raises(ModuleNotFoundError, match=r"acecoder\.nothing"):
        importlib.import_module("acecoder.nothing")


def test_objects_are_pickled_by_one_name():
    assert pickle.loads(pickle.dumps(acecoder.Suite(id="a", asserts=["assert f()"]))) == clients.Suite(
        id="a", asserts=["assert f()"]
    )


def test_a_folder_named_clients_in_a_users_repository_breaks_nothing(tmp_path):
    """The folder hides ours, as it does for every script in that repository; both can be used."""
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "__init__.py").write_text("OWN = 1\n")
    (tmp_path / "train.py").write_text(
        "import clients\n"
        "from acecoder.adapters.trl import pass_rate\n"
        "from acecoder.adapters import verl\n"
        "from acecoder import Executor, Suite, errors\n"
        "import pickle, acecoder\n"
        "suite = Suite(id='a', asserts=['assert f()'])\n"
        "assert pickle.loads(pickle.dumps(suite)) == suite\n"
        "assert errors.AceCoderError is acecoder.AceCoderError\n"
        "print(clients.OWN, Executor.__module__, pass_rate.__module__, acecoder.__version__)\n"
    )
    ended = subprocess.run(
        [sys.executable, "train.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == f"1 acecoder.executor acecoder.adapters.trl {clients.__version__}\n", ended.stderr


@pytest.mark.parametrize("is_hidden", [False, True])
def test_python_m_acecoder_is_the_command_line(tmp_path, is_hidden):
    if is_hidden:
        (tmp_path / "clients").mkdir()
        (tmp_path / "clients" / "__init__.py").touch()
    code = f"import sys, runpy; sys.path.insert(1, {str(ROOT)!r}); sys.argv = ['acecoder', '--version']; runpy.run_module('acecoder', run_name='__main__')"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, env={}
    )
    assert (ended.returncode, ended.stdout[:9]) == (0, "acecoder "), ended.stderr
