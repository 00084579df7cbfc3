"""The command ``acecoder train-rm``: preference pairs in files → a reward model in a folder.

Words for a person; torch is imported only when something is trained.
"""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from clients.datasets import BadRow, RowFormat
from clients.pairs import AnswerForm
from clients.progress import console, interruptible
from services.rm.training.choices import Device, Layout, Loss, Precision, Schedule, Weigh

if TYPE_CHECKING:
    from clients.pairs.join import Sources
    from services.rm.training.options import Options

_SHOWN_BAD = 20  # rows told one by one: a page of a terminal
_SHOWN_ALIKE = 3  # of them for the same reason: a wrong column is wrong in every row

Pairs = Annotated[
    list[Path],
    typer.Argument(help="Pairs, in any form: .jsonl, .jsonl.gz, .parquet.", exists=True, dir_okay=False),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for checkpoints, metrics and report.")]
Base = Annotated[str | None, typer.Option(help="Folder or hub name: a language model, or a reward model.")]
Preset = Annotated[str | None, typer.Option(help="acecoder-7b or acecoder-32b; other options go before it.")]
Revision = Annotated[str | None, typer.Option(help="Of a base on the hub.")]
Tokenizer = Annotated[str | None, typer.Option(help="Folder or name; default: the base's.")]
FormatName = Annotated[
    str | None,
    typer.Option("--format", help="How conversations become tokens: chat, acecode-training, plain."),
]
FreshHead = Annotated[
    bool, typer.Option("--fresh-head", help="Begin with a new head even if the base has one.")
]
LossName = Annotated[Loss | None, typer.Option("--loss", help="What a pair, or a question, costs.")]
WeighName = Annotated[Weigh | None, typer.Option("--weigh", help="What counts once.")]
Margin = Annotated[float | None, typer.Option(help="Of the loss 'margin': times the gap of the pass rates.")]
Temperature = Annotated[float | None, typer.Option(help="Of the loss 'listwise'.")]
Centering = Annotated[float | None, typer.Option(help="Weight of what keeps scores around 0; 0.01 is usual.")]
Longest = Annotated[int | None, typer.Option(help="Tokens of an answer with its prompt.")]
Truncate = Annotated[
    bool, typer.Option("--truncate", help="Shorten longer answers in the middle; default: drop.")
]
HeldOut = Annotated[float | None, typer.Option(help="Share of questions kept for the report.")]
Epochs = Annotated[int | None, typer.Option()]
BatchPairs = Annotated[int | None, typer.Option(help="Pairs of one step of the optimiser.")]
Tokens = Annotated[int | None, typer.Option(help="Of one forward pass; lower it where memory runs out.")]
Lr = Annotated[float | None, typer.Option(help="Learning rate; default 1e-5, with --lora 1e-4.")]
ScheduleName = Annotated[
    Schedule | None, typer.Option("--schedule", help="How the learning rate goes on after its warm-up.")
]
Warmup = Annotated[float | None, typer.Option(help="Share of the steps.")]
WeightDecay = Annotated[float | None, typer.Option()]
PrecisionName = Annotated[
    Precision | None, typer.Option("--precision", help="What the backbone computes in.")
]
Checkpointing = Annotated[
    bool | None, typer.Option(help="Compute activations again in the backward pass: less memory.")
]
LoraRank = Annotated[int | None, typer.Option("--lora", help="Train adapters of this rank, and the head.")]
LoraAlpha = Annotated[int | None, typer.Option(help="Scale of --lora's adapters; default: twice the rank.")]
Seed = Annotated[int | None, typer.Option(help="Decides the split, the order and a new head.")]
Layouts = Annotated[list[Layout], typer.Option("--layout", help="What to write; may be given again.")]
DeviceName = Annotated[Device, typer.Option("--device", help="auto: the GPU, where there is one.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the training that the folder holds.")]
SaveEvery = Annotated[int, typer.Option(min=0, help="Steps between saved states; 0: only when interrupted.")]
EvaluateEvery = Annotated[
    int, typer.Option(min=0, help="Steps between looks at the held-out pairs; 0: at the end.")
]
Results = Annotated[
    Path | None, typer.Option(help="What 'acecoder execute' wrote: best-of-N in the report.", exists=True)
]
Candidates = Annotated[Path | None, typer.Option(help="The candidates it judged.", exists=True)]
SuitesFile = Annotated[Path | None, typer.Option("--suites", help="Their suites or problems.", exists=True)]
Prompts = Annotated[Path | None, typer.Option(help="Rows of id and prompt, by suite.", exists=True)]
Learn = Annotated[
    AnswerForm, typer.Option("--answer", help="How those candidates are written: as the pairs were.")
]


def train_rm(
    pairs: Pairs, *, out: Out, base: Base = None, preset: Preset = None, revision: Revision = None,
    tokenizer: Tokenizer = None, format_name: FormatName = None, fresh_head: FreshHead = False,
    loss: LossName = None, weigh: WeighName = None, margin: Margin = None, temperature: Temperature = None,
    centering: Centering = None, longest: Longest = None, truncate: Truncate = False, held_out: HeldOut = None,
    epochs: Epochs = None, batch_pairs: BatchPairs = None, tokens: Tokens = None, lr: Lr = None,
    schedule: ScheduleName = None, warmup: Warmup = None, weight_decay: WeightDecay = None,
    precision: PrecisionName = None, checkpointing: Checkpointing = None, lora: LoraRank = None,
    lora_alpha: LoraAlpha = None, seed: Seed = None, layout: Layouts = [Layout.CLASSIFICATION],  # noqa: B006
    device: DeviceName = Device.AUTO, resume: Resume = False, save_every: SaveEvery = 100,
    evaluate_every: EvaluateEvery = 0, results: Results = None, candidates: Candidates = None,
    suites: SuitesFile = None, prompts: Prompts = None, answer: Learn = AnswerForm.FENCED,
) -> None:  # fmt: skip
    """Train a reward model on preference pairs, all pairs of a question at once. See docs/training.md."""
    given = {
        "base": base, "revision": revision, "tokenizer": tokenizer, "format": format_name, "longest": longest,
        "fresh_head": fresh_head or None, "held_out": held_out, "epochs": epochs, "batch_pairs": batch_pairs,
        "tokens": tokens, "lr": lr, "schedule": schedule, "warmup": warmup, "weight_decay": weight_decay,
        "precision": precision, "checkpointing": checkpointing, "seed": seed,
        "truncation": "middle" if truncate else None,
    }  # fmt: skip
    objective = {
        "loss": loss, "weigh": weigh, "margin": margin, "temperature": temperature, "centering": centering,
    }  # fmt: skip
    console.quiet = os.environ.get("RANK", "0") != "0"  # of several processes one speaks
    judged = _judged(results, candidates, suites, prompts)
    options = _options(preset, given, objective, lora, lora_alpha)
    from services.rm.training.loop import TrainingError  # noqa: PLC0415 - torch takes seconds to import
    from services.rm.training.run import Job, train  # noqa: PLC0415 - torch takes seconds to import

    _no_bars()
    job = Job(
        tuple(pairs), out, options, tuple(dict.fromkeys(layout)), device, resume, save_every, evaluate_every,
        judged, answer,
    )  # fmt: skip
    with interruptible(f"the state is in {out}; the same command with --resume goes on"), Shown() as shown:
        try:
            made = train(job, shown)
        except TrainingError as error:
            console.quiet = False
            console.print(f"acecoder train-rm: {error}", markup=False, soft_wrap=True)
            raise typer.Exit(1) from error
    show(made)
    console.print(f"written: {out}", soft_wrap=True)


def _options(
    preset: str | None,
    given: Mapping[str, Any],
    objective: Mapping[str, Any],
    lora: int | None,
    lora_alpha: int | None,
) -> "Options":
    """Put what was given over the preset.

    Raises:
        ValueError: there is no such preset, no base, or a value makes no sense.
    """
    from services.rm.training.options import LORA_LR, PRESETS, Lora, Options  # noqa: PLC0415 - imports torch

    if preset is not None and preset not in PRESETS:
        raise ValueError(f"--preset {preset!r} is none of {', '.join(PRESETS)}")
    options = PRESETS[preset] if preset else Options()
    told = {name: value for name, value in given.items() if value is not None}
    if lora is None and lora_alpha is not None:
        raise ValueError("--lora-alpha is the scale of adapters: give --lora RANK too")
    if lora is not None:
        told["lora"] = Lora(lora, 2 * lora if lora_alpha is None else lora_alpha)
        told.setdefault("lr", LORA_LR)
    named = {name: value for name, value in objective.items() if value is not None}
    options = replace(options, **told, objective=replace(options.objective, **named))
    if not options.base:
        raise ValueError("name what to begin with: --base FOLDER, or --preset")
    return options


def _judged(
    results: Path | None, candidates: Path | None, suites: Path | None, prompts: Path | None
) -> "Sources | None":
    from clients.pairs.join import Sources, read_prompts  # noqa: PLC0415 - not needed without them

    if results is None:
        if candidates or suites or prompts:
            raise ValueError("--candidates, --suites and --prompts go with --results")
        return None
    if candidates is None:
        raise ValueError("--results needs --candidates: what 'acecoder execute' judged")
    known = (
        read_prompts(prompts, lambda row: console.print(f"skipped {row}", markup=False)) if prompts else {}
    )
    return Sources(results, candidates, suites, RowFormat.AUTO, known)


def _no_bars() -> None:
    """Keep transformers' bars off everything but terminals."""
    from transformers.utils import logging  # noqa: PLC0415 - takes seconds to import

    if not console.is_terminal:
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]


class Shown:
    """A training on the terminal: a bar where there is one, lines elsewhere."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task("reading", total=None)
        self._bad = Counter[str]()
        self._shown, self._told = 0, False

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def said(self, what: str) -> None:
        """Show a sentence."""
        console.print(what, markup=False, soft_wrap=True)

    def bad(self, row: BadRow) -> None:
        """Show a row that is not used; the first page of them, and few for one reason."""
        self._bad[row.problem] += 1
        if self._bad[row.problem] <= _SHOWN_ALIKE and self._shown < _SHOWN_BAD:
            self._shown += 1
            console.print(f"skipped {row}", markup=False, soft_wrap=True)
        elif not self._told:
            self._told = True
            console.print("further rows that are skipped are counted; few of each reason are shown")

    def step(self, done: int, total: int, row: Mapping[str, float]) -> None:
        """Show a step: all of them on a bar, some twenty as lines."""
        said = f"loss {row['loss']:.4f}  accuracy {row['accuracy']:.3f}"
        if "held_out_accuracy" in row:
            said += f"  held out {row['held_out_accuracy']:.3f}"
        self._progress.update(self._task, completed=done, total=total, description=said)
        if not console.is_terminal and (done % max(1, total // 20) == 0 or done == total):
            console.print(f"step {done}/{total}  {said}", markup=False)


def show(report: Mapping[str, Any]) -> None:
    """Print the report as tables."""
    if report["pair_accuracy"]:
        table = Table("held-out pairs", "gap", "in the right order", "95 % interval")
        rows = [(report["pair_accuracy"], "all"), *((row, _gap(row)) for row in report["by_gap"])]
        for row, gap in rows:
            interval = f"{row['low']:.3f}–{row['high']:.3f}"
            table.add_row(str(row["pairs"]), gap, f"{row['share']:.3f}", interval)
        console.print(table)
        told = {**report["within_questions"], **report["length"]}
        named = ("spearman", "kendall", "correlation", "longer_is_right")
        words = ("Spearman", "Kendall", "with length", "by length alone")
        console.print(
            "  ".join(f"{word} {_number(told[name])}" for word, name in zip(words, named, strict=True))
        )
    if report["best_of_n"]:
        _show_best_of_n(report["best_of_n"])


def _show_best_of_n(told: Mapping[str, Any]) -> None:
    labels = list(told["curves"])
    table = Table("N", *labels)
    for at, point in enumerate(told["curves"][labels[0]]):
        table.add_row(str(point["n"]), *(f"{told['curves'][label][at]['mean']:.3f}" for label in labels))
    console.print(f"solved, of {told['questions']} held-out questions; answers: {told['answers']}")
    console.print(table)
    for name, than in (("first", "first sample"), ("average", "average"), ("oracle", "oracle")):
        if over := told["uplift"].get(f"over_{name}"):
            interval = f"[{over['low']:+.3f}, {over['high']:+.3f}]"
            console.print(
                f"N = {told['uplift']['n']}, above the {than}: {over['mean']:+.3f} {interval}", markup=False
            )


def _gap(row: Mapping[str, Any]) -> str:
    return "unknown" if row["from"] is None else f"{row['from']:g}–{row['to']:g}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
