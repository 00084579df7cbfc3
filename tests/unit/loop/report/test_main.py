"""Runs in folders are drawn again from the command line."""

import pytest

pytest.importorskip("jinja2")
from loop.config import LoopConfig, write_config
from loop.folder import RunFolder
from loop.report.__main__ import main
from tests.unit.loop.report import invented
from tests.unit.loop.report.page_reader import Page


def make_run(root, seed):
    folder = RunFolder(root)
    root.mkdir()
    write_config(LoopConfig(name="invented", seed=seed), folder.config_file)
    folder.write_results("synthesise", invented.dataset())
    folder.write_results("report", invented.results(seed))
    return str(root)


def test_one_folder_is_a_report_and_several_are_a_comparison(tmp_path):
    folders = [make_run(tmp_path / str(seed), seed) for seed in (7, 8)]
    main([folders[0], "-o", str(tmp_path / "one.html"), "--picture", str(tmp_path / "flow.svg")])
    main([*folders, "-o", str(tmp_path / "two.html"), "--markdown", str(tmp_path / "two.md")])
    one = Page((tmp_path / "one.html").read_text())
    assert "invented, seed 7" in one.text
    assert "2 cores, invented processor" in one.text
    assert "Data set (Table 1)" in one.tables
    assert "5,210" in (tmp_path / "flow.svg").read_text()
    assert "| | mean | seed 7 | seed 8 |" in (tmp_path / "two.md").read_text()
    assert "invented: 2 runs" in (tmp_path / "two.html").read_text()


def test_a_folder_without_a_run_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path / "none"), "-o", str(tmp_path / "x.html")])
    assert f"no run is in {tmp_path / 'none'}" in capsys.readouterr().err


def test_a_configuration_that_cannot_be_read_is_named(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text("colour: blue\n")
    with pytest.raises(SystemExit):
        main([str(tmp_path), "-o", str(tmp_path / "x.html")])
    assert "colour: unknown field" in capsys.readouterr().err
