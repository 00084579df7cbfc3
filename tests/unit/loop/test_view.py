import io

from rich.console import Console

from loop.view import loop_view

TITLES = {"first": "makes questions", "second": "trains"}


def test_a_log_has_a_line_for_each_start_and_end() -> None:
    text = io.StringIO()
    with loop_view(Console(file=text, width=100), TITLES) as view:
        view.skipped("first", 75)
        view.started("second")
        view.count(3, 9, "steps")
        view.finished("second", 61)
    assert text.getvalue().splitlines() == [
        "first: done before",
        "second: trains",
        "second: done in 1 min 01 s",
    ]


def test_a_terminal_shows_every_step_with_count_and_time_and_the_last_lines() -> None:
    text = io.StringIO()
    with loop_view(Console(file=text, width=100, force_terminal=True), TITLES) as view:
        view.skipped("first", 75)
        view.started("second")
        view.count(3, 9, "steps")
        for number in range(20):
            view.line(f"line {number} [bold]of a model\x1b[2J")
    shown = text.getvalue()
    for part in ("1 min 15 s", "3 of 9 steps", "line 19 [bold]of a model[2J", "done before"):
        assert part in shown
    assert "\x1b[2J" not in shown


def test_a_step_that_fails_is_marked() -> None:
    text = io.StringIO()
    console = Console(file=text, width=100, force_terminal=True)
    try:
        with loop_view(console, TITLES) as view:
            view.started("first")
            raise ValueError
    except ValueError:
        assert view.steps["first"].state == "failed"
    assert "✗" in text.getvalue()
