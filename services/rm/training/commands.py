"""Defines the command ``acecoder train-rm``, which trains a reward model on files of preference pairs.

Turns the options of the command line into a ``TrainingJob``. torch is imported only when the command runs.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clients.datasets import RowFormat
from clients.pairs import AnswerForm
from clients.progress import console, interruptible
from services.rm.training.choices import Device, Layout, Loss, Precision, Schedule, WeightUnit
from services.rm.training.terminal import TerminalObserver, print_report

if TYPE_CHECKING:
    from clients.pairs.join import Sources
    from services.rm.training.options import TrainingOptions
    from services.rm.training.run import TrainingJob

PairFiles = Annotated[
    list[Path],
    typer.Argument(
        help="Preference pairs, in any known form: .jsonl, .jsonl.gz, .parquet.", exists=True, dir_okay=False
    ),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for checkpoints, metrics and report.")]
BaseName = Annotated[
    str | None,
    typer.Option(help="Folder, or name on the Hugging Face Hub, of a language model or of a reward model."),
]
Preset = Annotated[
    str | None, typer.Option(help="acecoder-7b or acecoder-32b; other options override its values.")
]
Revision = Annotated[
    str | None, typer.Option(help="Branch, tag or commit of a base on the Hugging Face Hub.")
]
Tokenizer = Annotated[
    str | None, typer.Option(help="Folder, or name on the Hugging Face Hub; default: the base's tokenizer.")
]
FormatName = Annotated[
    str | None,
    typer.Option("--format", help="How conversations become tokens: chat, acecode-training, plain."),
]
FreshHead = Annotated[
    bool, typer.Option("--fresh-head", help="Begin with a new head even if the base has one.")
]
LossName = Annotated[
    Loss | None, typer.Option("--loss", help="The loss of a pair, or of a question.", show_default="pairwise")
]
WeighName = Annotated[
    WeightUnit | None,
    typer.Option(
        "--weigh", help="What has weight 1 in the loss: every pair, or every question.", show_default="pair"
    ),
]
Margin = Annotated[
    float | None, typer.Option(help="Loss 'margin': factor of the gap of the pass rates.", show_default="1")
]
Temperature = Annotated[
    float | None, typer.Option(help="Loss 'listwise': temperature of the pass rates.", show_default="0.1")
]
Centering = Annotated[
    float | None,
    typer.Option(help="Weight of a term that keeps scores around 0; 0.01 is usual.", show_default="0"),
]
Longest = Annotated[
    int | None, typer.Option(help="Most tokens of an answer with its prompt.", show_default="2048")
]
Truncate = Annotated[
    bool, typer.Option("--truncate", help="Shorten longer answers in the middle; default: drop them.")
]
HeldOut = Annotated[
    float | None,
    typer.Option(
        help="Share of questions that are kept out of training, for the report.", show_default="0.05"
    ),
]
Epochs = Annotated[int | None, typer.Option(help="How often every question is trained on.", show_default="1")]
BatchPairs = Annotated[int | None, typer.Option(help="Pairs per step of the optimiser.", show_default="128")]
Tokens = Annotated[
    int | None,
    typer.Option(help="Tokens per forward pass; lower it if memory runs out.", show_default="16384"),
]
Lr = Annotated[
    float | None, typer.Option(help="Learning rate.", show_default="1e-5; with --lora or --head-only 1e-4")
]
ScheduleName = Annotated[
    Schedule | None,
    typer.Option("--schedule", help="Learning-rate schedule after the warm-up.", show_default="cosine"),
]
Warmup = Annotated[
    float | None,
    typer.Option(help="Share of the steps in which the learning rate rises.", show_default="0.1"),
]
WeightDecay = Annotated[float | None, typer.Option(help="Weight decay of AdamW.", show_default="0")]
PrecisionName = Annotated[
    Precision | None,
    typer.Option("--precision", help="Number format in which the backbone computes.", show_default="fp32"),
]
Checkpointing = Annotated[
    bool | None,
    typer.Option(
        help="Recompute activations in the backward pass: less memory, more time.", show_default="no"
    ),
]
LoraRank = Annotated[
    int | None, typer.Option("--lora", help="Train adapters of this rank and the head, not all weights.")
]
LoraTargets = Annotated[
    list[str] | None,
    typer.Option(
        "--lora-target",
        help="Layers that get adapters, such as q_proj; may be given again. Default: all linear ones.",
    ),
]
HeadOnly = Annotated[
    bool,
    typer.Option(
        "--head-only", help="Train the head alone; the base computes every answer once. Right for a laptop."
    ),
]
FreezeLayers = Annotated[
    int | None, typer.Option(help="Lowest layers that are not trained, together with the embeddings.")
]
LoraAlpha = Annotated[
    int | None, typer.Option(help="Scale of the adapters of --lora; default: twice the rank.")
]
Seed = Annotated[
    int | None,
    typer.Option(
        help="Seed for the choice of held-out questions, the data order, and the weights of a new head.",
        show_default="0",
    ),
]
Layouts = Annotated[
    list[Layout], typer.Option("--layout", help="Layout of the written model; may be given twice.")
]
DeviceName = Annotated[Device, typer.Option("--device", help="auto: the GPU if there is one.")]
Resume = Annotated[bool, typer.Option("--resume", help="Continue the training that the folder holds.")]
SaveEvery = Annotated[
    int, typer.Option(min=0, help="Steps between saved states; 0: saved only when interrupted.")
]
EvaluateEvery = Annotated[
    int, typer.Option(min=0, help="Steps between measurements on held-out pairs; 0: only at the end.")
]
Results = Annotated[
    Path | None,
    typer.Option(help="Results of 'acecoder execute', for best-of-N in the report.", exists=True),
]
Candidates = Annotated[Path | None, typer.Option(help="The candidates of --results.", exists=True)]
SuitesFile = Annotated[
    Path | None, typer.Option("--suites", help="The suites or problems of --results.", exists=True)
]
Prompts = Annotated[
    Path | None, typer.Option(help="Rows of id and prompt, one for each suite of --results.", exists=True)
]
AnswerFormName = Annotated[
    AnswerForm, typer.Option("--answer", help="Form of the answers of --results; must be that of the pairs.")
]


def train_rm(
    pairs: PairFiles, *, out: Out, base: BaseName = None, preset: Preset = None, revision: Revision = None,
    tokenizer: Tokenizer = None, format_name: FormatName = None, fresh_head: FreshHead = False,
    loss: LossName = None, weigh: WeighName = None, margin: Margin = None, temperature: Temperature = None,
    centering: Centering = None, longest: Longest = None, truncate: Truncate = False, held_out: HeldOut = None,
    epochs: Epochs = None, batch_pairs: BatchPairs = None, tokens: Tokens = None, lr: Lr = None,
    schedule: ScheduleName = None, warmup: Warmup = None, weight_decay: WeightDecay = None,
    precision: PrecisionName = None, checkpointing: Checkpointing = None, lora: LoraRank = None,
    lora_alpha: LoraAlpha = None, lora_target: LoraTargets = None, head_only: HeadOnly = False,
    freeze_layers: FreezeLayers = None, seed: Seed = None, layout: Layouts = [Layout.CLASSIFICATION],  # noqa: B006
    device: DeviceName = Device.AUTO, resume: Resume = False, save_every: SaveEvery = 100,
    evaluate_every: EvaluateEvery = 0, results: Results = None, candidates: Candidates = None,
    suites: SuitesFile = None, prompts: Prompts = None, answer: AnswerFormName = AnswerForm.FENCED,
) -> None:  # fmt: skip
    """Train a reward model on preference pairs, computing all pairs of a question together. See docs/training.md."""
    given = {
        "base": base, "revision": revision, "tokenizer": tokenizer, "format": format_name, "longest": longest,
        "fresh_head": fresh_head or None, "held_out": held_out, "epochs": epochs, "batch_pairs": batch_pairs,
        "tokens": tokens, "lr": lr, "schedule": schedule, "warmup": warmup, "weight_decay": weight_decay,
        "precision": precision, "checkpointing": checkpointing, "seed": seed,
        "truncation": "middle" if truncate else None, "head_only": head_only or None,
        "frozen_layers": freeze_layers,
    }  # fmt: skip
    objective = {
        "loss": loss, "weigh": weigh, "margin": margin, "temperature": temperature, "centering": centering,
    }  # fmt: skip
    console.quiet = os.environ.get("RANK", "0") != "0"  # only the first of several processes prints
    judged = _judged_sources(results, candidates, suites, prompts)
    options = _options(preset, given, objective, _lora_values(lora, lora_alpha, lora_target or ()))
    from services.rm.training.run import TrainingJob  # noqa: PLC0415 - torch takes seconds to import

    _disable_bars_off_terminals()
    job = TrainingJob(
        tuple(pairs), out, options, tuple(dict.fromkeys(layout)), device, resume, save_every, evaluate_every,
        judged, answer,
    )  # fmt: skip
    _run(job)


def _run(job: "TrainingJob") -> None:
    """Do a training and print its report."""
    from services.rm.training.loop import TrainingError  # noqa: PLC0415 - torch takes seconds to import
    from services.rm.training.run import train  # noqa: PLC0415 - torch takes seconds to import

    saved = f"the state is saved in {job.out}; give the same command with --resume to continue"
    with interruptible(saved), TerminalObserver() as observer:
        try:
            report = train(job, observer)
        except TrainingError as error:
            console.quiet = False
            console.print(f"acecoder train-rm: {error}", markup=False, soft_wrap=True)
            raise typer.Exit(1) from error
    print_report(report)
    console.print(
        f"written: {job.out}\nserve it: acecoder serve-rm {job.out / job.layouts[0]}", soft_wrap=True
    )


def _options(
    preset: str | None,
    given: Mapping[str, Any],
    objective: Mapping[str, Any],
    lora: Mapping[str, Any],
) -> "TrainingOptions":
    """Return the preset, or the defaults, with the given options in place.

    Raises:
        ValueError: the preset is not known, no base is given, or a value is out of range.
    """
    from services.rm.training.options import HEAD_LR, LORA_LR, PRESETS, Lora, TrainingOptions  # noqa: PLC0415 - torch

    if preset is not None and preset not in PRESETS:
        raise ValueError(f"--preset {preset!r} is not known; give one of {', '.join(PRESETS)}")
    options = PRESETS[preset] if preset else TrainingOptions()
    values = {name: value for name, value in given.items() if value is not None}
    if lora:
        values["lora"] = Lora(**lora)
        values.setdefault("lr", LORA_LR)
    if values.get("head_only"):
        values.setdefault("lr", HEAD_LR)
    objective_values = {name: value for name, value in objective.items() if value is not None}
    options = replace(options, **values, objective=replace(options.objective, **objective_values))
    if not options.base:
        raise ValueError("no base model is given: give --base FOLDER, or --preset NAME")
    return options


def _lora_values(rank: int | None, alpha: int | None, targets: Sequence[str]) -> Mapping[str, Any]:
    """Return the options of the adapters; empty without ``--lora``.

    Raises:
        ValueError: an option of the adapters is given without ``--lora``.
    """
    if rank is None:
        if alpha is not None or targets:
            raise ValueError("--lora-alpha and --lora-target say more of --lora: give --lora RANK too")
        return {}
    return {"rank": rank, "alpha": 2 * rank if alpha is None else alpha, "targets": tuple(targets)}


def _judged_sources(
    results: Path | None, candidates: Path | None, suites: Path | None, prompts: Path | None
) -> "Sources | None":
    from clients.pairs.join import Sources, read_prompts  # noqa: PLC0415 - needed only with --results

    if results is None:
        if candidates or suites or prompts:
            raise ValueError("--candidates, --suites and --prompts need --results; give --results FILE too")
        return None
    if candidates is None:
        raise ValueError("--results needs --candidates: give the file that 'acecoder execute' judged")
    prompt_by_id = (
        read_prompts(prompts, lambda row: console.print(f"skipped {row}", markup=False)) if prompts else {}
    )
    return Sources(results, candidates, suites, RowFormat.AUTO, prompt_by_id)


def _disable_bars_off_terminals() -> None:
    """Disable the progress bars of transformers if the output is not a terminal."""
    from transformers.utils import logging  # noqa: PLC0415 - takes seconds to import

    if not console.is_terminal:
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
