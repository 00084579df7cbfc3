"""Several runs stand beside each other: each seed's value, and the mean of those that have one."""

import pytest

pytest.importorskip("jinja2")
from loop.report import comparison_markdown, write_comparison
from loop.results import LoopResults
from tests.unit.loop.report import invented
from tests.unit.loop.report.page_reader import Page


def runs():
    other = invented.selection().model_copy(update={"greedy": invented.share(0.433)})
    return [invented.results(0), invented.results(1, best_of_n=other), LoopResults(name="invented", seed=2)]


def test_the_page_has_each_seed_and_the_mean(tmp_path):
    write_comparison(runs(), tmp_path / "comparison.html")
    page = Page((tmp_path / "comparison.html").read_text())
    rows = {row[0]: row[1:] for row in page.tables["Best of N"]}
    assert rows[""] == ["mean", "seed 0", "seed 1", "seed 2"]
    assert rows["greedy"] == ["38.3 %", "33.3 % 25.3–41.3", "43.3 % 35.3–51.3", "–"]
    assert (
        "RL, rule reward, lift on held-out questions: +31.3 points on average of 2 runs; the interval is above 0 in 2."
        in page.text
    )
    assert (
        "lift on held-out families: +8.0 points on average of 2 runs; the interval is across 0 in 2."
        in page.text
    )


def test_markdown_has_the_same_numbers():
    lines = comparison_markdown(runs()).splitlines()
    assert lines[0] == "| | mean | seed 0 | seed 1 | seed 2 |"
    assert "| Best of N: greedy | 38.3 % | 33.3 % [25.3–41.3] | 43.3 % [35.3–51.3] | – |" in lines
    assert {line.count("|") for line in lines} == {6}


def test_short_markdown_leaves_out_what_a_readme_does_not_need():
    lines = comparison_markdown(runs(), short=True).splitlines()
    names = [line.split("|")[1].strip() for line in lines[2:]]
    assert "| RL, rule reward: lift on held-out questions | +31.3 | **+31.3** | **+31.3** | – |" in lines
    assert "| RL, rule reward: lift on held-out families | +8.0 | +8.0 | +8.0 | – |" in lines
    assert "RL, rule reward: lift on held-out questions" in names
    assert "Best of N: reward model, best of 64" in names
    assert "Reward models from other pairs: without filtering, less as configured" in names
    assert not [name for name in names if "greedy answers on held-out families" in name]
    assert not [name for name in names if "length" in name or "imagined tests," in name or "size" in name]


def test_no_run_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no run to compare"):
        write_comparison([], tmp_path / "x.html")
    assert list(tmp_path.iterdir()) == []
