"""What a training leaves: models in the layouts asked for, the adapter, and the report on held-out questions."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import torch
from peft import PeftModel

from clients.evaluation.curves import ORACLE, Curve, Point
from clients.evaluation.estimators import Estimate
from services.rm.training import best_of_n, measures
from services.rm.training.best_of_n import Judged
from services.rm.training.choices import Layout, Precision
from services.rm.training.examples import Example
from services.rm.training.export import export
from services.rm.training.lora import merge, write_adapter
from services.rm.training.model import Base
from services.rm.training.options import Options

REPORT, PLOT, ADAPTER = "report.json", "report.svg", "adapter"


def report(
    held: Sequence[Example], scores: Sequence[Sequence[float]], judged: Sequence[Judged], *, sampled: bool
) -> dict[str, Any]:
    """Return all measures as plain values; parts that nothing is known for are ``None``."""
    made: dict[str, Any] = dict.fromkeys(("pair_accuracy", "by_gap", "within_questions", "length", "scores"))
    if held:
        flat = [score for own in scores for score in own]
        made |= {
            "pair_accuracy": asdict(measures.pair_accuracy(held, scores)),
            "by_gap": measures.by_gap(held, scores),
            "within_questions": measures.within_questions(held, scores),
            "length": measures.length(held, scores),
            "scores": {"mean": fmean(flat), "std": pstdev(flat)},
        }
    return {**made, "best_of_n": best_of_n.report(judged, sampled=sampled) if judged else None}


def write_report(out: Path, made: dict[str, Any]) -> None:
    """Write the report, and its plot where the extra ``report`` is there."""
    (out / REPORT).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    if made["by_gap"] is None and made["best_of_n"] is None:
        return
    try:
        from services.rm.training.plot import write_plot  # noqa: PLC0415 - an extra
    except ImportError:
        return
    write_plot(out / PLOT, made["by_gap"] or [], _curves(made["best_of_n"]))


def _curves(told: dict[str, Any] | None) -> list[Curve]:
    return [
        Curve(
            label,
            label == ORACLE,
            [Point(p["n"], Estimate(p["mean"], p["low"], p["high"], p["questions"])) for p in points],
        )
        for label, points in (told["curves"] if told else {}).items()
    ]


def write_models(
    out: Path,
    base: Base,
    example: Example,
    adapted: PeftModel | None,
    options: Options,
    layouts: Sequence[Layout],
) -> None:
    """Write the adapter, if there is one, and the model, adapters merged. The model is not trained on after this."""
    backbone, head = base.model.backbone, base.model.head
    if adapted is not None:
        write_adapter(adapted, head, options.base, out / ADAPTER)
        backbone = merge(adapted)
    dtype = torch.float32 if options.precision is Precision.FP32 else torch.bfloat16
    last = example.sequences[0][-1]
    for layout in layouts:
        export(backbone, head, base.tokenizer, out / layout.value, layout, last_token=last, dtype=dtype)
