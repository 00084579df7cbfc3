"""Monitors the rewards of a training: collects the samples of each step, records its measures, and raises alarms.

::

    with RewardMonitor("run/rewards.jsonl") as monitor:
        GRPOTrainer(reward_funcs=[acecoder.adapters.trl.monitored(monitor)], ...).train()

Any other trainer calls ``add`` with the results of a step, then ``finish_step``. Each line of the file is one step.
Each alarm is a line of ``alarms.jsonl`` in the same folder, with the programs that it is about.
"""

import json
import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from clients.contract import CandidateResult
from clients.contract.suites import CANARY_SUFFIX
from clients.monitor.measures import Sample, StepMeasures, measure, passes_canary, passes_canary_test
from clients.monitor.thresholds import DEFAULTS, Action, Alarm, Threshold, alarms

LogNumber = Callable[[str, float, int], None]
"""Receives a measure: its name, its value and the step. ``SummaryWriter.add_scalar`` and ``mlflow.log_metric`` have
this signature."""
KEPT_STEPS = 1000
"""Steps of the history that thresholds may look back over."""
KEPT_PROGRAMS = 8
"""Completions that are written with an alarm."""
_LOG = logging.getLogger("acecoder")


class RewardAlarmError(RuntimeError):
    """A measure is beyond a bound whose action is to stop the run."""


class RewardMonitor:
    """Measures the rewards of one training, step by step.

    Not safe for several threads. In a training of several processes make one in each, with a file of its own.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        thresholds: Sequence[Threshold] = DEFAULTS,
        log_number: LogNumber | None = None,
    ) -> None:
        """``path``: file of the steps, JSONL; it is continued if it exists. ``None``: nothing is written."""
        self._path = Path(path) if path is not None else None
        self._thresholds = tuple(thresholds)
        self._log_number = log_number
        self._samples: dict[int, list[Sample]] = {}
        self._history: list[StepMeasures] = []
        self._active: set[tuple[str, Action]] = set()
        """Measure and action of the alarms of the last step: an alarm is logged once while it lasts."""
        self.alarms: list[Alarm] = []
        """All alarms so far."""

    def add(
        self,
        step: int,
        results: Sequence[CandidateResult],
        groups: Sequence[Hashable],
        completions: Sequence[str] | None = None,
        *,
        scores: Sequence[float | None] | None = None,
        held_out_rates: Sequence[float | None] | None = None,
        canaries: Sequence[bool] | None = None,
        canary_tests: Sequence[int | None] | None = None,
    ) -> None:
        """Add samples to a step: results, and lists as long as they are. A trainer may call it several times a step.

        Samples with equal ``groups`` answer the same prompt. ``canaries`` says which suites have a wrong expectation;
        default: those whose ids end with ``:canary``, as ``acecoder synth`` writes them. ``canary_tests`` says which of
        its tests that is (``canary_test`` of the row), for ``canary_test_pass_rate``.

        Raises:
            ValueError: a list has another length than the results.
        """
        N = len(results)
        columns: dict[str, Sequence[Any]] = {
            "groups": groups,
            "completions": [""] * N if completions is None else completions,
            "scores": [None] * N if scores is None else scores,
            "held_out_rates": [None] * N if held_out_rates is None else held_out_rates,
            "canary_tests": [None] * N if canary_tests is None else canary_tests,
            "canaries": [result.suite.endswith(CANARY_SUFFIX) for result in results]
            if canaries is None
            else canaries,
        }
        for name, column in columns.items():
            if len(column) != N:
                raise ValueError(f"{name}: {len(column)} entries for {N} results; give one for each result")
        self._samples.setdefault(step, []).extend(
            Sample(group, result, text, score, rate, position, is_canary or position is not None)
            for result, (group, text, score, rate, position, is_canary) in zip(
                results, zip(*columns.values(), strict=True), strict=True
            )
        )

    def finish_step(self, step: int) -> StepMeasures:
        """Measure a step whose samples were all added, record it, and raise an error if an alarm stops the run.

        Raises:
            RewardAlarmError: a measure is beyond a bound whose action is to stop. The step is written before.
        """
        samples = self._samples.pop(step, [])
        measures = measure(samples)
        self._history = [*self._history, measures][-KEPT_STEPS:]
        raised = alarms(self._history, step, self._thresholds)
        self._write(
            self._path, {"step": step, **asdict(measures), "alarms": [alarm.text for alarm in raised]}
        )
        if self._log_number is not None:
            for name, value in asdict(measures).items():
                if isinstance(value, int | float):
                    self._log_number(f"rewards/{name}", float(value), step)
        self._raise(raised, samples)
        return measures

    def close(self) -> None:
        """Finish the steps that have samples and were not finished."""
        for step in sorted(self._samples):
            self.finish_step(step)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()

    def _raise(self, raised: Sequence[Alarm], samples: Sequence[Sample]) -> None:
        new = [alarm for alarm in raised if (alarm.measure, alarm.action) not in self._active]
        self._active = {(alarm.measure, alarm.action) for alarm in raised}
        self.alarms += new
        for alarm in new:
            _LOG.warning("rewards: %s", alarm.text)
            programs = [_program_row(sample) for sample in samples if _concerns(alarm, sample)][
                :KEPT_PROGRAMS
            ]
            path = None if self._path is None else self._path.with_name("alarms.jsonl")
            self._write(path, {**asdict(alarm), "programs": programs})
        if stops := [alarm.text for alarm in raised if alarm.action is Action.STOP]:
            raise RewardAlarmError("; ".join(stops))

    @staticmethod
    def _write(path: Path | None, row: dict[str, Any]) -> None:
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def _concerns(alarm: Alarm, sample: Sample) -> bool:
    """Whether a sample is among those that an alarm is about."""
    if alarm.measure == "canary_pass_rate":
        return sample.is_canary and passes_canary(sample)
    if alarm.measure == "canary_test_pass_rate":
        return sample.is_canary and passes_canary_test(sample)
    if alarm.measure == "unscorable":
        return sample.result.reward is None
    if alarm.measure == "resting_passes":
        return any(test.rests_on_program for test in sample.result.tests)
    return True


def _program_row(sample: Sample) -> dict[str, Any]:
    result = sample.result
    return {
        "suite": result.suite,
        "completion": sample.completion,
        "pass_rate": result.pass_rate,
        "reason": None if result.reason is None else str(result.reason),
        "outcomes": [str(test.outcome) for test in result.tests],
    }
