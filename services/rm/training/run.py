"""A whole training: pairs and a base in, a folder out with checkpoints, metrics, a report and what it was made of."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from accelerate import Accelerator  # type: ignore[import-untyped]

from clients.datasets import BadRow
from clients.pairs import AnswerForm
from clients.pairs.join import Sources
from services.rm.tokens.formats import Writer, default_format
from services.rm.training import best_of_n, manifest, results
from services.rm.training.choices import Device, Layout
from services.rm.training.examples import Example, Limits, examples
from services.rm.training.export import check_export
from services.rm.training.judged import Split, ask
from services.rm.training.loop import Loop, accelerator_for
from services.rm.training.lora import adapt
from services.rm.training.losses import check
from services.rm.training.model import Base, begin
from services.rm.training.options import Options
from services.rm.training.questions import Dropped, read_questions, split
from services.rm.training.record import Row


@dataclass(frozen=True, slots=True)
class Job:
    """A training and what it leaves behind."""

    pairs: tuple[Path, ...]
    out: Path
    options: Options
    layouts: tuple[Layout, ...] = (Layout.CLASSIFICATION,)
    device: Device = Device.AUTO
    resume: bool = False
    save_every: int = 0
    evaluate_every: int = 0
    judged: Sources | None = None
    """Answers that were judged, for best-of-N in the report."""
    answer: AnswerForm = AnswerForm.FENCED
    """How those are written; as the pairs were."""


class Watcher(Protocol):
    """Is told what happens."""

    def said(self, what: str) -> None:
        """Something a person may want to know."""

    def bad(self, row: BadRow) -> None:
        """A row is not used."""

    def step(self, done: int, total: int, row: Row) -> None:
        """A step is done."""


def train(job: Job, watcher: Watcher) -> dict[str, Any]:
    """Train, export and report; return the report. Every process of a distributed training calls it.

    Raises:
        ValueError: data, base or folder cannot be used; nothing was written.
        TrainingError: the training cannot go on.
        KeyboardInterrupt: a signal came; its state is saved.
    """
    manifest.check_free(job.out, resume=job.resume)
    dropped: Counter[Dropped] = Counter()
    questions = read_questions(job.pairs, watcher.bad, dropped)
    options = job.options
    trained, held = split(questions, options.held_out, options.seed, dropped)
    accelerator = accelerator_for(options, job.device)
    base = begin(options, accelerator.device)
    writer = Writer(base.tokenizer, options.format or default_format(base.tokenizer))
    limits = Limits(
        min(options.longest, base.longest or options.longest),
        base.model.scorer.vocabulary,
        options.truncation,
    )
    made, kept = (list(examples(part, writer, limits, watcher.bad, dropped)) for part in (trained, held))
    _check(job, base, made, kept)
    parts = Split(trained, held, options.held_out, options.seed)
    asked = ask(job.judged, job.answer, parts, writer, limits, watcher.bad) if job.judged else None
    told = _manifest(job, base, writer, made, kept, dropped, accelerator)
    manifest.check_same(job.out, told)
    watcher.said(manifest.in_words(told))
    adapted = adapt(base.model.backbone, options.lora, options.seed) if options.lora else None
    loop = Loop(base.model, made, options, accelerator, job.out)
    job.out.mkdir(parents=True, exist_ok=True)
    if accelerator.is_main_process:
        manifest.write(job.out, told)
    if job.resume and (done := loop.resume()):
        watcher.said(f"going on after step {done} of {len(loop.steps)}")
    loop.run(kept, seen=watcher.step, save_every=job.save_every, evaluate_every=job.evaluate_every)
    scores = loop.score(kept)
    judged = list(asked.with_scores(loop.score_ids(asked.ids))) if asked else best_of_n.of_pairs(kept, scores)
    report = results.report(kept, scores, judged, sampled=asked is not None)
    if accelerator.is_main_process:
        results.write_models(job.out, base, made[0], adapted, options, job.layouts)
        results.write_report(job.out, report)
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        manifest.write(job.out, {**told, "ended": ended, "steps": len(loop.steps)})
    accelerator.wait_for_everyone()
    return report


def _check(job: Job, base: Base, made: Sequence[Example], kept: Sequence[Example]) -> None:
    """See, before hours are spent, that the data suffice and that the result can be written."""
    if not made:
        raise ValueError("no question is left to train on; see what was dropped, and --longest")
    if job.options.held_out and not kept:
        raise ValueError("no held-out question is left to report on; raise --held-out, or give 0")
    check(job.options.objective, made)
    check_export(base.model.backbone, base.tokenizer, made[0].sequences[0][-1])


def _manifest(
    job: Job,
    base: Base,
    writer: Writer,
    made: Sequence[Example],
    kept: Sequence[Example],
    dropped: Counter[Dropped],
    accelerator: Accelerator,
) -> dict[str, Any]:
    return {
        **manifest.facts(),
        "device": str(accelerator.device),
        "processes": accelerator.num_processes,
        "base": {"name": job.options.base, "version": base.version, "head": base.head},
        "attention": base.sharing,
        "format": writer.name,
        "options": job.options.told(),
        "pairs": manifest.hashes(job.pairs),
        "trained_on": manifest.counts(made),
        "held_out": manifest.counts(kept),
        "dropped": {str(name): number for name, number in sorted(dropped.items()) if number},
    }
