"""``acecoder runs`` against a scripted server."""

import json

from typer.testing import CliRunner

from clients.cli.commands import app
from clients.contract import Slug
from clients.errors import NotFoundError
from tests.unit.clients.fake_service import FakeResponse, problem

INFO = {"run": "nightly", "executions": 2, "total": 900, "done": 40, "waiting": 800, "age_s": 61.4}


def runs(service, *arguments):
    return CliRunner().invoke(app, ["runs", *arguments, "--url", service.url], env={"COLUMNS": "100"})


def test_runs_are_listed_as_a_table(service):
    service.otherwise = FakeResponse(200, json.dumps([INFO, {**INFO, "run": None}]).encode())
    printed = runs(service).stdout
    for text in ("nightly", "(no run)", "900", "40", "800", "61 s"):
        assert text in printed
    service.otherwise = FakeResponse(200, b"[]")
    assert runs(service).stdout == "nothing is in progress\n"


def test_a_run_is_cancelled_by_its_name(service):
    service.otherwise = FakeResponse(200, json.dumps(INFO).encode())
    printed = runs(service, "cancel", "nightly").stdout
    assert printed == "cancelled 2 requests of run nightly: 40 of 900 candidates had a result\n"
    assert [(sent.method, sent.path) for sent in service.requests] == [("DELETE", "/v1/runs/nightly")]


def test_a_run_that_has_nothing_in_progress_is_an_error(service):
    service.otherwise = problem(Slug.NOT_FOUND, "No run 'x' is in progress")
    result = runs(service, "cancel", "x")
    assert isinstance(result.exception, NotFoundError)
    assert "No run 'x' is in progress" in str(result.exception)


def test_the_option_run_goes_into_every_request(service, tmp_path):
    (tmp_path / "suites.jsonl").write_text('{"id": "a", "asserts": ["assert f()"]}\n')
    (tmp_path / "candidates.jsonl").write_text('{"suite": "a", "program": "def f(): return 1"}\n')
    arguments = [
        str(tmp_path / "candidates.jsonl"),
        "--suites",
        str(tmp_path / "suites.jsonl"),
        "--run",
        "n-7",
    ]
    out = ["-o", str(tmp_path / "out.jsonl"), "--url", service.url]
    result = CliRunner().invoke(app, ["execute", *arguments, *out])
    assert result.exit_code == 0, result.output
    assert {sent.body.get("run") for sent in service.requests if sent.body.get("candidates")} == {"n-7"}
