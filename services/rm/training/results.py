"""Writes the results of a training: the model in the requested layouts, the adapter, the report."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Any

import torch

from clients.evaluation.curves import ORACLE, Curve, Point
from clients.evaluation.estimators import Estimate
from services.rm.training import best_of_n, measures
from services.rm.training.best_of_n import ScoredQuestion
from services.rm.training.choices import Layout, Precision
from services.rm.training.examples import TrainingExample
from services.rm.training.export import export
from services.rm.training.model import TrainingBase
from services.rm.training.options import TrainingOptions

if TYPE_CHECKING:
    from peft import PeftModel

REPORT, PLOT, ADAPTER = "report.json", "report.svg", "adapter"


def make_report(
    held: Sequence[TrainingExample],
    scores: Sequence[Sequence[float]],
    questions: Sequence[ScoredQuestion],
    *,
    sampled: bool,
) -> dict[str, Any]:
    """Return all measures as plain values; parts without data are ``None``.

    ``held`` are the held-out pairs with the ``scores`` of their answers; ``questions`` are for best-of-N.
    """
    report: dict[str, Any] = dict.fromkeys(
        ("pair_accuracy", "by_gap", "within_questions", "length", "scores")
    )
    if held:
        flat = [score for values in scores for score in values]
        report |= {
            "pair_accuracy": asdict(measures.pair_accuracy(held, scores)),
            "by_gap": measures.by_gap(held, scores),
            "within_questions": measures.within_questions(held, scores),
            "length": measures.length(held, scores),
            "scores": {"mean": fmean(flat), "std": pstdev(flat)},
        }
    return {**report, "best_of_n": best_of_n.report(questions, sampled=sampled) if questions else None}


def write_report(out: Path, report: dict[str, Any]) -> None:
    """Write the report, and its plot if the extra ``report`` is installed."""
    (out / REPORT).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if report["by_gap"] is None and report["best_of_n"] is None:
        return
    try:
        from services.rm.training.plot import write_plot  # noqa: PLC0415 - an extra
    except ImportError:
        return
    write_plot(out / PLOT, report["by_gap"] or [], _curves(report["best_of_n"]))


def _curves(best_of_n_report: dict[str, Any] | None) -> list[Curve]:
    return [
        Curve(
            label,
            label == ORACLE,
            [Point(point["n"], _estimate(point)) for point in points],
        )
        for label, points in (best_of_n_report["curves"] if best_of_n_report else {}).items()
    ]


def _estimate(point: dict[str, Any]) -> Estimate:
    """Return a value of the report; one without an interval gets one without width, which the plot does not show."""
    low, high = (point["mean"] if point[end] is None else point[end] for end in ("low", "high"))
    return Estimate(point["mean"], low, high, point["questions"])


def write_models(
    out: Path,
    base: TrainingBase,
    example: TrainingExample,
    adapted: "PeftModel | None",
    options: TrainingOptions,
    layouts: Sequence[Layout],
) -> None:
    """Write the adapter, if there is one, and the model with the adapter merged in every layout.

    The model cannot be trained further after this.
    """
    backbone, head = base.model.backbone, base.model.head
    if adapted is not None:
        from services.rm.training.lora import merge, write_adapter  # noqa: PLC0415 - imports peft

        write_adapter(adapted, head, options.base, out / ADAPTER)
        backbone = merge(adapted)
    dtype = torch.float32 if options.precision is Precision.FP32 else torch.bfloat16
    last = example.sequences[0][-1]
    for layout in layouts:
        export(backbone, head, base.tokenizer, out / layout.value, layout, last_token=last, dtype=dtype)
