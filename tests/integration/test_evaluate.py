"""Runs ``acecoder evaluate`` on the bundled sample against the running stack: files, numbers and the page."""

import json
import re
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

import clients
from clients.cli.commands import app
from examples import sample

LIMITS = ["--cpu-s", "0.5", "--wall-s", "20", "--total-cpu-s", "1", "--total-wall-s", "60"]
NASTY = "def f(x):\n    return 0  # </pre></details><script>alert('&')</script> \u202e x\n"
VOID = {"meta", "path", "use", "rect", "br"}


class Page(HTMLParser):
    """Elements of a page, their attributes and the text of each ``pre``; fails where they do not close."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "pre":
            self.texts.append("")

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] == ["pre"]:
            self.texts[-1] += data

    def named(self, tag):
        return [attrs for name, attrs in self.seen if name == tag]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run(stack, *arguments):
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments), "--url", stack.url])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def bundled(stack, tmp_path_factory):
    """The sample's problems and programs, evaluated; its labels say what is right."""
    folder = tmp_path_factory.mktemp("evaluate")
    problems = sample.load()
    suites = write(
        folder / "suites.jsonl", [p.suite.model_dump(mode="json", exclude_defaults=True) for p in problems]
    )
    rows = [
        {"task_id": p.suite.id, "solution": each.candidate.program, "label": each.passes == p.suite.size}
        for p in problems
        for each in p.programs
        if each.candidate.program is not None
    ]
    samples = write(folder / "mine.jsonl", rows)
    out = folder / "out"
    said = run(stack, suites, samples, "-o", out, "--select", "pass_rate", "--select", "posterior", *LIMITS)
    return out, rows, said, (suites, samples)


def test_every_sample_is_there_in_order_and_right_where_its_label_says(bundled):
    out, rows, _, _ = bundled
    found = lines(out / "samples.jsonl")
    assert [row["task_id"] for row in found] == [row["task_id"] for row in rows]
    assert [row["passed"] for row in found] == [row["label"] for row in rows]
    results = lines(out / "samples_results.jsonl")
    assert [(row["solution"], row["passed"]) for row in results] == [
        (row["solution"], row["label"]) for row in rows
    ]


def test_evalplus_finds_its_shape(bundled):
    out, rows, _, _ = bundled
    found = json.loads((out / "samples_eval_results.json").read_text())
    assert set(found) == {"date", "hash", "eval"}
    statuses = [row["base_status"] for own in found["eval"].values() for row in own]
    assert statuses.count("pass") == sum(row["label"] for row in rows)
    assert set(statuses) <= {"pass", "fail", "timeout"}


def test_a_pick_of_n_is_one_line_a_task_and_says_that_it_is_an_oracles(bundled):
    out, rows, _, _ = bundled
    for name in ("best_of_4.jsonl", "best_of_4_posterior.jsonl"):
        picks = lines(out / name)
        assert {row["task_id"] for row in picks} == {row["task_id"] for row in rows}
        assert len(picks) == len({row["task_id"] for row in rows})
        assert all(row["oracle"] is True and "(oracle)" in row["selector"] for row in picks)
        assert not [key for row in picks for key in row if key.startswith("_")]
    assert all(row["reward"] == 1.0 for row in lines(out / "best_of_4.jsonl")), "the first of each is right"


def test_the_table_and_the_curves_say_the_same(bundled):
    out, _, said, _ = bundled
    assert "pass_rate (oracle)" in " ".join(said.replace("┃", " ").split())
    found = {row["label"]: row for row in json.loads((out / "curves.json").read_text())["curves"]}
    assert [label for label, row in found.items() if row["oracle"]] == [
        "pass_rate (oracle)",
        "posterior (oracle)",
        "oracle",
    ]
    for own, best in zip(found["pass_rate (oracle)"]["points"], found["oracle"]["points"], strict=True):
        assert own["share"] == pytest.approx(best["share"])
        assert f"{100 * best['share']:.1f}" in said


def test_the_page_is_whole_and_nothing_in_it_runs(bundled):
    out, rows, _, _ = bundled
    page = Page((out / "report.html").read_text(encoding="utf-8"))
    assert page.named("svg")
    assert not page.named("script")
    assert not [
        attrs for _, attrs in page.seen if any(name.startswith("on") or name == "src" for name in attrs)
    ]
    policy = next(each for each in page.named("meta") if "http-equiv" in each)
    assert policy["content"].startswith("default-src 'none'")
    problems = [each for each in page.named("details") if each["class"] == "problem"]
    assert len(problems) == len({row["task_id"] for row in rows})
    assert all(row["solution"].strip() in "\n".join(page.texts) for row in rows[:3])
    squares = [each["href"] for each in page.named("a") if each.get("class", "")[:1] == "s"]
    assert squares == [f"#{each['id']}" for each in problems]
    text = (out / "report.html").read_text(encoding="utf-8")
    assert re.search(r"<b>\d+</b> passed", text)
    assert re.search(r"test \d+: (wrong_answer|runtime_error) ", text)
    assert f"version: {clients.__version__}" in text
    labels = re.findall(r"<text[^>]*>(.*?)</text>", text)
    assert "= oracle" in labels, "curves that coincide are one line"


def test_a_second_run_judges_nothing_again(bundled, stack):
    out, _, _, inputs = bundled
    before = (out / "verdicts.jsonl").read_bytes()
    samples = (out / "samples.jsonl").read_bytes()
    page = (out / "report.html").read_bytes()
    run(stack, *inputs, "-o", out, "--select", "pass_rate", "--select", "posterior", *LIMITS)
    assert (out / "verdicts.jsonl").read_bytes() == before
    assert (out / "samples.jsonl").read_bytes() == samples
    assert (out / "report.html").read_bytes() == page


def test_imagined_tests_lead_and_the_true_ones_grade(stack, tmp_path):
    problem = {
        "task_id": "HumanEval/0",
        "prompt": "def f(x):\n",
        "entry_point": "f",
        "test": "def check(c):\n    assert c(1) == 2\n    assert c(2) == 3\n",
    }
    misled = {"id": "HumanEval/0", "asserts": ["assert f(1) == 0"]}
    right = {"task_id": "HumanEval/0", "completion": "    return x + 1\n"}
    wrong = {"task_id": "HumanEval/0", "solution": NASTY}
    unscorable = {"task_id": "HumanEval/0", "solution": "def f(x): return '\0'"}
    paths = [
        write(tmp_path / name, rows)
        for name, rows in (
            ("problems.jsonl", [problem]),
            ("samples.jsonl", [right, wrong, unscorable, {"task_id": "HumanEval/9", "solution": ""}]),
            ("imagined.jsonl", [misled]),
        )
    ]
    out = tmp_path / "out"
    said = run(stack, *paths[:2], "--imagined", paths[2], "-o", out, "--select", "pass_rate")
    assert "1 samples without a verdict" in said
    assert "1 rows of samples skipped" in said
    assert [row["passed"] for row in lines(out / "samples.jsonl")] == [True, False, None]
    pick = lines(out / "best_of_2.jsonl")[0]
    assert (pick["index"], pick["reward"], pick["oracle"]) == (1, 0.0, False)
    assert len(json.loads((out / "samples_eval_results.json").read_text())["eval"]["HumanEval/0"]) == 2
    text = (out / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert not page.named("script")
    assert "\u202e" not in text
    assert any("<script>alert('&')</script> \\u{202e}" in each for each in page.texts)


@pytest.mark.parametrize(
    ("held", "said"), [("notes.txt", "did not write"), ("samples.jsonl", "did not write")]
)
def test_a_folder_of_others_is_left_alone(stack, tmp_path, held, said):
    problems = write(tmp_path / "problems.jsonl", [{"id": "a", "asserts": ["assert f()"]}])
    samples = write(tmp_path / "mine.jsonl", [{"task_id": "a", "solution": "def f(): return 1"}])
    out = tmp_path / "out"
    out.mkdir()
    (out / held).write_text("mine")
    with pytest.raises(ValueError, match=said):
        run(stack, problems, samples, "-o", out)
    assert [path.name for path in out.iterdir()] == [held]
    assert (out / held).read_text() == "mine"


def test_scores_select_too_and_a_selector_without_its_scores_is_refused(stack, tmp_path):
    problems = write(tmp_path / "problems.jsonl", [{"id": "a", "asserts": ["assert f() == 1"]}])
    rows = [{"task_id": "a", "solution": f"def f(): return {at}", "rm_score": at} for at in (0, 1)]
    samples = write(tmp_path / "scored.jsonl", rows)
    run(stack, problems, samples, "-o", tmp_path / "out", "--select", "rm")
    pick = lines(tmp_path / "out" / "best_of_2.jsonl")[0]
    assert (pick["index"], pick["rm_score"], pick["selector"], pick["oracle"]) == (1, 1.0, "rm", False)
    bare = write(tmp_path / "bare.jsonl", [{"task_id": "a", "solution": "def f(): return 1"}])
    with pytest.raises(ValueError, match="rm_score"):
        run(stack, problems, bare, "-o", tmp_path / "other", "--select", "rm")
