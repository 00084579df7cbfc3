"""``acecoder evaluate`` apart from its numbers: what is judged again, what is missing, what is refused."""

import json
import sys

import pytest
from typer.testing import CliRunner

import clients.evaluation
from clients.cli.commands import app
from tests.unit.clients.fake_service import all_pass, answer_of, whole_answer


@pytest.fixture
def files(tmp_path):
    problems = [{"id": name, "asserts": ["assert f()"]} for name in "ab"]
    samples = [{"task_id": "ab"[at % 2], "solution": f"def f(): return {at}"} for at in range(8)]
    for name, rows in (("problems", problems), ("samples", samples)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def run(files, service, *more, out="out"):
    paths = [str(files / "problems.jsonl"), str(files / "samples.jsonl"), "-o", str(files / out)]
    result = CliRunner().invoke(app, ["evaluate", *paths, "--url", service.url, *more])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def lose_the_first(request):
    """Answer as if the worker of the first candidate had died."""
    body = whole_answer(request)
    lost = {"status": "unscorable", "reason": "worker_lost", "pass_rate": None, "reward": None, "tests": []}
    for result in body["results"][:1]:
        result.update(lost)
    return answer_of(request, body)


def test_a_sample_lost_to_a_fault_is_counted_and_judged_again_by_the_next_run(files, service):
    service.otherwise = lose_the_first
    first = run(files, service)
    assert "1 samples without a verdict" in first.output
    assert [row["passed"] for row in rows(files / "out" / "samples.jsonl")] == [None, *[True] * 7]
    service.otherwise = all_pass
    before = len(service.requests)
    second = run(files, service)
    assert "without a verdict" not in second.output
    sent = [len(request.body.get("candidates", ())) for request in service.requests[before:]]
    assert sent == [0, 1]  # the first request describes the suites
    assert all(row["passed"] for row in rows(files / "out" / "samples.jsonl"))


def test_samples_in_another_order_keep_their_verdicts(files, service):
    run(files, service)
    path = files / "samples.jsonl"
    path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))
    run(files, service)
    sample_rows = rows(files / "out" / "samples.jsonl")
    assert [row["solution"] for row in sample_rows] == [row["solution"] for row in rows(path)]
    assert all(row["passed"] for row in sample_rows)


def test_picks_of_an_earlier_run_do_not_stay(files, service):
    run(files, service)
    assert (files / "out" / "best_of_4.jsonl").is_file()
    path = files / "samples.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:4]))
    run(files, service)
    assert sorted(each.name for each in (files / "out").glob("best_of_*.jsonl")) == ["best_of_2.jsonl"]


def test_without_the_extra_everything_but_the_page_is_written(files, service, monkeypatch):
    monkeypatch.delattr(clients.evaluation, "report", raising=False)
    monkeypatch.setitem(sys.modules, "clients.evaluation.report", None)
    result = run(files, service)
    assert result.exit_code == 0
    assert "install acecoder-services[report]" in result.output
    assert (files / "out" / "curves.json").is_file()
    assert not (files / "out" / "report.html").exists()


def test_an_earlier_page_does_not_stay_where_none_can_be_made(files, service, monkeypatch):
    run(files, service)
    assert (files / "out" / "report.html").is_file()
    monkeypatch.delattr(clients.evaluation, "report", raising=False)
    monkeypatch.setitem(sys.modules, "clients.evaluation.report", None)
    run(files, service)
    assert not (files / "out" / "report.html").exists()


def test_wrong_arguments_are_refused_before_anything_is_judged(files, service):
    with pytest.raises(ValueError, match="'best' is not a rule"):
        run(files, service, "--select", "best")
    with pytest.raises(ValueError, match="is a file"):
        run(files, service, out="samples.jsonl")
    (files / "verdicts.jsonl").touch()
    with pytest.raises(ValueError, match="an input is in the folder"):
        run(files, service, out=".")
    with pytest.raises(ValueError, match="rm_score"):
        run(files, service, "--select", "rm", out="other")
    assert service.requests == []


def test_a_selector_by_values_asks_the_executor_for_them(files, service):
    run(files, service, "--select", "majority")
    assert not any("values" in request.body for request in service.requests)
    run(files, service, "--select", "overlap", out="other")
    judged = [request.body for request in service.requests if request.body.get("candidates")]
    assert [body.get("values") for body in judged] == [None, True]
