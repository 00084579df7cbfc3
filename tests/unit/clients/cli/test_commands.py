"""The command line over whole files: which rows are kept or skipped, and which messages are printed."""

import json
import re
import signal
import subprocess
import sys
import threading
from importlib import metadata
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import clients
from clients import progress
from clients.cli.commands import app
from clients.contract import Slug
from clients.runs.outputs import ResultRecorder
from tests.support.background import IN_BACKGROUND
from tests.unit.clients.fake_service import all_pass, answer_of, problem, whole_answer

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


def sent(service):
    """The bodies of the requests with candidates; one without describes the suites."""
    return [request.body for request in service.requests if request.body.get("candidates")]


def judged(service):
    return sum(len(body["candidates"]) for body in sent(service))


def test_every_candidate_gets_a_row_with_the_hashes_of_its_tests(files, service):
    result = run(
        files, service, "--cpu-s", "auto", "--reward", "binary", "--state", "fresh", "--on-timeout", "stop"
    )
    assert result.exit_code == 0
    assert "300 judged, mean pass rate 1.0000, 300 passed everything" in result.output
    assert sorted(row["index"] for row in rows(files)) == list(range(300))
    assert {row["id"]: row["suite"] for row in rows(files)}["c3"] == "b"
    assert {(*row["test_hashes"], row["runner_version"]) for row in rows(files)} == {("h", "1")}
    first = sent(service)[0]
    assert (first["limits"], first["state"], first["on_timeout"]) == ({"cpu_s": "auto"}, "fresh", "stop")


def test_passes_that_rest_on_the_program_may_be_kept_from_earning(files, service):
    run(files, service, "--reward", "binary", "--no-resting")
    policy = sent(service)[0]["reward"]
    assert (policy["kind"], policy["count_passes_resting_on_program"]) == ("binary", False)


@pytest.mark.parametrize(("switch", "counts"), [((), False), (("--decided",), True)])
def test_passes_that_the_program_alone_decided_earn_on_request_only(files, service, switch, counts):
    run(files, service, *switch)
    assert sent(service)[0].get("reward", {}).get("count_passes_decided_by_program", False) is counts


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
    policy = sent(service)[0]["reward"]
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


def test_other_options_never_mix_with_earlier_rows(files, service):
    run(files, service)
    before = rows(files)
    service.requests.clear()
    with pytest.raises(ValueError, match=r"300 of 300 rows .* written with other options.* add --replace"):
        run(files, service, "--state", "fresh")
    assert (judged(service), rows(files)) == (0, before)
    assert "300 dropped from before" in " ".join(
        run(files, service, "--state", "fresh", "--replace").output.split()
    )
    assert (judged(service), len(rows(files))) == (300, 300)
    assert not {row["key"] for row in rows(files)} & {row["key"] for row in before}


def test_a_changed_program_replaces_its_row_only_on_request(files, service):
    run(files, service)
    text = (files / "candidates.jsonl").read_text()
    (files / "candidates.jsonl").write_text(text.replace('return 7"', 'return 70007"'))
    service.requests.clear()
    with pytest.raises(ValueError, match=r"1 of 300 rows is not of this run: .*program or a suite"):
        run(files, service)
    run(files, service, "--replace")
    assert judged(service) == 1
    assert sorted(row["index"] for row in rows(files)) == list(range(300))


def test_a_row_is_written_while_its_request_is_still_answered(files, service):
    """The service answers with 10 lines and hangs: an interrupt finds them in the file."""

    def some(request):
        if not request.body.get("candidates"):
            return all_pass(request)
        whole = all_pass(request)
        whole.body = b"".join(line + b"\n" for line in whole.body.splitlines()[:10])
        whole.cut = True
        return whole

    service.otherwise = some
    with pytest.raises(Exception, match="broke"):
        run(files, service)
    assert len(rows(files)) >= 10
    assert {(*row["test_hashes"], row["runner_version"]) for row in rows(files)} == {("h", "1")}


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
    first_rows, answered = threading.Event(), []
    first = iter([all_pass])

    def refuse_later(request):
        if not request.body.get("candidates"):
            return all_pass(request)
        if answer := next(first, None):
            answered.extend(each["id"] for each in request.body["candidates"])
            return answer(request)
        assert first_rows.wait(30)
        return problem(Slug.UNAUTHORIZED, "no token")

    take = ResultRecorder.take
    monkeypatch.setattr(ResultRecorder, "take", lambda *given: (take(*given), first_rows.set()))
    service.otherwise = refuse_later
    with pytest.raises(Exception, match="no token"):
        run(files, service)
    assert sorted(row["id"] for row in rows(files)) == sorted(answered)


def test_best_of_n_writes_one_row_a_suite(files, service):
    def odd_better(request):
        answer = whole_answer(request)
        for given, result in zip(request.body["candidates"], answer["results"], strict=True):
            result["pass_rate"] = 1.0 if given["id"] in ("c10", "c211") else 0.5
        return answer_of(request, answer)

    service.otherwise = odd_better
    result = run(files, service, command="best-of-n")
    assert "2 suites have a winner, 0 have none" in result.output
    (row,) = [line for line in result.output.splitlines() if line.startswith("│ a")]
    assert row.replace("│", " ").split() == ["a", "150", "1", "c10", "1.000"]
    winners = {
        row["task_id"]: (row["winner"], row["solution"], row["pass_rate"], len(row["ranking"]))
        for row in rows(files)
    }
    assert winners == {
        "a": ("c10", "def f(): return 10", 1.0, 150),
        "b": ("c211", "def f(): return 211", 1.0, 150),
    }


def test_best_of_n_by_another_rule(files, service):
    """The suite's tests are judged as imagined ones: the largest group with equal outcomes wins."""

    def a_few_pass(request):
        answer = whole_answer(request)
        for given, result in zip(request.body["candidates"], answer["results"], strict=True):
            passes = given["id"] in ("c10", "c12")
            result["pass_rate"] = 1.0 if passes else 0.0
            result["tests"] = [{"outcome": "passed" if passes else "wrong_answer"}]
        return answer_of(request, answer)

    service.otherwise = a_few_pass
    result = run(files, service, "--by", "consensus", command="best-of-n")
    assert "1 suites have no candidate that passes every test: b" in " ".join(result.output.split())
    assert {row["task_id"]: row["winner"] for row in rows(files)}["a"] == "c10"
    assert rows(files)[0]["by"] == ["consensus"]
    assert 0 < rows(files)[0]["probability"] < 0.9
    run(files, service, "--by", "consensus", "--at-least", "0.9", command="best-of-n")
    assert {row["winner"] for row in rows(files)} == {None}
    with pytest.raises(ValueError, match="at_least needs a first rule with a probability"):
        run(files, service, "--at-least", "0.9", command="best-of-n")
    with pytest.raises(ValueError, match="'best' is not a rule; the rules are"):
        run(files, service, "--by", "best", command="best-of-n")
    with pytest.raises(ValueError, match="--by rm needs the prompt"):
        run(files, service, "--by", "pass_rate+rm", command="best-of-n")


def test_off_a_terminal_progress_is_a_line_every_few_seconds(files, service, monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.01)
    printed = []
    monkeypatch.setattr(progress.console, "print", lambda text, **_: printed.append(text))
    with progress.progress_bar() as bar:
        bar.total(4)
        bar.advance(2)
        while not any(line.startswith("judged 2 of 4, ") for line in printed):
            pass
    assert re.search(r"a second, about \d+ s left$", printed[-1])


def test_the_version_is_printed():
    assert CliRunner().invoke(app, ["--version"]).output == f"acecoder {clients.__version__}\n"


def test_a_missing_module_names_the_extra_that_installs_it():
    code = (
        "from clients.cli import commands, entry\n"
        "def app(): raise ModuleNotFoundError(\"No module named 'peft'\", name='peft')\n"
        "commands.app = app\nentry.main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (
        1,
        "acecoder: this command needs peft: install acecoder-services[train]\n",
    )


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_is_done_also_in_the_background_of_a_script(files, service, number):
    begun, release = threading.Event(), threading.Event()

    def hang(request):
        begun.set()
        release.wait(30)
        return all_pass(request)

    service.script = [all_pass, all_pass, hang, hang]  # the suites, and one of the three chunks
    command = [
        sys.executable,
        "-c",
        "from clients.cli.entry import main; main()",
        "execute",
        str(files / "candidates.jsonl"),
    ]
    more = ["--suites", str(files / "suites.jsonl"), "-o", str(files / "out.jsonl"), "--url", service.url]
    process = subprocess.Popen([*IN_BACKGROUND, *command, *more], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        assert begun.wait(30)
        process.send_signal(signal.SIGHUP)
        while not (files / "out.jsonl").exists() or (files / "out.jsonl").read_text().count("\n") < 44:
            assert process.poll() is None
        process.send_signal(number)
        _, printed = process.communicate(timeout=30)
    finally:
        release.set()
        process.kill()
    assert process.returncode == 130
    assert "finished results are in the output" in printed
    assert len(rows(files)) >= 44


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
    assert CliRunner().invoke(app, ["up"]).output == "started\n"  # and nothing of the service that is missing
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
