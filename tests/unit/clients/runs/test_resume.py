"""Keeps finished rows of an earlier run, and refuses to write over any other file."""

import json

import pytest

from clients.runs.resume import check_not_an_input, check_overwritable, drop_incomplete_rows


def row(key, status="judged", reason=None):
    return json.dumps({"key": key, "index": 0, "status": status, "reason": reason}) + "\n"


def test_rows_that_are_cut_off_or_without_a_final_verdict_are_dropped(tmp_path):
    out = tmp_path / "out.jsonl"
    kept = [row("a"), row("a"), row("b", "unscorable", "invalid_input")]
    out.write_text("".join([*kept, row("c", "unscorable", "deadline"), row("d")[:-9]]))
    assert drop_incomplete_rows(out) == {"a": 2, "b": 1}
    assert out.read_text() == "".join(kept)


def test_a_file_that_is_not_there_has_no_rows(tmp_path):
    assert drop_incomplete_rows(tmp_path / "out.jsonl") == {}
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_other_rows_is_not_changed(tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("do not lose me\n")
    for check in (drop_incomplete_rows, check_overwritable):
        with pytest.raises(ValueError, match=r"notes\.txt:1: not a row that"):
            check(notes)
    assert notes.read_text() == "do not lose me\n"


def test_a_check_changes_nothing(tmp_path):
    out = tmp_path / "best.jsonl"
    winner = dict.fromkeys(("task_id", "solution", "reasons", "winner", "ranking"))
    out.write_text(json.dumps(winner) + "\n")
    check_overwritable(out)
    assert json.loads(out.read_text()) == winner


def test_the_output_is_not_an_input(tmp_path):
    path = tmp_path / "candidates.jsonl"
    check_not_an_input(path, tmp_path / "suites.jsonl", None)
    with pytest.raises(ValueError, match="the output is one of the inputs"):
        check_not_an_input(path, None, tmp_path / "." / "candidates.jsonl")
