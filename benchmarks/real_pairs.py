"""Judges real programs, makes pairs, trains a small reward model, and measures its picks on held-out problems.

    python -m benchmarks.real_pairs [--help]

The data are a hundred completions of each HumanEval problem by CodeGen-16B, cut at the end of their function. Every
step is the command that a user would give: ``acecoder execute``, ``pairs``, ``train-rm``, ``serve-rm``. Half of the
problems are held out by a hash of their names. The tokenizer is trained on the texts of the other half and the model
begins with random weights, so it learns from those pairs only, and is weak. Nothing was tuned on the held-out half:
``--validate`` trains on a part of the training half, measures on the rest of it, and does not use the held-out half.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import random_base, report, workload
from clients import RewardModel
from clients.datasets import RowFormat
from clients.pairs import AnswerForm, join
from clients.selection.rules import has_verdict
from services.rm.training import best_of_n
from services.rm.training.best_of_n import MODEL, ScoredQuestion
from services.rm.training.questions import is_held_out

SHARE, SEED = 0.5, 0
VALIDATED = 0.3
"""Share of the training half on which ``--validate`` measures."""
PER_QUESTION = 64
"""Most pairs of a question: a problem with hundreds of pairs would outweigh the others."""
LIMITS = ("--cpu-s", 0.3, "--total-cpu-s", 1)
"""CodeT's evaluator gives all tests of a problem 0.1 s together. With 1 s in total an endless loop costs one second
and not six."""
FOLDER = report.OUT / "real_pairs"


def main() -> int:
    options = _options()
    workload.check_data(options.data)
    facts = report.announce("Reward model trained on real pairs")
    FOLDER.mkdir(parents=True, exist_ok=True)
    inputs = write_inputs(options.data, options.per_problem)
    took_s = {} if options.again else {"judging": judge(inputs)}
    input_options = [part for name, path in inputs.items() for part in (f"--{name}", path)]
    results, pairs = FOLDER / "results.jsonl", FOLDER / "pairs.jsonl"
    command("pairs", results, *input_options, "-o", pairs, "--per-question", PER_QUESTION)
    trained = [row for row in workload.rows(pairs) if not is_held_out(row["question"], SHARE, SEED)]
    base = random_base.write(FOLDER / "base", trained, SEED)
    start = time.monotonic()
    if options.validate is not None:
        part = FOLDER / "training_half.jsonl"
        part.write_text("".join(json.dumps(row) + "\n" for row in trained), encoding="utf-8")
        train(part, base, options, "--held-out", VALIDATED, "--seed", options.validate, "--evaluate-every", 4)
        return 0
    trained_options = ("--held-out", SHARE, "--seed", SEED, "--results", results, *input_options)
    out = train(pairs, base, options, *trained_options)
    took_s["training"] = time.monotonic() - start
    offline, manifest = (json.loads((out / name).read_text()) for name in ("report.json", "manifest.json"))
    start = time.monotonic()
    served = best_of_n.report(score_by_service(out / "classification", inputs), sampled=True)
    took_s["serving"] = time.monotonic() - start
    apart = largest_difference(offline["best_of_n"], served)
    print(f"best-of-N by the served model and in the report differ by at most {apart:.1e}; seconds: {took_s}")
    numbers = {"took_s": took_s, "report": offline, "served": served, "apart": apart, "manifest": manifest}
    report.save("real_pairs", {"machine": facts, **numbers})
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=workload.HUMANEVAL, help=f"default {workload.HUMANEVAL}")
    parser.add_argument("--per-problem", type=int, help="completions of each problem (default: all)")
    parser.add_argument(
        "--epochs", type=int, default=2, help="default 2: more improved the training half only"
    )
    parser.add_argument("--lr", type=float, default=1e-3, help="default 1e-3")
    parser.add_argument(
        "--again", action="store_true", help="judge nothing; read the verdicts of an earlier run"
    )
    parser.add_argument(
        "--validate", type=int, metavar="SEED", help="measure on a part of the training half, chosen by SEED"
    )
    return parser.parse_args()


def write_inputs(data: Path, per_problem: int | None) -> dict[str, Path]:
    """Write candidates, suites and prompts as files that ``acecoder`` reads."""
    programs = workload.completions(data, per_problem)
    rows: dict[str, Iterable[Mapping[str, Any]]] = {
        "candidates": (
            {"id": f"{at}", "suite": program.suite.id, "program": program.source}
            for at, program in enumerate(programs)
        ),
        "suites": (suite.model_dump(mode="json", exclude_none=True) for suite in workload.suites(programs)),
        "prompts": ({"id": row["task_id"], "prompt": row["prompt"]} for row in workload.rows(data)),
    }
    paths = {name: FOLDER / f"{name}.jsonl" for name in rows}
    for name, path in paths.items():
        path.write_text("".join(json.dumps(row) + "\n" for row in rows[name]), encoding="utf-8")
    return paths


def judge(inputs: Mapping[str, Path]) -> float:
    """Judge all candidates on a stack of this machine; return the seconds."""
    from services.executor.local.stack import LocalStack

    results = FOLDER / "results.jsonl"
    results.unlink(missing_ok=True)
    with LocalStack(workers=report.cores()) as stack:
        start = time.monotonic()
        arguments = (inputs["candidates"], "--suites", inputs["suites"], "-o", results, "--url", stack.url)
        print(f"judging: {results} grows by one line per candidate", flush=True)
        command("execute", *arguments, *LIMITS, "--no-cache")
        return time.monotonic() - start


def train(pairs: Path, base: Path, options: argparse.Namespace, *more: object) -> Path:
    """Train and report with ``acecoder train-rm``; return the output folder."""
    out = FOLDER / f"trained-{time.strftime('%Y%m%d-%H%M%S')}"
    command(
        "train-rm", pairs, "-o", out, "--base", base, "--device", "cpu", "--epochs", options.epochs,
        "--lr", options.lr, "--batch-pairs", 256, "--tokens", 4096, "--longest", random_base.LONGEST,
        "--weight-decay", 0.1, "--save-every", 0, *more,
    )  # fmt: skip
    return out


def score_by_service(model: Path, inputs: Mapping[str, Path]) -> list[ScoredQuestion]:
    """Serve the model, and score every judged candidate of the held-out problems through the service."""
    prompts = join.read_prompts(inputs["prompts"], print)
    sources = join.Sources(
        FOLDER / "results.jsonl", inputs["candidates"], inputs["suites"], RowFormat.AUTO, prompts
    )
    scored = []
    with random_base.served(model) as url, RewardModel(url) as scorer:
        for question in join.read_questions(sources, AnswerForm.FENCED, print):
            if is_held_out(question.id, SHARE, SEED):
                judged = [at for at, result in enumerate(question.results) if has_verdict(result)]
                scores = scorer.score(question.prompt, [question.answers[at] for at in judged])
                rates = [question.results[at].pass_rate or 0.0 for at in judged]
                scored.append(ScoredQuestion(question.id, rates, scores))
                print(f"  {len(scored)} problems scored", end="\r", file=sys.stderr, flush=True)
    return scored


def largest_difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """Return the largest difference over N of the model's best-of-N in two reports."""
    means: list[list[float]] = [[point["mean"] for point in half["curves"][MODEL]] for half in (one, other)]
    apart: float = max(abs(a - b) for a, b in zip(*means, strict=True))
    return apart


def command(name: str, *arguments: object) -> None:
    """Run a command of ``acecoder`` in this process.

    Raises:
        SystemExit: it fails.
    """
    from clients.cli.commands import app as client
    from services.rm.commands import app as model

    app = model if name == "train-rm" else client
    if status := app([name, *map(str, arguments)], standalone_mode=False):
        raise SystemExit(f"acecoder {name} ended with status {status}")


if __name__ == "__main__":
    sys.exit(main())
