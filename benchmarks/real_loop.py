"""Runs AceCoder's reward-model experiments in miniature on recorded answers of a real coder, Qwen2.5-Coder-0.5B.

    python -m benchmarks.filter_quality      # judges the recorded programs by the recorded tests
    python -m benchmarks.real_loop --base FOLDER [--synth FOLDER] [--help]

``--base`` is the checkpoint of the model that wrote the answers, ``--synth`` a folder of ``acecoder synth run`` with
more of its answers (``acecoder synth export FOLDER -o FOLDER/rows.jsonl.gz`` first). Imagined tests are judged and
filtered; pass rates by them make pairs; a reward head is trained on the frozen model's features; true tests measure
what it picks of eight answers to problems that were held out. Features are kept in ``out/real_loop``, so that an
interrupted run goes on; with ``--again`` none is computed, and problems whose features are missing are left out.

The tables are the paper's: the data (1), best-of-N (2), other scores (4), other pairs (5); and what more data does.
"""

import argparse
import random
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks import real_questions, report, workload
from benchmarks.filter_quality import MATRIX
from benchmarks.head_only import with_new_head
from benchmarks.real_features import Features, compute_features, keep_states, key_of
from benchmarks.real_heads import SplitScores, Texts, train_splits
from benchmarks.real_questions import TRUTH, RealQuestion
from benchmarks.real_tables import Table, best_of_n_table, data_table, scores_table, variants_table
from clients.pairs import JudgedQuestion
from services.rm.training.choices import Precision
from services.rm.training.examples import TrainingExample
from services.rm.training.model import FrozenBackboneModel, load_base
from services.rm.training.options import HEAD_LR, TrainingOptions

FOLDER = report.OUT / "real_loop"
FEATURES, GREEDY = FOLDER / "features.npz", FOLDER / "greedy.json"
SAMPLES = 8
"""Answers of each problem: all problems have as many."""
ALL_PAIRS = 10**9
"""Tokens of a forward pass of the head: all answers at once, since their features are computed."""
BATCH_PAIRS = 32
"""A half of the problems has about a hundred pairs; with larger batches thirty epochs would be thirty steps."""
CONFIGURED = "filtered tests, with rate 0"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to make the pairs of a training."""

    name: str
    tests: str = "filtered"
    reject_rate_zero: bool = True
    share: float = 1.0
    """Of the training half's questions."""
    is_synth: bool = False
    """Whether the questions of ``--synth`` are added."""


VARIANTS = (
    Variant(CONFIGURED),
    Variant("filtered tests, without rate 0 (AceCoder's rule)", reject_rate_zero=False),
    Variant("unfiltered tests, with rate 0", "unfiltered"),
    Variant("unfiltered tests, without rate 0", "unfiltered", reject_rate_zero=False),
    Variant("true tests (an upper reference)", TRUTH),
    *(
        Variant(f"true tests, {share:.0%} of the questions", TRUTH, share=share)
        for share in (0.75, 0.5, 0.25)
    ),
    Variant("a quarter of the questions", share=0.25),
    Variant("half of the questions", share=0.5),
    Variant("all, and synthesised questions", is_synth=True),
    Variant("synthesised questions alone", share=0.0, is_synth=True),
)


def main() -> int:
    options = _options()
    warnings.simplefilter("ignore", SyntaxWarning)  # tests that models wrote cause many
    workload.check_data(options.data)
    facts = report.announce("Reward model of a real coder, in miniature")
    torch.set_num_threads(options.threads)
    workload.check_data(options.matrix)
    if not (options.again and GREEDY.exists()):
        real_questions.judge_greedy(options.greedy, options.data, options.workers or report.cores(), GREEDY)
    settings = TrainingOptions(
        base=str(options.base), head_only=True, precision=Precision.BF16, tokens=ALL_PAIRS,
        epochs=options.epochs, lr=options.lr, batch_pairs=BATCH_PAIRS,
    )  # fmt: skip
    experiment, features = prepare(options, settings)
    print(f"{len(experiment.questions)} problems and {len(experiment.synth)} synthesised questions")
    tables = make_tables(experiment, features)
    for table in tables:
        print(f"\n{table.markdown()}")
    numbers = {table.title: [table.columns, *table.rows] for table in tables}
    report.save("real_loop", {"machine": facts, "settings": _settings(options), "tables": numbers})
    return 0


def prepare(options: argparse.Namespace, settings: TrainingOptions) -> "tuple[Experiment, Features]":
    """Read the questions, and compute the features of their answers or read them; some may be missing if read."""
    read = real_questions.read_humaneval(options.data, options.matrix, GREEDY)
    questions = [question.first(SAMPLES) for question in read]
    synth = list(real_questions.read_synthesised(options.synth)) if options.synth else []
    texts = Texts(load_base(settings, torch.device("cpu")))
    groups = {
        one.id: list(dict.fromkeys(ids for ids in texts.ids(one.prompt, one.answers) if ids))
        for one in [*_mixed_first(questions), *synth]
    }
    features = (
        Features.load(FEATURES)
        if options.again
        else compute_features(texts.base, list(groups.values()), FEATURES)
    )
    complete = {name for name, group in groups.items() if features.has(group)}
    assert isinstance(texts.base.model, FrozenBackboneModel)
    keep_states(texts.base.model, [groups[name] for name in complete], features)
    experiment = Experiment(
        texts,
        {question.id: question for question in questions if question.id in complete},
        [question for question in synth if question.id in complete],
        settings,
        options.splits,
    )
    return experiment, features


def _mixed_first(questions: Sequence[RealQuestion]) -> list[RealQuestion]:
    """Return first the problems with right and wrong answers: without the others' features no pick changes."""
    return sorted(questions, key=lambda question: len(set(question.right)) == 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", type=Path, required=True, help="folder of the model that wrote the answers")
    parser.add_argument(
        "--synth", type=Path, help="folder of a run of synthesis whose sampler was the same model"
    )
    parser.add_argument("--data", type=Path, default=workload.HUMANEVAL, help=f"default {workload.HUMANEVAL}")
    parser.add_argument("--matrix", type=Path, default=MATRIX, help=f"of filter_quality; default {MATRIX}")
    parser.add_argument(
        "--greedy",
        type=Path,
        default=real_questions.GREEDY,
        help="recorded greedy answers of the same model: task_id and reply a row (the default has 20 problems)",
    )
    parser.add_argument("--splits", type=int, default=20, help="random halves (default 20)")
    parser.add_argument("--epochs", type=int, default=30, help="default 30")
    parser.add_argument("--lr", type=float, default=HEAD_LR, help=f"default {HEAD_LR:g}")
    parser.add_argument("--workers", type=int, help="of the executor; default: one per core")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch (default 1)")
    parser.add_argument("--again", action="store_true", help="judge and compute nothing; use what there is")
    return parser.parse_args()


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    return {name: str(value) for name, value in vars(options).items()}


@dataclass(frozen=True, slots=True)
class Experiment:
    """The inputs of all trainings."""

    texts: Texts
    questions: Mapping[str, RealQuestion]
    synth: Sequence[JudgedQuestion]
    settings: TrainingOptions
    splits: int

    def train(self, variant: Variant) -> SplitScores:
        """Train and score a variant in all splits."""
        judged = [question.judged(variant.tests) for question in self.questions.values()]
        examples = self.texts.examples(
            [one for one in judged if one is not None], reject_rate_zero=variant.reject_rate_zero
        )
        synth = self._synth_examples(variant) if variant.is_synth else []

        def choose(trained: Sequence[TrainingExample], seed: int) -> list[TrainingExample]:
            count = round(variant.share * len(trained))
            return [*random.Random(seed).sample(list(trained), count), *synth]

        print(f"  {variant.name}", file=sys.stderr, flush=True)
        return train_splits(self.texts, self.questions, examples, self.settings, self.splits, choose=choose)

    def _synth_examples(self, variant: Variant) -> list[TrainingExample]:
        return self.texts.examples(self.synth, reject_rate_zero=variant.reject_rate_zero)


def make_tables(experiment: Experiment, features: Features) -> list[Table]:
    """Train all variants and return the tables."""
    variants = [one for one in VARIANTS if experiment.synth or not one.is_synth]
    results = {variant.name: experiment.train(variant) for variant in variants}
    configured = results[CONFIGURED]
    scores: dict[str, Callable[[RealQuestion, int], list[float]]] = {
        "the model's own opinion": partial(_opinions, experiment.texts, features),
        "length of the program": lambda question, _: [float(len(text.strip())) for text in question.programs],
        "a head that was not trained": partial(_untrained, experiment.texts),
    }
    return [
        data_table(list(experiment.questions.values()), experiment.synth),
        best_of_n_table(configured, experiment.questions),
        scores_table(configured, experiment.questions, scores, experiment.splits),
        variants_table(results, CONFIGURED),
    ]


def _opinions(texts: Texts, features: Features, question: RealQuestion, _: int) -> list[float]:
    return [features.opinions[key_of(ids)] for ids in texts.ids(question.prompt, question.answers)]


def _untrained(texts: Texts, question: RealQuestion, seed: int) -> list[float]:
    with torch.no_grad():
        model = with_new_head(texts.base, seed)
        values: list[float] = model(texts.ids(question.prompt, question.answers)).tolist()
    return values


if __name__ == "__main__":
    sys.exit(main())
