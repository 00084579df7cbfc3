"""Typical mistakes on the command line: one sentence, the right exit status, and no file is damaged."""

import errno
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clients.cli import commands, entry
from clients.contract import Slug
from tests.unit.clients.fake_service import all_pass, problem

ROOT = Path(__file__).parents[4]
SUITES = [{"id": name, "asserts": ["assert f()"]} for name in "ab"]
CANDIDATES = [{"suite": "ab"[at % 2], "id": f"c{at}", "program": "def f(): return 1"} for at in range(6)]


def write(path, rows):
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "suites.jsonl", SUITES)
    write(tmp_path / "candidates.jsonl", CANDIDATES)
    return tmp_path


def acecoder(folder, service, *more, command="execute", suites="suites.jsonl", out="out.jsonl", **env):
    """Run the whole program; return its exit status and stderr."""
    arguments = [command, str(folder / "candidates.jsonl"), "-o", str(folder / out)]
    arguments += ["--suites", str(folder / suites)] if suites else []
    ended = subprocess.run(
        [sys.executable, "-c", "from clients.cli.entry import main; main()", *arguments, *more],
        check=False,
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "ACECODER_URL": service.url,
            "TERM": "dumb",
            "COLUMNS": "300",
            **env,
        },
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr


def rows(folder):
    return [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("command", ["execute", "best-of-n"])
@pytest.mark.parametrize(
    "text",
    ["my notes\nnot to be lost\n", '{"a": 1}\n', "[1, 2]\n", "last words", '{"key": "k"}\n', '"\udcff\n'],
    ids=["notes", "other rows", "a list", "no newline", "half a row", "not UTF-8"],
)
def test_a_file_that_acecoder_did_not_write_is_left_as_it_is(folder, service, command, text):
    (folder / "out.jsonl").write_text(text, errors="surrogateescape")
    before = (folder / "out.jsonl").read_bytes()
    status, stderr = acecoder(folder, service, command=command)
    assert status == 2
    assert "out.jsonl:1: not a row that" in stderr
    assert "give -o another name" in stderr
    assert (folder / "out.jsonl").read_bytes() == before


def test_a_foreign_line_behind_ours_is_named_by_its_number(folder, service):
    assert acecoder(folder, service)[0] == 0
    with (folder / "out.jsonl").open("a") as out:
        out.write("remember the milk\n")
    status, stderr = acecoder(folder, service)
    assert status == 2
    assert "out.jsonl:7: not a row that `acecoder execute` wrote" in stderr


def test_results_and_winners_do_not_overwrite_each_other(folder, service):
    assert acecoder(folder, service)[0] == 0
    status, _ = acecoder(folder, service, command="best-of-n")
    assert (status, len(rows(folder))) == (2, 6)
    assert acecoder(folder, service, command="best-of-n", out="best.jsonl")[0] == 0
    # its own file may be overwritten
    assert acecoder(folder, service, command="best-of-n", out="best.jsonl")[0] == 0
    assert acecoder(folder, service, out="best.jsonl")[0] == 2


def test_a_cut_off_row_of_ours_is_judged_again(folder, service):
    assert acecoder(folder, service)[0] == 0
    for left in (20, 3, 1):
        out = folder / "out.jsonl"
        out.write_text(
            "".join(out.read_text().splitlines(keepends=True)[:5]) + '{"key": "0123456789abcdef'[:left]
        )
        assert acecoder(folder, service)[0] == 0
        assert sorted(row["index"] for row in rows(folder)) == list(range(6))


def test_without_suites_one_sentence_says_what_is_missing(folder, service):
    status, stderr = acecoder(folder, service, suites=None)
    assert (status, stderr.count("\n")) == (2, 1)
    assert "name it with --suites" in stderr


def test_the_wrong_suites_are_reported_in_one_sentence(folder, service):
    write(folder / "others.jsonl", [{"id": "z", "asserts": ["assert f()"]}])
    status, stderr = acecoder(folder, service, suites="others.jsonl")
    assert (status, stderr.count("\n")) == (2, 1)
    assert "no row can be used; the first reason" in stderr
    assert "suite 'a' is not in the file of suites" in stderr
    status, stderr = acecoder(folder, service, suites="candidates.jsonl")
    assert (status, stderr.count("\n")) == (2, 1)
    assert "candidates.jsonl: holds no suite that can be used" in stderr


@pytest.mark.parametrize("command", ["execute", "best-of-n"])
def test_an_empty_file_says_so(folder, service, command):
    (folder / "candidates.jsonl").write_text("")
    status, stderr = acecoder(folder, service, command=command)
    assert (status, stderr.count("\n")) == (2, 1)
    assert "holds no candidate" in stderr


def test_a_row_in_another_encoding_costs_itself_only(folder, service):
    lines = [json.dumps(each).encode() for each in CANDIDATES]
    lines[2] = lines[2].replace(b"c2", b"caf\xe9")
    (folder / "candidates.jsonl").write_bytes(b"\n".join(lines))
    status, stderr = acecoder(folder, service)
    assert (status, len(rows(folder))) == (0, 5)
    assert "candidates.jsonl:3: not UTF-8" in stderr
    assert "save the file as UTF-8" in stderr


def test_a_full_disk_is_told_with_what_to_do(monkeypatch, capsys):
    def app():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(commands, "app", app)
    monkeypatch.setattr(entry, "_stop_on_signals", lambda: None)  # the handlers of this process stay
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 1
    assert "No space left on device; make room and run the command again" in capsys.readouterr().err


def test_many_bad_rows_are_not_a_flood(folder, service):
    write(folder / "candidates.jsonl", [*CANDIDATES, *[{"suite": "nowhere", "program": ""}] * 500])
    status, stderr = acecoder(folder, service)
    assert status == 0
    assert stderr.count("\n") < 30
    assert "500 bad rows skipped" in stderr


def test_what_cannot_be_written_is_reported_before_anything_is_judged(folder, service):
    status, stderr = acecoder(folder, service, out="nowhere/out.jsonl")
    assert (status, stderr.count("\n")) == (2, 1)
    assert "there is no folder" in stderr
    status, stderr = acecoder(folder, service, out=".")
    assert (status, stderr.count("\n")) == (2, 1)
    assert "is a folder" in stderr
    assert not service.requests


def test_a_wrong_token_says_where_it_is_read_from(folder, service):
    service.otherwise = problem(Slug.UNAUTHORIZED, "Send the header 'Authorization: Bearer <key>'.")
    status, stderr = acecoder(folder, service)
    assert (status, stderr.count("\n")) == (1, 1)
    assert "ACECODER_TOKEN" in stderr


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (["--cpu-s", "-1"], "--cpu-s: should be greater than 0; or should be 'auto'; got '-1'"),
        (["--cpu-s", "much"], "--cpu-s: should be a valid number"),
        (["--memory-bytes", "5"], "--memory-bytes: should be greater than or equal to 16777216; got 5"),
        (["--url", "localhost:8000"], "give http://host:port"),
        (["--wall-s", "long"], "Invalid value for '--wall-s'"),
    ],
)
def test_a_wrong_option_names_itself(folder, service, option, words):
    status, stderr = acecoder(folder, service, *option)
    assert status == 2
    assert words in " ".join(stderr.split())
    assert not service.requests


def test_a_limit_above_the_cap_is_one_line(folder, service):
    message = "500 is above the server's cap of 30; lower it"
    service.otherwise = problem(
        Slug.LIMIT_ABOVE_CAP,
        f"limits.cpu_s: {message}.",
        errors=[{"field": "limits.cpu_s", "message": message}],
    )
    status, stderr = acecoder(folder, service, "--cpu-s", "500")
    assert (status, stderr.count("\n")) == (1, 1)
    assert message in stderr


def test_one_bad_suite_costs_its_own_candidates_only(folder, service):
    deep = "def check(c):\n    assert c() == " + "-" * 3000 + "1"
    bad = [
        {"id": "b", "check": "x = 1", "entry_point": "f"},
        {"task_id": "deep", "prompt": "", "test": deep, "entry_point": "f"},
        {"id": "half", "asserts": ["assert f() == '\ud800'"]},
    ]
    write(folder / "suites.jsonl", [SUITES[0], *bad])
    write(
        folder / "candidates.jsonl",
        [*CANDIDATES, *({"suite": each, "program": ""} for each in ("deep", "half"))],
    )

    def picky(request):
        at = [each["id"] for each in request.body["suites"]]
        return problem(Slug.INVALID_SUITE, "suites: b has no check") if "b" in at else all_pass(request)

    service.otherwise = picky
    status, stderr = acecoder(folder, service)
    assert status == 0
    assert {row["id"] for row in rows(folder)} == {"c0", "c2", "c4"}
    assert "b has no check" in stderr
    assert "an unpaired surrogate" in stderr


def test_half_a_surrogate_pair_is_sent_for_the_service_to_answer(folder, service):
    write(folder / "candidates.jsonl", [*CANDIDATES, {"suite": "a", "program": "s = '\ud800'"}])
    assert acecoder(folder, service)[0] == 0
    assert "s = '\ud800'" in [
        each["program"] for request in service.requests for each in request.body["candidates"]
    ]


def test_a_damaged_archive_says_so(folder, service):
    whole = gzip.compress((folder / "candidates.jsonl").read_bytes())
    (folder / "suites.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    status, stderr = acecoder(folder, service, suites="suites.jsonl.gz")
    assert (status, stderr.count("\n")) == (2, 1)
    assert "damaged or cut off" in stderr


def test_suites_in_the_candidates_place_are_recognised(folder, service):
    write(folder / "candidates.jsonl", SUITES)
    status, stderr = acecoder(folder, service)
    assert (status, stderr.count("\n")) == (2, 1)
    assert "holds suites; name it with --suites" in stderr


@pytest.mark.parametrize("command", ["execute", "best-of-n"])
@pytest.mark.parametrize("out", ["out.parquet", "out.jsonl.gz", "out.csv"])
def test_an_output_is_not_named_as_another_format(folder, service, command, out):
    status, stderr = acecoder(folder, service, command=command, out=out)
    assert status == 2
    assert f"{out}: the rows are JSON lines; give -o a name that ends in .jsonl" in stderr
    assert not (folder / out).exists()


def test_a_damaged_parquet_file_is_named(folder, service):
    (folder / "fake.parquet").write_text("hello")
    status, stderr = acecoder(folder, service, suites="fake.parquet")
    assert status == 2
    assert "fake.parquet: not a parquet file, or damaged or cut off (" in stderr
