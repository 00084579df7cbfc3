"""Labels inputs with the outputs of solvers, by a checker program that passes its gate or else by a comparison.

Runs checker programs in the executor; ``services.synth.io_problems`` decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clients.contract import Comparison, ComparisonMode, SynthRow
from clients.errors import InvalidSuiteError
from services.synth.io_problems.agreement import Label, is_numeric, label_of
from services.synth.io_problems.gates import Cell, CheckerEvidence, decide_checker
from services.synth.io_problems.mutations import GARBAGE, wrong_outputs
from services.synth.io_problems.scripts import replay_script
from services.synth.pipeline.stage import row_random
from services.synth.stages.io_runs import JailRuns

_TOLERANCE = 1e-6
"""Tolerance of ``float`` where outputs disagree in their last digits: what most contests allow."""
_MOST_EXPECTED = 3
"""Outputs of one input that are tried as the expected one: a checker program must accept it."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many solvers must agree, and what share of changed texts must be refused."""

    min_agreeing: int
    min_share: float
    gate_share: float

    def settles(self, supporters: int, answering: int) -> bool:
        """Whether so many of the solvers with an output decide about it."""
        return supporters >= self.min_agreeing and supporters >= self.min_share * answering

    def is_settled(self, label: Label) -> bool:
        """Whether the solvers that print the same text decide about it."""
        return self.settles(len(label.agreeing), label.answering)


@dataclass(frozen=True, slots=True)
class Labelled:
    """The labels of all inputs, and the rule by which outputs are judged."""

    labels: tuple[Label, ...]
    supporters: tuple[int, ...]
    """Per input, how many solvers' outputs the rule accepts."""
    comparison: Comparison
    checker: str = ""
    """Source of the checker program; empty: the comparison decides."""
    detail: str = ""
    """Why a checker program that was written is not used."""


class OutputLabels:
    """The outputs of N solvers for T inputs, and what they are labelled with."""

    def __init__(
        self,
        row: SynthRow,
        inputs: Sequence[str],
        outputs_N_T: Sequence[Sequence[str | None]],
        agreement: Agreement,
    ) -> None:
        assert row.question is not None
        self._row = row
        self._inputs = inputs
        self._outputs_N_T = outputs_N_T
        self._agreement = agreement
        self._own = self._compared(row.question.comparison)

    async def decide(self, checker: str, runs: JailRuns) -> Labelled:
        """Return the labels by the checker program if it may be used; otherwise by the comparison that settles most
        inputs, of equal ones the question's own.
        """
        detail = ""
        if checker:
            try:
                checked = await self._by_checker(checker, runs)
            except InvalidSuiteError as error:
                checked = str(error)[:500]
            if isinstance(checked, Labelled):
                return checked
            detail = checked
        outputs = [label.output for label in self._own.labels if label.output is not None]
        modes = [ComparisonMode.TOKENS, *([ComparisonMode.FLOAT] if is_numeric(outputs) else [])]
        tolerant = [Comparison(mode=mode, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE) for mode in modes]
        rules = [self._own, *map(self._compared, tolerant)]
        best = max(rules, key=lambda rule: sum(map(self._agreement.is_settled, rule.labels)))
        return replace(best, detail=detail)

    def _compared(self, comparison: Comparison) -> Labelled:
        columns = [[outputs[at] for outputs in self._outputs_N_T] for at in range(len(self._inputs))]
        labels = tuple(label_of(column, comparison) for column in columns)
        return Labelled(labels, tuple(len(label.agreeing) for label in labels), comparison)

    async def _by_checker(self, checker: str, runs: JailRuns) -> Labelled | str:
        """Return the labels that a checker program gives, or why it may not be used."""
        chosen = [at for at, label in enumerate(self._own.labels) if label.output is not None]
        if not chosen:
            return "no solver has an output"
        expected = {at: self._own.labels[at].output or "" for at in chosen}
        cells_N_T = await self._ask(checker, runs, expected)
        for number in range(1, _MOST_EXPECTED):
            other = self._other_expected(expected, cells_N_T, number)
            if not other:
                break
            expected |= other
            cells_N_T = await self._ask(checker, runs, expected)
        decision = decide_checker(self._evidence(expected, cells_N_T), min_share=self._agreement.gate_share)
        if not decision.is_open:
            return decision.detail
        supporters = [0] * len(self._inputs)
        for column, at in enumerate(chosen):
            supporters[at] = sum(cells[column] is True for cells in cells_N_T[: len(self._outputs_N_T)])
        labels = [replace(label, output=expected.get(at)) for at, label in enumerate(self._own.labels)]
        return Labelled(tuple(labels), tuple(supporters), Comparison(), checker)

    async def _ask(self, checker: str, runs: JailRuns, expected: dict[int, str]) -> list[list[Cell]]:
        """Return what the checker program says of the solvers' outputs, then of empty, meaningless and wrong ones."""
        inputs, right = [self._inputs[at] for at in expected], list(expected.values())
        solvers = [[outputs[at] or "" for at in expected] for outputs in self._outputs_N_T]
        wrong = wrong_outputs(right, row_random(self._row, "generators.wrong_outputs"))
        columns = [*solvers, [""] * len(right), [GARBAGE] * len(right), *wrong]
        scripts = [replay_script(dict(zip(inputs, column, strict=True))) for column in columns]
        return await runs.run_checker(checker, scripts, inputs, right)

    def _other_expected(
        self, expected: dict[int, str], cells_N_T: list[list[Cell]], number: int
    ) -> dict[int, str]:
        """Return another expected output for the inputs where none was accepted and no two solvers agree."""
        other = {}
        for column, at in enumerate(expected):
            label = self._own.labels[at]
            is_accepted = any(cells[column] is True for cells in cells_N_T[: len(self._outputs_N_T)])
            if (
                not is_accepted
                and not self._agreement.is_settled(label)
                and number <= len(label.alternatives)
            ):
                other[at] = label.alternatives[number - 1]
        return other

    def _evidence(self, expected: dict[int, str], cells_N_T: list[list[Cell]]) -> CheckerEvidence:
        count = len(self._outputs_N_T)
        agreeing = [
            [cells_N_T[solver][column] for solver in self._own.labels[at].agreeing]
            for column, at in enumerate(expected)
            if self._agreement.is_settled(self._own.labels[at])
        ]
        single = [[cell for cell in cells if cell is True] for cells in cells_N_T[:count]]
        # Where the right output is blank, the empty one is right.
        not_blank = [column for column, output in enumerate(expected.values()) if output.strip()]
        return CheckerEvidence(
            agreeing=agreeing or single,
            empty=[cells_N_T[count][column] for column in not_blank],
            garbage=cells_N_T[count + 1],
            wrong=cells_N_T[count + 2 :],
        )
