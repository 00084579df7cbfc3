"""``acecoder train-rm`` from pairs to a folder that is served: options, mistakes, resume, report."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest
import torch
from typer.testing import CliRunner

from services.rm.commands import app
from services.rm.models.loader import load
from tests.compat import tiny
from tests.unit.rm.training.conftest import _one_accelerator, base_folder, pair_file  # noqa: F401 - fixtures

torch.set_num_threads(1)  # threads that spin on a busy machine make tests fifty times slower
QUICK = ["--device", "cpu", "--batch-pairs", "9", "--lr", "3e-3", "--held-out", "0.3"]


def run(*arguments):
    """As ``acecoder`` runs it, in this process."""
    return CliRunner().invoke(app, ["train-rm", *map(str, arguments)])


def done(*arguments):
    ended = run(*arguments)
    assert ended.exit_code == 0, (ended.output, ended.exception)
    return ended


def wrong(*arguments):
    """The message of a usage error, which the command line shows with status 2."""
    ended = run(*arguments)
    assert isinstance(ended.exception, ValueError), (ended.output, ended.exception)
    return str(ended.exception)


def read(out, name):
    return json.loads((out / name).read_text())


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory, base_folder):  # noqa: F811
    """One training that several tests look at."""
    folder = tmp_path_factory.mktemp("trained")
    pairs = folder / "pairs.jsonl"
    rows = [
        {"question": f"q{n}", "prompt": f"Question {n}?", "chosen": f"{'x' * a}", "rejected": f"{'x' * b}",
         "margin": (b - a) / 4, "chosen_rate": 1 - a / 4 + 0.25, "rejected_rate": 1 - b / 4 + 0.25}
        for n in range(30) for a, b in ((1, 2), (1, 4), (2, 4))
    ]  # fmt: skip
    pairs.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{broken\n")
    layouts = ["--layout", "classification", "--layout", "acecoderm"]
    ended = done(pairs, "-o", folder / "out", "--base", base_folder, "--epochs", 6, *layouts, *QUICK)
    return folder / "out", ended.output


def test_it_prints_what_it_does(trained_once):
    _, output = trained_once
    assert "not JSON" in output
    assert "1 rows that are no pair" in output
    assert "head: new; attention: spans; format: chat" in output
    assert "in the right order" in output


def test_the_manifest_holds_what_the_training_was_made_of(trained_once):
    out, _ = trained_once
    manifest = read(out, "manifest.json")
    assert manifest["trained_on"]["questions"] + manifest["held_out"]["questions"] == 30
    assert manifest["trained_on"]["pairs"] == 3 * manifest["trained_on"]["questions"]
    assert manifest["trained_on"]["tokens"] < manifest["trained_on"]["tokens_pair_by_pair"] / 2
    assert manifest["dropped"] == {"rows that are no pair": 1}
    assert len(manifest["pairs"][0]["sha256"]) == 64
    assert manifest["options"]["lr"] == 3e-3
    assert manifest["versions"]["torch"] == version("torch")
    assert manifest["ended"] >= manifest["began"]
    rows = (out / "metrics.jsonl").read_text().splitlines()
    assert len(rows) == manifest["steps"]


def test_the_report_is_of_held_out_questions(trained_once):
    out, _ = trained_once
    report, manifest = read(out, "report.json"), read(out, "manifest.json")
    assert report["pair_accuracy"]["pairs"] == manifest["held_out"]["pairs"]
    assert report["pair_accuracy"]["share"] > 0.9
    assert report["length"]["longer_is_right"] == 0.0
    assert report["length"]["correlation"] < 0
    assert report["best_of_n"]["answers"] == "those of the held-out pairs"
    assert report["best_of_n"]["uplift"]["over_average"]["mean"] > 0.5
    assert (out / "report.svg").exists()


def test_both_layouts_are_served_with_the_same_scores(trained_once):
    out, _ = trained_once
    scores = []
    for layout in ("classification", "acecoderm"):
        loaded = load(str(out / layout), device="cpu")
        with torch.inference_mode():
            scores.append(loaded.scorer.scores([(1, 2, 3, 256), (1, 2, 5, 7, 256)], 1000))
        assert loaded.sharing == "spans"
    assert torch.allclose(*scores, atol=1e-6)


def test_a_folder_is_not_trained_over(trained_once, base_folder, tmp_path):  # noqa: F811
    out, _ = trained_once
    pairs = out.parent / "pairs.jsonl"
    base = ["-o", out, "--base", base_folder, "--epochs", 6, *QUICK]
    assert "give --resume" in wrong(pairs, *base)
    assert "lr was 0.003 and is 0.1" in wrong(pairs, *base, "--resume", "--lr", 0.1)
    (tmp_path / "notes.txt").write_text("mine")
    assert "holds files that are not of a training" in wrong(pairs, "-o", tmp_path, *base[2:])


def test_an_interrupted_training_goes_on(base_folder, pair_file, tmp_path, monkeypatch):  # noqa: F811
    from services.rm.training import commands

    pairs, out = pair_file(), tmp_path / "out"
    arguments = [pairs, "-o", out, "--base", base_folder, "--lora", 4, *QUICK, "--save-every", 0]

    def interrupt(self, number, total, row):
        if number == 1:
            import os
            import signal

            os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patched:
        patched.setattr(commands.TerminalObserver, "step", interrupt)
        ended = run(*arguments)
    assert ended.exit_code == 130
    assert "--resume to continue" in ended.output.replace("\n", " ")
    assert "ended" not in read(out, "manifest.json")
    assert "continuing after step 1 of" in done(*arguments, "--resume").output
    assert "ended" in read(out, "manifest.json")
    served = load(str(out / "classification"), device="cpu")
    # The adapter beside it, on a reward model made of the same base, is the same model.
    assert (out / "adapter" / "adapter_config.json").is_file()
    assert served.layout == "classification"


def test_each_usage_error_is_one_sentence(base_folder, pair_file, tmp_path):  # noqa: F811
    pairs = pair_file()
    to = ["-o", tmp_path / "out", "--base", base_folder, *QUICK]
    assert "--base FOLDER, or --preset" in wrong(pairs, "-o", tmp_path / "out")
    assert "'x' is not known; give one of acecoder-7b" in wrong(
        pairs, "-o", tmp_path / "out", "--preset", "x"
    )
    assert "give 1 or more" in wrong(pairs, *to, "--epochs", 0)
    assert "no question is left to train on" in wrong(pairs, *to, "--longest", 3)
    assert "need --results; give --results FILE too" in wrong(pairs, *to, "--suites", pairs)
    assert "needs --candidates" in wrong(pairs, *to, "--results", pairs)
    assert "raise --held-out, or give 0" in wrong(pairs, *to, "--held-out", 0.0001)
    assert "is neither a folder nor a name on the Hugging Face Hub" in wrong(
        pairs, *to, "--base", tmp_path / "nothing"
    )
    assert "'chatml' is not known; give one of chat" in wrong(pairs, *to, "--format", "chatml")
    assert "give a rank of 1 or more" in wrong(pairs, *to, "--lora", 0)
    assert "give --lora RANK too" in wrong(pairs, *to, "--lora-alpha", 4)
    assert "give --lora RANK too" in wrong(pairs, *to, "--lora-target", "q_proj")
    assert "exclude each other" in wrong(pairs, *to, "--lora", 4, "--head-only")
    for option, value in (("--schedule", "cosin"), ("--device", "gpu"), ("--save-every", -1)):
        refused = run(pairs, *to, option, value)
        assert refused.exit_code == 2, refused.output
        assert option in refused.output
    bare = tmp_path / "bare.jsonl"
    row = {"instruction": "p", "input": "", "chosen": "a", "rejected": "b"}
    bare.write_text("".join(json.dumps(row | {"instruction": f"p{n}"}) + "\n" for n in range(20)))
    assert "pairs have no margin, which the loss 'margin' needs" in wrong(bare, *to, "--loss", "margin")
    assert not (tmp_path / "out").exists(), "nothing was written"


def test_a_wrong_column_is_reported_with_the_columns_of_the_row(base_folder, tmp_path):  # noqa: F811
    """Three rows are shown and then the error, not twenty rows with the same reason."""
    odd = tmp_path / "odd.jsonl"
    row = {"prompt": "p", "good": "a", "bad": "b"}
    odd.write_text(f"{json.dumps(row)}\n" * 30)
    ended = run(odd, "-o", tmp_path / "out", "--base", base_folder, *QUICK)
    assert "'chosen', 'rejected' missing" in str(ended.exception)
    assert "this row has 'prompt', 'good', 'bad'" in str(ended.exception)
    assert ended.output.count("skipped /") == 3
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_refused_before_anything_is_read(pair_file, tmp_path):  # noqa: F811
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    base = tmp_path / "no_base"
    assert "holds files that are not of a training" in wrong(
        pair_file(), "-o", tmp_path / "out", "--base", base
    )


def test_a_base_without_tokenizer_names_the_option(base_folder, pair_file, tmp_path):  # noqa: F811
    from shutil import copytree, ignore_patterns

    bare = copytree(base_folder, tmp_path / "bare", ignore=ignore_patterns("tokenizer*"))
    assert "name one with --tokenizer" in wrong(pair_file(), "-o", tmp_path / "out", "--base", bare, *QUICK)


def test_a_training_that_diverges_says_so(base_folder, pair_file, tmp_path):  # noqa: F811
    ended = run(
        pair_file(), "-o", tmp_path / "out", "--base", base_folder, *QUICK, "--lr", 1e38, "--epochs", 3
    )
    assert ended.exit_code == 1
    assert "lower the learning rate" in ended.output.replace("\n", " ")


def test_presets_are_acecoders_and_options_go_before_them():
    from services.rm.training.commands import _options

    small, large = (_options(name, {}, {}, {}) for name in ("acecoder-7b", "acecoder-32b"))
    assert (small.lr, small.schedule, small.warmup, small.epochs, small.batch_pairs) == (
        1e-5,
        "cosine",
        0.1,
        1,
        128,
    )
    assert (small.longest, large.longest, small.format) == (2048, 1024, "acecode-training")
    changed = _options("acecoder-7b", {"lr": 2e-5}, {"centering": 0.01}, {})
    assert (changed.lr, changed.objective.centering, changed.batch_pairs) == (2e-5, 0.01, 128)
    assert _options("acecoder-7b", {}, {}, {"rank": 8}).lr == 1e-4


def test_best_of_n_of_judged_candidates(stack, base_folder, tmp_path):  # noqa: F811
    """Programs are judged by the service and made into pairs; a model is trained and picks among all the programs."""
    from typer.testing import CliRunner as Cli

    from clients.cli.commands import app as acecoder

    programs = {
        "right": "def f(n):\n    return n + 1",
        "half": "def f(n):\n    return 2",
        "wrong": "def f(n):\n    return None",
    }
    suites, candidates, prompts = (tmp_path / f"{name}.jsonl" for name in ("suites", "candidates", "prompts"))
    ids = [f"q{n}" for n in range(12)]
    asserts = ["assert f(1) == 2", "assert f(5) == 6"]
    suites.write_text("".join(json.dumps({"id": own, "asserts": asserts}) + "\n" for own in ids))
    prompts.write_text("".join(json.dumps({"id": own, "prompt": f"Add one to {own}."}) + "\n" for own in ids))
    rows = [
        {"suite": own, "id": f"{own}-{kind}", "program": f"{program}  # {own}"}
        for own in ids
        for kind, program in programs.items()
    ]
    candidates.write_text("".join(json.dumps(row) + "\n" for row in rows))
    results, pairs, out = tmp_path / "results.jsonl", tmp_path / "pairs.jsonl", tmp_path / "out"

    def cli(*arguments):
        ended = Cli().invoke(acecoder, list(map(str, arguments)))
        assert ended.exit_code == 0, (ended.output, ended.exception)

    joined = ["--candidates", candidates, "--suites", suites, "--prompts", prompts]
    cli("execute", candidates, "--suites", suites, "-o", results, "--url", stack.url)
    cli("pairs", results, *joined, "-o", pairs)
    bare = ["--base", base_folder, "--results", results, *joined[:4], *QUICK]
    assert "name a file with --prompts" in wrong(pairs, "-o", out, *bare)
    done(pairs, "-o", out, "--base", base_folder, "--results", results, *joined, *QUICK, "--epochs", 8)
    report, manifest = read(out, "report.json"), read(out, "manifest.json")
    best_of_n = report["best_of_n"]
    assert best_of_n["questions"] == manifest["held_out"]["questions"] < 12
    assert best_of_n["answers"] == "as they were sampled"
    assert [point["mean"] for point in best_of_n["curves"]["greedy (first sample)"]] == [1.0] * 3
    assert best_of_n["curves"]["oracle"][-1]["mean"] == 1.0
    assert best_of_n["curves"]["average"][0]["mean"] == pytest.approx(1 / 3)
    assert tiny.tokenizer().eos_token == "<end>"


def test_without_lora_it_needs_no_peft(tmp_path, base_folder, pair_file):  # noqa: F811
    """In a process of its own: in this one peft is imported already."""
    code = "import sys; sys.modules['peft'] = None; from clients.cli.entry import main; main()"
    command = [sys.executable, "-c", code, "train-rm", pair_file(), "--base", base_folder, *QUICK]
    ended = subprocess.run([*command, "-o", tmp_path / "all"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "serve it: acecoder serve-rm" in ended.stderr + ended.stdout
    ended = subprocess.run(
        [*command, "-o", tmp_path / "lora", "--lora", "4"], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, "install acecoder-services[train]" in ended.stderr) == (1, True), ended.stderr
