from pathlib import Path

from loop.steps.row_file import RowFile


def test_rows_are_read_back_in_their_order(tmp_path: Path) -> None:
    file = RowFile(tmp_path / "new" / "rows.jsonl")
    file.append([{"id": "b", "value": 1}])
    file.append([{"id": "a", "value": [2]}])
    assert list(file) == [{"id": "b", "value": 1}, {"id": "a", "value": [2]}]
    assert file.ids() == {"a", "b"}


def test_a_line_that_a_kill_cut_off_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    RowFile(path).append([{"id": "a"}, {"id": "b"}])
    path.write_text(path.read_text()[:-4])
    file = RowFile(path)
    assert file.ids() == {"a"}
    file.append([{"id": "b"}])
    assert [row["id"] for row in file] == ["a", "b"]


def test_text_that_is_not_unicode_is_kept(tmp_path: Path) -> None:
    file = RowFile(tmp_path / "rows.jsonl")
    file.append([{"id": "a", "completion": "\ud800"}])
    assert file.by_id()["a"]["completion"] == "\ud800"
