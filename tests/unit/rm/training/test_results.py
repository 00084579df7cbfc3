"""The report and its plot, as written to the output folder."""

import pytest

from services.rm.training import best_of_n, measures
from services.rm.training.plot import write_plot
from services.rm.training.results import make_report, write_report
from tests.unit.rm.training.conftest import example_of_pairs


def test_the_report_is_written_and_drawn(tmp_path):
    examples = [
        example_of_pairs([(0, 1, 0.5), (2, 1, 0.7)], (1.0, 0.3, 1.0), question=f"q{n}") for n in range(5)
    ]
    scores = [[1.0, 0.0, 2.0]] * 5
    report = make_report(examples, scores, best_of_n.scored_pairs(examples, scores), sampled=False)
    assert report["pair_accuracy"]["share"] == 1.0
    assert report["best_of_n"]["uplift"]["over_average"]["mean"] == pytest.approx(1 / 3)
    write_report(tmp_path, report)
    assert (tmp_path / "report.json").stat().st_size > 500
    plot = (tmp_path / "report.svg").read_text()
    assert plot.lstrip().startswith("<?xml")


def test_without_anything_held_out_the_report_says_nothing(tmp_path):
    report = make_report([], [], [], sampled=False)
    assert set(report.values()) == {None}
    write_report(tmp_path, report)
    assert not (tmp_path / "report.svg").exists()


def test_a_plot_without_rates(tmp_path):
    rows = measures.by_gap([example_of_pairs([(0, 1, None)])], [[1.0, 0.0]])
    write_plot(tmp_path / "p.png", rows, [])
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
