"""Off a terminal a run prints lines: also while no row finishes a stage, as with a model whose replies take minutes."""

import io

import pytest
from rich.console import Console

from services.synth import progress


@pytest.fixture
def printed(monkeypatch):
    """Prints by a clock that stands at the number in ``now``; returns the lines so far."""
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    out = io.StringIO()
    lines = progress._Lines(Console(file=out), ["rewrite", "filter"])

    def at(now):
        clock[0] = 100.0 + now
        lines.print_if_quiet()
        return out.getvalue().splitlines()

    return at


def test_a_run_in_which_nothing_is_finished_prints_a_line_every_minute(printed):
    assert printed(59) == []
    assert printed(61) == ["61 s: rewrite 0 · filter 0 · dropped 0"]
    assert len(printed(119)) == 1
    assert len(printed(122)) == 2


def test_the_thread_ends_with_the_run():
    out = io.StringIO()
    with progress.run_progress(Console(file=out), ["rewrite"]):
        pass
    assert out.getvalue().count("rewrite 0") == 1
