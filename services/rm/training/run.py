"""Runs a whole training: reads pairs and a base, trains, writes models, metrics, report and manifest to a folder."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from accelerate import Accelerator  # type: ignore[import-untyped]

from clients.datasets import BadRow
from clients.pairs import AnswerForm
from clients.pairs.join import Sources
from services.rm.tokens.formats import Writer, default_format
from services.rm.tokens.prompt_cache import with_prompt_cache
from services.rm.training import best_of_n, manifest, results
from services.rm.training.choices import Device, Layout
from services.rm.training.examples import TokenLimits, TrainingExample, make_examples
from services.rm.training.export import check_export
from services.rm.training.judged_answers import JudgedAnswers, QuestionSplit, read_judged_answers
from services.rm.training.loop import TrainingLoop, make_accelerator
from services.rm.training.losses import check_data
from services.rm.training.metrics_file import StepMetrics
from services.rm.training.model import TrainingBase, load_base
from services.rm.training.options import TrainingOptions
from services.rm.training.questions import Dropped, read_pair_files, split_questions

if TYPE_CHECKING:
    from peft import PeftModel


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """The inputs, outputs and options of one training."""

    pairs: tuple[Path, ...]
    out: Path
    options: TrainingOptions
    layouts: tuple[Layout, ...] = (Layout.CLASSIFICATION,)
    device: Device = Device.AUTO
    resume: bool = False
    save_every: int = 0
    """Steps between saved states; 0: saved only when interrupted."""
    evaluate_every: int = 0
    """Steps between measurements on held-out pairs; 0: only at the end."""
    judged: Sources | None = None
    """Judged answers for best-of-N in the report; ``None``: the answers of the held-out pairs are used."""
    answer: AnswerForm = AnswerForm.FENCED
    """The form of the judged answers; must be the form of the answers in the pairs."""


class TrainingObserver(Protocol):
    """Receives the events of a training."""

    def message(self, text: str) -> None:
        """Called with information for the user."""

    def bad_row(self, row: BadRow) -> None:
        """Called with a row that is not used."""

    def step(self, done: int, total: int, metrics: StepMetrics) -> None:
        """Called after a step."""


def train(job: TrainingJob, observer: TrainingObserver) -> dict[str, Any]:
    """Train, export and report; return the report. Every process of a distributed training calls it.

    Raises:
        ValueError: data, base or folder cannot be used; nothing was written.
        TrainingError: the training cannot continue.
        KeyboardInterrupt: SIGINT or SIGTERM was received; the state is saved.
    """
    manifest.check_output_folder(job.out, resume=job.resume)
    dropped: Counter[Dropped] = Counter()
    all_questions = read_pair_files(job.pairs, observer.bad_row, dropped)
    options = job.options
    trained, held = split_questions(all_questions, options.held_out, options.seed, dropped)
    accelerator = make_accelerator(options, job.device)
    base = load_base(options, accelerator.device)
    writer = with_prompt_cache(Writer(base.tokenizer, options.format or default_format(base.tokenizer)))
    limits = _limits(base, options)
    examples, held_out = (
        list(make_examples(part, writer, limits, observer.bad_row, dropped)) for part in (trained, held)
    )
    _check(job, base, examples, held_out)
    split = QuestionSplit(trained, held, options.held_out, options.seed)
    judged = _judged_answers(job, split, writer, limits, observer)
    facts = _manifest(job, base, writer, examples, held_out, dropped, accelerator)
    manifest.check_same_training(job.out, facts)
    observer.message(manifest.summarize(facts))
    adapted = _add_adapters(base, options)
    loop = TrainingLoop(base.model, examples, options, accelerator, job.out)
    job.out.mkdir(parents=True, exist_ok=True)
    if accelerator.is_main_process:
        manifest.write(job.out, facts)
    if job.resume and (done := loop.resume()):
        observer.message(f"continuing after step {done} of {len(loop.steps)}")
    loop.run(held_out, on_step=observer.step, save_every=job.save_every, evaluate_every=job.evaluate_every)
    report = _report(loop, held_out, judged, observer)
    if accelerator.is_main_process:
        results.write_models(job.out, base, examples[0], adapted, options, job.layouts)
        results.write_report(job.out, report)
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        manifest.write(job.out, {**facts, "ended": ended, "steps": len(loop.steps)})
    accelerator.wait_for_everyone()
    return report


def _add_adapters(base: TrainingBase, options: TrainingOptions) -> "PeftModel | None":
    """Add adapters to the base in place, if the options ask for them."""
    if options.lora is None:
        return None
    from services.rm.training.lora import add_adapters  # noqa: PLC0415 - imports peft, which only LoRA needs

    return add_adapters(base.model.backbone, options.lora, options.seed)


def _limits(base: TrainingBase, options: TrainingOptions) -> TokenLimits:
    longest = min(options.longest, base.longest or options.longest)
    return TokenLimits(longest, base.model.scorer.vocabulary, options.truncation)


def _judged_answers(
    job: TrainingJob, split: QuestionSplit, writer: Writer, limits: TokenLimits, observer: TrainingObserver
) -> JudgedAnswers | None:
    """Return the judged answers of the report, if the job has any."""
    if job.judged is None:
        return None
    return read_judged_answers(job.judged, job.answer, split, writer, limits, observer.bad_row)


def _check(
    job: TrainingJob,
    base: TrainingBase,
    examples: Sequence[TrainingExample],
    held_out: Sequence[TrainingExample],
) -> None:
    """Check, before hours of training, that the data suffice and that the result can be written."""
    if not examples:
        raise ValueError(
            "no question is left to train on: every pair was dropped; see the skipped rows, or raise --longest"
        )
    if job.options.held_out and not held_out:
        raise ValueError("no held-out question is left to report on; raise --held-out, or give 0")
    check_data(job.options.objective, examples)
    check_export(base.model.backbone, base.tokenizer, examples[0].sequences[0][-1])


def _report(
    loop: TrainingLoop,
    held_out: Sequence[TrainingExample],
    judged: JudgedAnswers | None,
    observer: TrainingObserver,
) -> dict[str, Any]:
    """Score the held-out answers and measure. All processes call it."""
    in_pairs = sum(len(example.sequences) for example in held_out)
    answers = in_pairs + sum(map(len, judged.ids if judged else ()))
    observer.message(f"scoring {answers:,} held-out answers for the report")
    scores = loop.score(held_out)
    if judged is None:
        questions = best_of_n.scored_pairs(held_out, scores)
    else:
        questions = list(judged.with_scores(loop.score_ids(judged.ids)))
    return results.make_report(held_out, scores, questions, sampled=judged is not None)


def _manifest(
    job: TrainingJob,
    base: TrainingBase,
    writer: Writer,
    examples: Sequence[TrainingExample],
    held_out: Sequence[TrainingExample],
    dropped: Counter[Dropped],
    accelerator: Accelerator,
) -> dict[str, Any]:
    return {
        **manifest.environment_facts(),
        "device": str(accelerator.device),
        "processes": accelerator.num_processes,
        "base": {"name": job.options.base, "version": base.version, "head": base.head_origin},
        "attention": base.attention_in_use,
        "format": writer.name,
        "options": job.options.as_dict(),
        "pairs": manifest.hash_files(job.pairs),
        "trained_on": manifest.count_examples(examples),
        "held_out": manifest.count_examples(held_out),
        "dropped": {str(name): number for name, number in sorted(dropped.items()) if number},
    }
