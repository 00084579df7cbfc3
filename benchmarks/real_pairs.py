"""Real programs, judged → pairs → a small reward model trained from nothing → its picks on problems it never saw.

    python -m benchmarks.real_pairs [--help]

A hundred completions of each HumanEval problem by CodeGen-16B, cut where they run on. Every step is the command
that a user would give: ``acecoder execute``, ``pairs``, ``train-rm``, ``serve-rm``. Half of the problems are held out
by a hash of their names. The tokenizer is trained on the other half's text, the model begins with random weights: it
knows nothing but what those pairs say, and is weak. Nothing was tuned on the held-out half: ``--validate`` trains on
part of the training half, looks at the rest of it, and never opens the other.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import from_nothing, report, workload
from clients import RewardModel
from clients.datasets import RowFormat
from clients.pairs import AnswerForm, join
from clients.selection.rules import has_verdict
from services.rm.training import best_of_n
from services.rm.training.best_of_n import MODEL, ScoredQuestion
from services.rm.training.questions import is_held_out

SHARE, SEED = 0.5, 0
VALIDATED = 0.3
"""Share of the training half that ``--validate`` looks at."""
PER_QUESTION = 64
"""Pairs of a question: a problem with hundreds would drown the others."""
LIMITS = ("--cpu-s", 0.3, "--total-cpu-s", 1)
"""CodeT's evaluator gives all tests of a problem 0.1 s together; an endless loop costs a second here, not six."""
FOLDER = report.OUT / "real_pairs"


def main() -> int:
    options = _options()
    if not options.data.exists():
        raise SystemExit(f"{options.data} is not there; name the file with --data")
    facts = report.announce("A reward model of real pairs")
    FOLDER.mkdir(parents=True, exist_ok=True)
    inputs = write_inputs(options.data, options.per_problem)
    took_s = {} if options.again else {"judging": judge(inputs)}
    joint = [part for name, path in inputs.items() for part in (f"--{name}", path)]
    results, pairs = FOLDER / "results.jsonl", FOLDER / "pairs.jsonl"
    command("pairs", results, *joint, "-o", pairs, "--per-question", PER_QUESTION)
    trained = [row for row in workload.rows(pairs) if not is_held_out(row["question"], SHARE, SEED)]
    base = from_nothing.write(FOLDER / "base", trained, SEED)
    start = time.monotonic()
    if options.validate is not None:
        part = FOLDER / "training_half.jsonl"
        part.write_text("".join(json.dumps(row) + "\n" for row in trained), encoding="utf-8")
        train(part, base, options, "--held-out", VALIDATED, "--seed", options.validate, "--evaluate-every", 4)
        return 0
    out = train(pairs, base, options, "--held-out", SHARE, "--seed", SEED, "--results", results, *joint)
    took_s["training"] = time.monotonic() - start
    told, manifest = (json.loads((out / name).read_text()) for name in ("report.json", "manifest.json"))
    start = time.monotonic()
    served = best_of_n.report(ask(out / "classification", inputs), sampled=True)
    took_s["serving"] = time.monotonic() - start
    apart = furthest_apart(told["best_of_n"], served)
    print(f"served, the picks are worth what the report says: at most {apart:.1e} apart; seconds: {took_s}")
    numbers = {"took_s": took_s, "report": told, "served": served, "apart": apart, "manifest": manifest}
    report.save("real_pairs", {"machine": facts, **numbers})
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=workload.HUMANEVAL, help=f"default {workload.HUMANEVAL}")
    parser.add_argument("--per-problem", type=int, help="completions of each problem (default: all)")
    parser.add_argument("--epochs", type=int, default=2, help="default 2: more only taught the training half")
    parser.add_argument("--lr", type=float, default=1e-3, help="default 1e-3")
    parser.add_argument(
        "--again", action="store_true", help="judge nothing: take the verdicts that were kept"
    )
    parser.add_argument("--validate", type=int, metavar="SEED", help="look at a part of the training half")
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
        given = (inputs["candidates"], "--suites", inputs["suites"], "-o", results, "--url", stack.url)
        print(f"judging: {results} grows by a line for each candidate", flush=True)
        command("execute", *given, *LIMITS, "--no-cache")
        return time.monotonic() - start


def train(pairs: Path, base: Path, options: argparse.Namespace, *more: object) -> Path:
    """Train and report; return the folder."""
    out = FOLDER / f"trained-{time.strftime('%Y%m%d-%H%M%S')}"
    command(
        "train-rm", pairs, "-o", out, "--base", base, "--device", "cpu", "--epochs", options.epochs,
        "--lr", options.lr, "--batch-pairs", 256, "--tokens", 4096, "--longest", from_nothing.LONGEST,
        "--weight-decay", 0.1, "--save-every", 0, *more,
    )  # fmt: skip
    return out


def ask(model: Path, inputs: Mapping[str, Path]) -> list[ScoredQuestion]:
    """Have the service score every judged candidate of the held-out problems."""
    prompts = join.read_prompts(inputs["prompts"], print)
    sources = join.Sources(
        FOLDER / "results.jsonl", inputs["candidates"], inputs["suites"], RowFormat.AUTO, prompts
    )
    found = []
    with from_nothing.served(model) as url, RewardModel(url) as scorer:
        for question in join.read_questions(sources, AnswerForm.FENCED, print):
            if is_held_out(question.id, SHARE, SEED):
                judged = [at for at, result in enumerate(question.results) if has_verdict(result)]
                scores = scorer.score(question.prompt, [question.answers[at] for at in judged])
                rates = [question.results[at].pass_rate or 0.0 for at in judged]
                found.append(ScoredQuestion(question.id, rates, scores))
                print(f"  {len(found)} problems scored", end="\r", file=sys.stderr, flush=True)
    return found


def furthest_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """The largest difference of two reports' best-of-N by the model, over all N."""
    means: list[list[float]] = [[point["mean"] for point in each["curves"][MODEL]] for each in (one, other)]
    apart: float = max(abs(a - b) for a, b in zip(*means, strict=True))
    return apart


def command(name: str, *arguments: object) -> None:
    """Give a command of ``acecoder``."""
    from clients.cli.commands import app as client
    from services.rm.commands import app as model

    app = model if name == "train-rm" else client
    if status := app([name, *map(str, arguments)], standalone_mode=False):
        raise SystemExit(f"acecoder {name} ended with {status}")


if __name__ == "__main__":
    sys.exit(main())
