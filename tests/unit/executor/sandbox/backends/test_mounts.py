"""Which files of the host a jail sees."""

from pathlib import Path

import pytest

from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox.backends.mounts import GUEST, SITE, host_paths, locate
from services.executor.sandbox.environment import EnvironmentSpec


def test_the_base_environment_shows_python_and_no_packages():
    located = locate(EnvironmentSpec("base"))
    targets = {target: source for source, target in located.pairs}
    assert targets["/acecoder/guest"] == str(GUEST)
    assert located.root == "/acecoder"
    assert located.paths == []
    assert all(Path(source).exists() for source in targets.values())
    assert not [
        target
        for target in targets
        if target.startswith(("/home", "/root", "/etc/passwd", "/proc", "/sys", SITE))
    ]
    assert any(located.executable.startswith(target) for target in targets)


def test_a_module_is_shown_with_what_it_requires_and_nothing_else():
    pytest.importorskip("numpy")
    located = locate(EnvironmentSpec("scientific", modules=("numpy", "math")))
    shown = {target for _source, target in located.pairs if target.startswith(SITE)}
    assert f"{SITE}/numpy" in shown
    assert located.paths == [SITE]
    assert not [name for name in shown if "pydantic" in name or "redis" in name]


def test_a_module_whose_distribution_has_another_name_is_shown():
    located = locate(EnvironmentSpec("x", modules=("yaml",)))
    assert f"{SITE}/yaml" in {target for _source, target in located.pairs}


def test_only_for_a_module_of_another_name_all_distributions_are_read(monkeypatch):
    def refuse():
        raise AssertionError("it reads a file of each distribution")

    monkeypatch.setattr("importlib.metadata.packages_distributions", refuse)
    located = locate(EnvironmentSpec("x", modules=("pydantic", "json")))
    assert f"{SITE}/pydantic" in {target for _source, target in located.pairs}
    with pytest.raises(AssertionError):
        locate(EnvironmentSpec("x", modules=("yaml",)))


def test_modules_of_the_standard_library_are_there_already():
    assert locate(EnvironmentSpec("x", modules=("json", "xml.dom"))).paths == []


def test_a_module_that_is_not_installed_is_named_with_the_fix():
    with pytest.raises(
        SandboxUnavailable, match="environment 'x': module 'no_such_thing' is not installed; install it"
    ):
        locate(EnvironmentSpec("x", modules=("no_such_thing.sub",)))


def test_directories_given_are_shown_as_they_are(tmp_path):
    located = locate(EnvironmentSpec("x", modules=("anything",), paths=(str(tmp_path),)))
    assert (str(tmp_path), "/acecoder/path0") in located.pairs
    assert located.paths == ["/acecoder/path0"]


def test_another_interpreter(tmp_path):
    python = tmp_path / "bin" / "python3"
    python.parent.mkdir()
    python.touch()
    (tmp_path / "lib").mkdir()
    located = locate(EnvironmentSpec("x", python=str(python)))
    assert located.executable == "/acecoder/python/bin/python3"
    assert (str(tmp_path / "lib"), "/acecoder/python/lib") in located.pairs


def test_without_isolation_modules_are_found_where_they_are_installed(tmp_path):
    pytest.importorskip("numpy")
    (folder,) = host_paths(EnvironmentSpec("scientific", modules=("numpy",)))
    assert (Path(folder) / "numpy").is_dir()
    assert host_paths(EnvironmentSpec("x", paths=(str(tmp_path),))) == [str(tmp_path)]


def test_commands_of_the_host_are_mounted_only_where_an_environment_asks_for_them():
    targets = [
        {target for _source, target in locate(EnvironmentSpec("a", commands=c)).pairs} for c in (False, True)
    ]
    assert targets[1] - targets[0] == {"/usr/bin", "/bin"}


def test_a_path_of_an_environment_that_does_not_exist_is_named(tmp_path):
    (tmp_path / "file").touch()
    for name, fault in (("graphz", "does not exist"), ("file", "is no folder")):
        environment = EnvironmentSpec("graphs", modules=("networkx",), paths=(str(tmp_path / name),))
        for find in (locate, host_paths):
            with pytest.raises(
                SandboxUnavailable, match=f"environment graphs: .*/{name} {fault}; correct 'paths'"
            ):
                find(environment)


def test_an_interpreter_that_does_not_exist_is_named():
    with pytest.raises(
        SandboxUnavailable, match="environment old: the interpreter /opt/python2 does not exist"
    ):
        locate(EnvironmentSpec("old", python="/opt/python2"))
