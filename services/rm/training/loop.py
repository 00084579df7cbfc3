"""Trains a model in steps of whole questions, on accelerate, with the schedules of transformers.

Each distinct answer of a step is computed once, and the prompt that it shares with others once for all. With several
processes, each computes some micro-batches of every step. The same seed gives the same steps. SIGINT and SIGTERM end
the training after the current step, with its state saved.

Not promised: bit-identical weights with another number of processes or another budget of tokens, as sums are then
computed in another order. Sharded training (FSDP, ZeRO) has not been tried.
"""

import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType

import torch
from accelerate import Accelerator  # type: ignore[import-untyped]
from accelerate.utils import gather_object  # type: ignore[import-untyped]
from torch import Tensor
from transformers import get_scheduler

from services.rm.tokens.prefix_sharing import Tokens
from services.rm.training import state
from services.rm.training.batches import (
    OptimizerStep,
    QuestionSize,
    assign_micro_batches,
    make_micro_batches,
    plan_steps,
)
from services.rm.training.choices import Precision
from services.rm.training.examples import TrainingExample
from services.rm.training.measures import pair_accuracy
from services.rm.training.metrics_file import MetricsFile, StepMetrics
from services.rm.training.model import TrainableModel
from services.rm.training.options import TrainingOptions

StepCallback = Callable[[int, int, StepMetrics], None]
"""Called after every step with its number from 1, the number of all steps, and its metrics."""


class TrainingError(RuntimeError):
    """A training that cannot continue; the text has the reason."""


def make_accelerator(options: TrainingOptions, device: str = "auto") -> Accelerator:
    """Return the accelerator with the device and the precision of a training."""
    mixed = "bf16" if options.precision is Precision.BF16 else "no"
    return Accelerator(mixed_precision=mixed, cpu=device == "cpu")


class TrainingLoop:
    """The model, optimiser and schedule of a training, and the steps to do."""

    def __init__(
        self,
        model: TrainableModel,
        examples: Sequence[TrainingExample],
        options: TrainingOptions,
        accelerator: Accelerator,
        out: Path,
    ) -> None:
        self.model, self.examples, self.options, self.accelerator = model, examples, options, accelerator
        self.out = out
        sizes = [QuestionSize(len(example.pairs), self._tokens(example)) for example in examples]
        self.steps = plan_steps(
            sizes, pairs=options.batch_pairs, tokens=options.tokens, epochs=options.epochs, seed=options.seed
        )
        self.counter = state.StepCounter()
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=options.lr, weight_decay=options.weight_decay)
        self.schedule = get_scheduler(
            options.schedule,
            optimizer,
            num_warmup_steps=math.ceil(options.warmup * len(self.steps)),
            num_training_steps=len(self.steps),
        )
        self.wrapped, self.optimizer = accelerator.prepare(model, optimizer)
        accelerator.register_for_checkpointing(self.schedule, self.counter)
        if options.lora is not None or options.head_only:
            state.save_only_trained_weights(accelerator, accelerator.unwrap_model)
        self._stop_requested = False

    def resume(self) -> int:
        """Load the last saved state, if there is one; return the number of steps that are done."""
        if (folder := state.latest(self.out)) is not None:
            self.accelerator.load_state(str(folder))
        return self.counter.step

    def run(
        self,
        held_out: Sequence[TrainingExample] = (),
        *,
        on_step: StepCallback = lambda *_: None,
        save_every: int = 0,
        evaluate_every: int = 0,
    ) -> None:
        """Do the remaining steps. The state is saved every ``save_every`` steps and held-out pairs are scored every
        ``evaluate_every`` steps; 0: never.

        Raises:
            TrainingError: a loss is not finite, or memory does not suffice.
            KeyboardInterrupt: SIGINT or SIGTERM was received; the state is saved.
        """
        metrics_file = MetricsFile(self.out, self.counter.step, writes=self.accelerator.is_main_process)
        if not self.counter.step:  # a saved state restores the random states
            torch.manual_seed(self.options.seed)
        try:
            with self._handling_signals():
                for step in self.steps[self.counter.step :]:
                    metrics = self._step(step)
                    self.counter.step += 1
                    done = self.counter.step
                    if evaluate_every and held_out and done % evaluate_every == 0:
                        accuracy = pair_accuracy(held_out, self.score(held_out)).share
                        metrics |= {"held_out_accuracy": accuracy}
                    metrics_file.write_step(done, metrics)
                    on_step(done, len(self.steps), metrics)
                    self._save_or_stop(done, save_every)
        finally:
            metrics_file.close()

    def score(self, examples: Sequence[TrainingExample]) -> list[list[float]]:
        """Return the scores of each example's answers by the current weights. All processes call it."""
        return self.score_ids([example.ids() for example in examples])

    def score_ids(self, groups: Sequence[Sequence[Tokens]]) -> list[list[float]]:
        """Return the scores of groups of sequences; the sequences of a group are distinct. All processes call it."""
        rank, processes = self.accelerator.process_index, self.accelerator.num_processes
        own_groups = list(range(rank, len(groups), processes))
        sizes = [QuestionSize(0, sum(map(len, groups[at]))) for at in own_groups]
        results: list[tuple[int, list[float]]] = []
        self.model.train(False)
        with torch.no_grad():
            for batch in make_micro_batches(range(len(own_groups)), sizes, self.options.tokens):
                members = [own_groups[at] for at in batch]
                scores = self._forward([ids for at in members for ids in groups[at]]).tolist()
                for at in members:
                    results.append((at, scores[: len(groups[at])]))
                    scores = scores[len(groups[at]) :]
        self.model.train(True)
        return [scores for _, scores in sorted(gather_object(results))]

    def _tokens(self, example: TrainingExample) -> int:
        """Return the tokens that the model computes for a question."""
        is_shared = bool(self.model.scorer.packed)
        return example.tokens if is_shared else sum(map(len, example.sequences))

    def _forward(self, sequences: Sequence[Tokens]) -> Tensor:
        scores: Tensor = self.wrapped(sequences)
        return scores.float()

    def _step(self, step: OptimizerStep) -> dict[str, float]:
        start = time.monotonic()
        units = self.options.objective.units([self.examples[at] for at in step.questions])
        rank, processes = self.accelerator.process_index, self.accelerator.num_processes
        batches = assign_micro_batches(step.micro_batches, rank, processes)
        sums = torch.zeros(5, dtype=torch.float64, device=self.accelerator.device)
        try:
            for number, (batch, counts) in enumerate(batches):
                last = number == len(batches) - 1
                with nullcontext() if last else self.accelerator.no_sync(self.wrapped):
                    # Gradients are averaged over processes, but must be summed: hence the factor ``processes``.
                    weight = processes * counts / units
                    sums += self._micro_batch([self.examples[at] for at in batch], weight)
            norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.options.clip or math.inf)
        except torch.OutOfMemoryError as error:
            raise TrainingError(
                f"out of memory at step {self.counter.step + 1}: lower --tokens, or give --checkpointing ({error})"
            ) from error
        sums[4] = self._stop_requested
        total = self.accelerator.reduce(sums, "sum").tolist()
        # A signal to one process stops all of them, after the same step.
        self._stop_requested = total[4] > 0
        metrics = self._metrics(step, total, float(norm), units, time.monotonic() - start)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        return metrics

    def _micro_batch(self, examples: Sequence[TrainingExample], weight: float) -> Tensor:
        """Do one forward and backward pass.

        Returns five sums: loss, pairs in the right order, Δ, scores of the answers, and 0 for the stop request; all are
        0 if ``weight`` is.
        """
        comparisons = self.options.objective.compare(examples, self.accelerator.device)
        scores = self._forward([ids for example in examples for ids in example.ids()])
        loss = self.options.objective.total(scores, comparisons)
        self.accelerator.backward(loss * weight)
        with torch.no_grad():
            delta = scores[comparisons.chosen] - scores[comparisons.rejected]
            right = (delta > 0).sum() + 0.5 * (delta == 0).sum()
            values = torch.stack([loss.double(), right.double(), delta.double().sum(), scores.double().sum()])
        sums = torch.zeros(5, dtype=torch.float64, device=self.accelerator.device)
        sums[:4] = values * (weight > 0)
        return sums

    def _metrics(
        self, step: OptimizerStep, total: Sequence[float], norm: float, units: int, took_s: float
    ) -> dict[str, float]:
        examples = [self.examples[at] for at in step.questions]
        loss = total[0] / units
        if not math.isfinite(loss) or not math.isfinite(norm):
            raise TrainingError(
                f"step {self.counter.step + 1}: loss {loss}, gradient norm {norm}; "
                f"lower the learning rate (--lr), or give --precision fp32"
            )
        pairs = sum(len(example.pairs) for example in examples)
        answers = sum(len(example.sequences) for example in examples)
        tokens = sum(map(self._tokens, examples))
        return {
            "epoch": step.epoch,
            "loss": loss,
            "accuracy": total[1] / pairs,
            "delta": total[2] / pairs,
            "score": total[3] / answers,
            "gradient_norm": norm,
            "lr": float(self.schedule.get_last_lr()[0]),
            "questions": len(examples),
            "pairs": pairs,
            "answers": answers,
            "tokens": tokens,
            "tokens_per_s": tokens / took_s,
        }

    def _save_or_stop(self, done: int, every: int) -> None:
        """Save the state when it is due; after a stop request save it and raise KeyboardInterrupt."""
        if self._stop_requested or (every and (done % every == 0 or done == len(self.steps))):
            state.save(self.accelerator, self.out, done)
        if self._stop_requested:
            raise KeyboardInterrupt

    @contextmanager
    def _handling_signals(self) -> Iterator[None]:
        """Within the block, a first SIGINT or SIGTERM requests a stop; a second one acts as before the block."""

        def request_stop(number: int, _: FrameType | None) -> None:
            self._stop_requested = True
            signal.signal(number, earlier_handlers[signal.Signals(number)])

        signals = (signal.SIGINT, signal.SIGTERM)
        earlier_handlers = {number: signal.getsignal(number) for number in signals}
        for number in signals:
            signal.signal(number, request_stop)
        try:
            yield
        finally:
            for number, handler in earlier_handlers.items():
                signal.signal(number, handler)
