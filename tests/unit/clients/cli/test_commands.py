"""The command line over whole files: which rows are kept or skipped, and which messages are printed."""

import json
import signal
import subprocess
import sys
import threading
from importlib import metadata
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from clients.cli.commands import app
from clients.contract import Slug
from clients.runs.outputs import ResultRecorder
from tests.unit.clients.fake_service import FakeResponse, all_pass, problem

ROOT = Path(__file__).parents[4]


@pytest.fixture
def files(tmp_path):
    suites = [{"id": name, "asserts": ["assert f()"]} for name in "ab"]
    rows = [{"suite": "ab"[at % 2], "id": f"c{at}", "program": f"def f(): return {at}"} for at in range(300)]
    (tmp_path / "suites.jsonl").write_text("".join(json.dumps(each) + "\n" for each in suites))
    (tmp_path / "candidates.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows))
    return tmp_path


def run(files, service, *more, command="execute"):
    arguments = [command, str(files / "candidates.jsonl"), "--suites", str(files / "suites.jsonl")]
    result = CliRunner().invoke(
        app, [*arguments, "-o", str(files / "out.jsonl"), "--url", service.url, *more]
    )
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def rows(files):
    return [json.loads(line) for line in (files / "out.jsonl").read_text().splitlines()]


def judged(service):
    return sum(len(request.body["candidates"]) for request in service.requests)


def test_every_candidate_gets_a_row_with_the_hashes_of_its_tests(files, service):
    result = run(
        files, service, "--cpu-s", "auto", "--reward", "binary", "--state", "fresh", "--on-timeout", "stop"
    )
    assert result.exit_code == 0
    assert "300 judged, mean pass rate 1.0000, 300 passed everything" in result.output
    assert sorted(row["index"] for row in rows(files)) == list(range(300))
    assert {row["id"]: row["suite"] for row in rows(files)}["c3"] == "b"
    assert {(*row["test_hashes"], row["runner_version"]) for row in rows(files)} == {("h", "1")}
    sent = service.requests[0].body
    assert (sent["limits"], sent["state"], sent["on_timeout"]) == ({"cpu_s": "auto"}, "fresh", "stop")


def test_passes_that_rest_on_the_program_may_be_kept_from_earning(files, service):
    run(files, service, "--reward", "binary", "--no-resting")
    policy = service.requests[0].body["reward"]
    assert (policy["kind"], policy["count_passes_resting_on_program"]) == ("binary", False)


@pytest.mark.parametrize(("switch", "counts"), [((), False), (("--decided",), True)])
def test_passes_that_the_program_alone_decided_earn_on_request_only(files, service, switch, counts):
    run(files, service, *switch)
    assert service.requests[0].body.get("reward", {}).get("count_passes_decided_by_program", False) is counts


def test_terms_of_the_reward_are_options(files, service):
    run(
        files,
        service,
        "--reward",
        "threshold",
        "--threshold",
        "0.5",
        "--all-pass-bonus",
        "2",
        "--fence-bonus",
        "0.1",
    )
    policy = service.requests[0].body["reward"]
    assert policy == {"kind": "threshold", "threshold": 0.5, "all_pass_bonus": 2.0, "fence_bonus": 0.1}
    with pytest.raises(ValueError, match="--all-pass-bonus: should be greater"):
        run(files, service, "--all-pass-bonus", "-1")


def test_a_second_run_judges_only_what_is_missing(files, service):
    run(files, service)
    out = files / "out.jsonl"
    whole = out.read_text().splitlines(keepends=True)
    lost = json.dumps(json.loads(whole[5]) | {"status": "unscorable", "reason": "worker_lost"}) + "\n"
    own_fault = json.dumps(json.loads(whole[6]) | {"status": "unscorable", "reason": "invalid_input"}) + "\n"
    out.write_text("".join([*whole[:5], lost, own_fault, *whole[7:200], whole[200][:30]]))
    service.requests.clear()
    assert "kept from before" in run(files, service).output
    assert judged(service) == 300 - 199
    assert sorted(row["index"] for row in rows(files)) == list(range(300))
    service.requests.clear()
    run(files, service)
    assert judged(service) == 0


def test_other_options_are_other_work(files, service):
    run(files, service)
    service.requests.clear()
    run(files, service, "--state", "fresh")
    assert judged(service) == 300


def test_the_same_candidate_twice_is_kept_twice(files, service):
    line = (files / "candidates.jsonl").read_text().splitlines(keepends=True)[0]
    (files / "candidates.jsonl").write_text(line * 3)
    run(files, service)
    run(files, service)
    assert (judged(service), len(rows(files))) == (3, 3)


def test_a_bad_row_is_reported_and_skipped(files, service):
    with (files / "candidates.jsonl").open("a") as sink:
        sink.write('{"suite": "a", "prog\n{"suite": "c", "program": ""}\n')
    result = run(files, service)
    assert "candidates.jsonl:301: not JSON" in result.output
    assert "candidates.jsonl:302: suite 'c' is not in the file of suites" in result.output
    assert "2 bad rows skipped" in result.output
    assert len(rows(files)) == 300


def test_a_candidate_that_the_service_refuses_costs_itself_only(files, service):
    def picky(request):
        refused = any(each["id"] == "c77" for each in request.body["candidates"])
        return problem(Slug.INVALID_REQUEST, "no 77") if refused else all_pass(request)

    service.otherwise = picky
    result = run(files, service)
    assert "c77" in result.output
    assert "no 77" in result.output
    assert {row["id"] for row in rows(files)} == {f"c{at}" for at in range(300)} - {"c77"}


def test_a_refusal_of_everything_ends_the_run_and_keeps_what_is_done(files, service, monkeypatch):
    first_rows = threading.Event()

    def refuse_later(request):
        assert first_rows.wait(30)
        return problem(Slug.UNAUTHORIZED, "no token")

    take = ResultRecorder.take
    monkeypatch.setattr(ResultRecorder, "take", lambda *given: (take(*given), first_rows.set()))
    service.script = [all_pass]
    service.otherwise = refuse_later
    with pytest.raises(Exception, match="no token"):
        run(files, service)
    answered = service.requests[0].body["candidates"]
    assert sorted(row["id"] for row in rows(files)) == sorted(each["id"] for each in answered)


def test_best_of_n_writes_one_row_a_suite(files, service):
    def odd_better(request):
        answer = json.loads(all_pass(request).body)
        for given, result in zip(request.body["candidates"], answer["results"], strict=True):
            result["pass_rate"] = 1.0 if given["id"] in ("c10", "c211") else 0.5
        return FakeResponse(200, json.dumps(answer).encode())

    service.otherwise = odd_better
    result = run(files, service, command="best-of-n")
    assert "2 suites have a winner, 0 have none" in result.output
    winners = {
        row["task_id"]: (row["winner"], row["solution"], row["pass_rate"], len(row["ranking"]))
        for row in rows(files)
    }
    assert winners == {
        "a": ("c10", "def f(): return 10", 1.0, 150),
        "b": ("c211", "def f(): return 211", 1.0, 150),
    }


def test_nothing_listening_is_one_clear_line(files):
    command = [
        sys.executable,
        "-c",
        "from clients.cli.entry import main; main()",
        "execute",
        str(files / "candidates.jsonl"),
    ]
    more = [
        "--suites",
        str(files / "suites.jsonl"),
        "-o",
        str(files / "out.jsonl"),
        "--url",
        "http://127.0.0.1:9",
    ]
    ended = subprocess.run(
        [*command, *more],
        check=False,
        cwd=ROOT,
        env={"ACECODER_CONNECT_S": "0.1"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert "start the services with `acecoder up`" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_an_interrupt_keeps_what_is_done(files, service):
    begun, release = threading.Event(), threading.Event()

    def hang(request):
        begun.set()
        release.wait(30)
        return all_pass(request)

    service.script = [all_pass, hang, hang]
    command = [
        sys.executable,
        "-c",
        "from clients.cli.entry import main; main()",
        "execute",
        str(files / "candidates.jsonl"),
    ]
    more = ["--suites", str(files / "suites.jsonl"), "-o", str(files / "out.jsonl"), "--url", service.url]
    process = subprocess.Popen([*command, *more], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        assert begun.wait(30)
        while not (files / "out.jsonl").exists() or (files / "out.jsonl").read_text().count("\n") < 128:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, printed = process.communicate(timeout=30)
    finally:
        release.set()
        process.kill()
    assert process.returncode == 130
    assert "finished results are in the output" in printed
    assert len(rows(files)) >= 128


class Entry:
    def __init__(self, name, loaded):
        self.name, self._loaded = name, loaded

    def load(self):
        if isinstance(self._loaded, Exception):
            raise self._loaded
        return self._loaded


def test_services_join_their_commands(monkeypatch):
    service = typer.Typer()

    @service.command()
    def up():
        """Start."""
        typer.echo("started")

    broken = Entry("rm", ModuleNotFoundError("No module named 'torch'"))
    monkeypatch.setattr(metadata, "entry_points", lambda group: [broken, Entry("executor", service)])
    assert CliRunner().invoke(app, ["up"]).output.endswith("started\n")
    assert "up" in CliRunner().invoke(app, ["--help"]).output
    assert "execute" in CliRunner().invoke(app, ["--help"]).output
    missing = CliRunner().invoke(app, ["score"])
    assert missing.exit_code == 2
    assert "install acecoder-services[rm]" in missing.output.replace("\n", " ")


def test_without_the_extra_the_command_says_which_to_install():
    code = "import sys; sys.modules['typer'] = None\nfrom clients.cli.entry import main\nmain()"
    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (
        1,
        "acecoder: the command line needs typer: install acecoder-services[cli]\n",
    )
