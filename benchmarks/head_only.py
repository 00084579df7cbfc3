"""Trains only the head on the features of a real base, on many random halves of HumanEval, and measures its picks.

    python -m benchmarks.head_only --base FOLDER [--help]

The data are completions of CodeGen-16B, as in ``real_pairs``. The base, a code model of any size, computes every
answer once, and training a head takes seconds. So the split is repeated: for each of ``--splits`` random splits a head
is trained on one half of the problems, and picks on the other. Two rules for pairs are compared: AceCoder's, whose
rejected answers pass at least one test, and the same with answers that pass none (``acecoder pairs
--reject-rate-zero``).

A problem is held out in about half of the splits. Its picks are averaged first; the intervals are over problems.
"""

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import real_pairs, report, workload
from clients.datasets import RowFormat
from clients.evaluation.estimators import Estimate, best_of_n_value, bootstrap, pass_at_k
from clients.pairs import AnswerForm, join
from clients.progress import console
from services.rm.engine.head import Head
from services.rm.tokens.formats import Writer, default_format
from services.rm.training.choices import Precision
from services.rm.training.examples import TokenLimits, TrainingExample, make_examples
from services.rm.training.judged_answers import JudgedAnswers, QuestionSplit, read_judged_answers
from services.rm.training.loop import TrainingLoop, make_accelerator
from services.rm.training.measures import pair_accuracy
from services.rm.training.model import FrozenBackboneModel, TrainingBase, load_base
from services.rm.training.options import HEAD_LR, TrainingOptions
from services.rm.training.questions import is_held_out, read_pair_files

RULES = {"AceCoder's rule": (), "with answers that pass nothing": ("--reject-rate-zero",)}
NS = (4, 12)


def main() -> int:
    options = _options()
    workload.check_data(options.data)
    facts = report.announce("Heads on the features of a frozen base")
    real_pairs.FOLDER.mkdir(parents=True, exist_ok=True)
    inputs = real_pairs.write_inputs(options.data, options.per_problem)
    if not options.again:
        real_pairs.judge(inputs)
    settings = TrainingOptions(
        base=str(options.base), head_only=True, precision=Precision.BF16, tokens=2048, held_out=0.5,
        epochs=options.epochs, lr=options.lr, batch_pairs=128,
    )  # fmt: skip
    accelerator = make_accelerator(settings, "cpu")
    base = load_base(settings, accelerator.device)
    judged = _judged(base, inputs)
    _compute_features(base, judged)
    numbers = {}
    for rule, arguments in RULES.items():
        examples = _examples(base, inputs, arguments)
        numbers[rule] = measure(base, examples, judged, settings, options.splits)
        _print(rule, numbers[rule])
    settings_used = {
        "epochs": options.epochs,
        "lr": options.lr,
        "splits": options.splits,
        "base": options.base.name,
    }
    report.save("head_only", {"machine": facts, "settings": settings_used, "rules": numbers})
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", type=Path, required=True, help="folder of a code model")
    parser.add_argument("--data", type=Path, default=workload.HUMANEVAL, help=f"default {workload.HUMANEVAL}")
    parser.add_argument(
        "--per-problem", type=int, default=12, help="completions of each problem (default 12)"
    )
    parser.add_argument("--splits", type=int, default=20, help="random halves (default 20)")
    parser.add_argument("--epochs", type=int, default=30, help="default 30")
    parser.add_argument("--lr", type=float, default=HEAD_LR, help=f"default {HEAD_LR:g}")
    parser.add_argument(
        "--again", action="store_true", help="judge nothing; read the verdicts of an earlier run"
    )
    return parser.parse_args()


def _judged(base: TrainingBase, inputs: Mapping[str, Path]) -> JudgedAnswers:
    """Return all judged answers as tokens."""
    prompts = join.read_prompts(inputs["prompts"], print)
    sources = join.Sources(
        real_pairs.FOLDER / "results.jsonl", inputs["candidates"], inputs["suites"], RowFormat.AUTO, prompts
    )
    everything = QuestionSplit((), (), 0.0, 0)
    return read_judged_answers(sources, AnswerForm.FENCED, everything, _writer(base), _limits(base), print)


def _writer(base: TrainingBase) -> Writer:
    return Writer(base.tokenizer, default_format(base.tokenizer))


def _limits(base: TrainingBase) -> TokenLimits:
    return TokenLimits(2048, base.model.scorer.vocabulary)


def _compute_features(base: TrainingBase, judged: JudgedAnswers) -> None:
    """Compute every answer once; the model keeps the hidden states."""
    for done, ids in enumerate(judged.ids, 1):
        base.model(ids)
        print(f"  {done} of {len(judged.ids)} problems computed", end="\r", file=sys.stderr, flush=True)


def _examples(
    base: TrainingBase, inputs: Mapping[str, Path], arguments: Sequence[str]
) -> list[TrainingExample]:
    pairs = real_pairs.FOLDER / f"pairs{'-'.join(arguments)}.jsonl"
    input_options = [part for name, path in inputs.items() for part in (f"--{name}", path)]
    results = real_pairs.FOLDER / "results.jsonl"
    real_pairs.command("pairs", results, *input_options, "-o", pairs, "--per-question", 16, *arguments)
    questions = read_pair_files([pairs], print, Counter())
    return list(make_examples(questions, _writer(base), _limits(base), print, Counter()))


def measure(
    base: TrainingBase,
    examples: Sequence[TrainingExample],
    judged: JudgedAnswers,
    settings: TrainingOptions,
    splits: int,
) -> dict[str, Any]:
    """Train a head on one half of the problems, in each of ``splits`` halves; measure its picks on the other half."""
    shares: list[float] = []
    picks: dict[int, dict[str, list[float]]] = {n: defaultdict(list) for n in NS}
    for seed in range(splits):
        held = {name for name in judged.names if is_held_out(name, 0.5, seed)}
        model = with_new_head(base, seed)
        trained = [example for example in examples if example.question not in held]
        apart = [example for example in examples if example.question in held]
        with tempfile.TemporaryDirectory() as folder:
            loop = TrainingLoop(
                model, trained, replace(settings, seed=seed), make_accelerator(settings, "cpu"), Path(folder)
            )
            loop.run()
        shares.append(pair_accuracy(apart, loop.score(apart)).share)
        scored = judged.with_scores(loop.score_ids(judged.ids))
        for question in scored:
            for n in NS:
                if question.question in held and len(question.rates) >= n:
                    picks[n][question.question].append(best_of_n_value(question.scores, question.right, n))
    return {"pair_accuracy": shares, "best_of": {n: _best_of(n, picks[n], judged) for n in NS}}


def with_new_head(base: TrainingBase, seed: int) -> FrozenBackboneModel:
    """Return the model with an untrained head and the states that were computed."""
    import torch

    scorer = base.model.scorer
    new_head = Head.fresh(scorer.backbone.config.hidden_size, torch.Generator().manual_seed(seed), bias=False)
    assert isinstance(base.model, FrozenBackboneModel)
    return base.model.with_head(new_head)


def _best_of(n: int, picks: Mapping[str, Sequence[float]], judged: JudgedAnswers) -> dict[str, Any]:
    rates_by_name = dict(zip(judged.names, judged.rates, strict=True))
    right = {name: [float(rate == 1.0) for rate in rates_by_name[name]] for name in picks}
    names = list(picks)
    random = [fmean(right[name]) for name in names]
    oracle = [pass_at_k(len(right[name]), int(sum(right[name])), n) for name in names]
    model = [fmean(picks[name]) for name in names]
    gains = [a - b for a, b in zip(model, random, strict=True)]
    named = {"random": random, "head": model, "oracle": oracle, "gain": gains}
    return {name: _plain(bootstrap(values)) for name, values in named.items()}


def _plain(estimate: Estimate) -> dict[str, float]:
    return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high}


def _print(rule: str, numbers: Mapping[str, Any]) -> None:
    shares = numbers["pair_accuracy"]
    console.print(f"{rule}: {100 * fmean(shares):.1f} % of the held-out pairs in the right order")
    for n, values in numbers["best_of"].items():
        shown = ", ".join(
            f"{name} {100 * value['mean']:.1f} ({100 * value['low']:.1f} to {100 * value['high']:.1f})"
            for name, value in values.items()
        )
        console.print(f"  best of {n}: {shown}", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
