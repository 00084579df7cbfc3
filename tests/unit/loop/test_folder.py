"""What a step wrote is removed before it starts with other options, but for files that stay valid."""

from loop.folder import RunFolder


def test_files_that_are_kept_stay_with_those_beside_them_and_all_others_go(tmp_path):
    folder = RunFolder(tmp_path)
    for name in (
        "synth/replies.sqlite",
        "synth/replies.sqlite-wal",
        "synth/run.sqlite",
        "synth/dataset/card",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    folder.mark_started("synthesise", "abc")
    folder.forget("synthesise", ["synth"], kept=["synth/replies.sqlite"])
    left = sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "synth").rglob("*"))
    assert left == ["synth/replies.sqlite", "synth/replies.sqlite-wal"]
    assert not folder.is_started("synthesise", "abc")
    folder.forget("synthesise", ["synth"])
    assert not (tmp_path / "synth").exists()
