"""The loop: steps of whole questions, on accelerate, with transformers' schedules.

Every unique answer goes forward once a step, behind the prompt that it shares. One process or several (each takes
parts of every step); the same seed gives the same steps. SIGINT and SIGTERM end the training after the step at hand,
with its state saved.

Not promised: the same bits from another number of processes or another budget of tokens; sums are then taken in
another order. Sharded training (FSDP, ZeRO) has not been tried.
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
from services.rm.training.batches import Size, Step, parts, plan, share
from services.rm.training.choices import Precision
from services.rm.training.examples import Example
from services.rm.training.measures import pair_accuracy
from services.rm.training.model import RewardModel
from services.rm.training.options import Options
from services.rm.training.record import Record, Row

Seen = Callable[[int, int, Row], None]
"""Is told of every step: its number, how many there are, and what is known of it."""


class TrainingError(RuntimeError):
    """A training that cannot go on, and why."""


def accelerator_for(options: Options, device: str = "auto") -> Accelerator:
    """Return the accelerator of a training."""
    mixed = "bf16" if options.precision is Precision.BF16 else "no"
    return Accelerator(mixed_precision=mixed, cpu=device == "cpu")


class Loop:
    """A training in progress."""

    def __init__(
        self,
        model: RewardModel,
        examples: Sequence[Example],
        options: Options,
        accelerator: Accelerator,
        out: Path,
    ) -> None:
        self.model, self.examples, self.options, self.accelerator = model, examples, options, accelerator
        self.out = out
        sizes = [Size(len(example.pairs), example.tokens) for example in examples]
        self.steps = plan(
            sizes, pairs=options.batch_pairs, tokens=options.tokens, epochs=options.epochs, seed=options.seed
        )
        self.progress = state.Progress()
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=options.lr, weight_decay=options.weight_decay)
        self.schedule = get_scheduler(
            options.schedule,
            optimizer,
            num_warmup_steps=math.ceil(options.warmup * len(self.steps)),
            num_training_steps=len(self.steps),
        )
        self.wrapped, self.optimizer = accelerator.prepare(model, optimizer)
        accelerator.register_for_checkpointing(self.schedule, self.progress)
        if options.lora is not None:
            state.only_trained(accelerator, accelerator.unwrap_model)
        self._stop = False

    def resume(self) -> int:
        """Go back to the last saved state, if there is one; return how many steps are done."""
        if (folder := state.latest(self.out)) is not None:
            self.accelerator.load_state(str(folder))
        return self.progress.step

    def run(
        self,
        held_out: Sequence[Example] = (),
        *,
        seen: Seen = lambda *_: None,
        save_every: int = 0,
        evaluate_every: int = 0,
    ) -> None:
        """Train to the end; 0 never saves, or never evaluates, on the way.

        Raises:
            TrainingError: a loss is not finite, or memory does not suffice.
            KeyboardInterrupt: a signal came; the state is saved.
        """
        record = Record(self.out, self.progress.step, writes=self.accelerator.is_main_process)
        if not self.progress.step:  # else the saved state has them
            torch.manual_seed(self.options.seed)
        try:
            with self._stopping():
                for step in self.steps[self.progress.step :]:
                    row = self._step(step)
                    self.progress.step += 1
                    done = self.progress.step
                    if evaluate_every and held_out and done % evaluate_every == 0:
                        accuracy = pair_accuracy(held_out, self.score(held_out)).share
                        row |= {"held_out_accuracy": accuracy}
                    record.row(done, row)
                    seen(done, len(self.steps), row)
                    self._maybe_save(done, save_every)
        finally:
            record.close()

    def score(self, examples: Sequence[Example]) -> list[list[float]]:
        """Return the scores of each example's answers, as the model is now. All processes call it."""
        return self.score_ids([example.ids() for example in examples])

    def score_ids(self, groups: Sequence[Sequence[Tokens]]) -> list[list[float]]:
        """Return the scores of groups of sequences that differ within each group."""
        rank, world = self.accelerator.process_index, self.accelerator.num_processes
        mine = list(range(rank, len(groups), world))
        sizes = [Size(0, sum(map(len, groups[at]))) for at in mine]
        found: list[tuple[int, list[float]]] = []
        self.model.train(False)
        with torch.no_grad():
            for part in parts(range(len(mine)), sizes, self.options.tokens):
                members = [mine[at] for at in part]
                scores = self._forward([ids for at in members for ids in groups[at]]).tolist()
                for at in members:
                    found.append((at, scores[: len(groups[at])]))
                    scores = scores[len(groups[at]) :]
        self.model.train(True)
        return [scores for _, scores in sorted(gather_object(found))]

    def _forward(self, sequences: Sequence[Tokens]) -> Tensor:
        scores: Tensor = self.wrapped(sequences)
        return scores.float()

    def _step(self, step: Step) -> dict[str, float]:
        began = time.monotonic()
        units = self.options.objective.units([self.examples[at] for at in step.questions])
        rank, world = self.accelerator.process_index, self.accelerator.num_processes
        mine = share(step.parts, rank, world)
        sums = torch.zeros(5, dtype=torch.float64, device=self.accelerator.device)
        try:
            for number, (part, counts) in enumerate(mine):
                last = number == len(mine) - 1
                with nullcontext() if last else self.accelerator.no_sync(self.wrapped):
                    # Gradients are averaged over processes; what is wanted is their sum.
                    sums += self._part([self.examples[at] for at in part], world * counts / units)
            norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.options.clip or math.inf)
        except torch.OutOfMemoryError as error:
            raise TrainingError(
                f"out of memory at step {self.progress.step + 1}: lower --tokens, or give --checkpointing ({error})"
            ) from error
        sums[4] = self._stop
        total = self.accelerator.reduce(sums, "sum").tolist()
        self._stop = total[4] > 0  # whoever was told: all stop after the same step
        row = self._row(step, total, float(norm), units, time.monotonic() - began)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        return row

    def _part(self, examples: Sequence[Example], weight: float) -> Tensor:
        """One forward and backward pass; return sums of loss, pairs scored right, Δ and answers' scores."""
        among = self.options.objective.compare(examples, self.accelerator.device)
        scores = self._forward([ids for example in examples for ids in example.ids()])
        loss = self.options.objective.total(scores, among)
        self.accelerator.backward(loss * weight)
        with torch.no_grad():
            delta = scores[among.chosen] - scores[among.rejected]
            right = (delta > 0).sum() + 0.5 * (delta == 0).sum()
            told = torch.stack([loss.double(), right.double(), delta.double().sum(), scores.double().sum()])
        sums = torch.zeros(5, dtype=torch.float64, device=self.accelerator.device)
        sums[:4] = told * (weight > 0)
        return sums

    def _row(
        self, step: Step, total: Sequence[float], norm: float, units: int, took_s: float
    ) -> dict[str, float]:
        examples = [self.examples[at] for at in step.questions]
        loss = total[0] / units
        if not math.isfinite(loss) or not math.isfinite(norm):
            raise TrainingError(
                f"step {self.progress.step + 1}: loss {loss}, gradient {norm}; lower the learning rate, or use fp32"
            )
        pairs = sum(len(example.pairs) for example in examples)
        answers = sum(len(example.sequences) for example in examples)
        tokens = sum(example.tokens for example in examples)
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

    def _maybe_save(self, done: int, every: int) -> None:
        if self._stop or (every and (done % every == 0 or done == len(self.steps))):
            state.save(self.accelerator, self.out, done)
        if self._stop:
            raise KeyboardInterrupt

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        """While this lasts, a first signal is noted and a second one ends the process."""

        def note(number: int, _: FrameType | None) -> None:
            self._stop = True
            signal.signal(number, before[signal.Signals(number)])

        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number in before:
            signal.signal(number, note)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
