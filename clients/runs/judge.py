"""Judges whole files. A run can be resumed, a bad row does not end it, and an interrupt keeps finished rows.

An output row is a ``CandidateResult`` with the hashes of its suite's tests, the runner's version, and a
``key``: a hash of everything that its verdict depends on. A run skips candidates whose key is in the output. It drops
rows that an infrastructure failure left without a verdict, so that their candidates are judged again. An output never
mixes the rows of two inputs or of two sets of options: rows that this run would not write are refused, or replaced.

Not promised: rows in the order of the input. ``index`` is the candidate's position in the input.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from clients.config import ClientConfig
from clients.datasets import BadRow, BadRowBuffer, BadRowHandler, CandidateEntry, RowFormat, read_candidates
from clients.requests import RequestOptions
from clients.runs.keys import not_done, what_changed, with_keys
from clients.runs.outputs import (
    PendingCandidate,
    ProgressReporter,
    ResultRecorder,
    Scorer,
    SuiteWinner,
    Tally,
    WinnerRecorder,
)
from clients.runs.resume import (
    check_name,
    check_not_an_input,
    check_overwritable,
    drop_incomplete_rows,
    drop_rows,
)
from clients.runs.sending import judge_candidates
from clients.selection.problems import options_for
from clients.selection.rules import By, Rules, check_at_least, rules_of

_LARGE_BYTES = 256 * 2**20  # inputs above this are not counted first: no total, but no memory either


def execute_file(
    candidates: Path,
    out: Path,
    *,
    suites: Path | None,
    form: RowFormat,
    config: ClientConfig,
    options: RequestOptions,
    reference: bool = False,
    replace: bool = False,
    progress: ProgressReporter,
) -> Tally:
    """Judge a file into ``out``; a second call continues where an earlier run stopped.

    ``replace`` drops rows of ``out`` that this run would not write: those of other programs, suites or options.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: no row of the input can be used; ``out`` holds what no run wrote; without ``replace``, ``out``
            holds rows of other programs, suites or options.
        AceCoderError: the service cannot be used; finished rows are in ``out``.
    """
    check_name(out)
    check_not_an_input(out, candidates, suites)
    tally = Tally()
    done = drop_incomplete_rows(out)

    def read(on_bad_row: BadRowHandler) -> Iterator[PendingCandidate]:
        rows = read_candidates(candidates, suites, form, reference=reference)
        return with_keys(_usable(rows, candidates, on_bad_row), options)

    if done:
        tally.replaced = _settle_stale_rows(out, done, read(_ignore_bad_row), replace=replace)
    tally.kept = done.total()
    pending: Iterable[PendingCandidate] = not_done(read(_counting(progress, tally)), done)
    if candidates.stat().st_size < _LARGE_BYTES:
        pending = list(pending)
        progress.total(len(pending))
    with out.open("a", encoding="utf-8") as file:
        judge_candidates(pending, config, options, ResultRecorder(file, tally, progress))
    return tally


def best_of_n_file(
    candidates: Path,
    out: Path,
    *,
    suites: Path | None,
    form: RowFormat,
    config: ClientConfig,
    options: RequestOptions,
    rules: Rules = By.PASS_RATE,
    scorer: Scorer | None = None,
    at_least: float = 0.0,
    progress: ProgressReporter,
) -> list[SuiteWinner]:
    """Write the best candidate of every suite to ``out``, and return what was chosen, in the order of the input.

    ``scorer`` is the reward model, which the rule ``rm`` needs. A suite has no winner if the probability that it is
    right is below ``at_least``.

    Raises:
        OSError, ValueError, AceCoderError: as ``execute_file``; ``ValueError`` also for a rule that is not known, and
            if the rule ``rm`` finds no prompt.
    """
    named = rules_of(rules)
    check_at_least(at_least, named)
    check_name(out)
    check_not_an_input(out, candidates, suites)
    check_overwritable(out)
    by_suite: dict[str, list[PendingCandidate]] = {}
    rows = _usable(read_candidates(candidates, suites, form), candidates, progress.bad)
    for pending in with_keys(rows, options):
        by_suite.setdefault(pending.entry.suite.id, []).append(pending)
    if By.RM in named:
        _check_prompts(by_suite)
    progress.total(sum(map(len, by_suite.values())))
    with out.open("w", encoding="utf-8") as file:
        recorder = WinnerRecorder(file, by_suite, progress, named, scorer, at_least)
        suite_by_suite = (pending for members in by_suite.values() for pending in members)
        judge_candidates(suite_by_suite, config, options_for(named, options), recorder)
    order = {suite: at for at, suite in enumerate(by_suite)}
    return sorted(recorder.winners, key=lambda chosen: order[chosen.suite])


def _check_prompts(by_suite: dict[str, list[PendingCandidate]]) -> None:
    """Check that a reward model gets a prompt for every suite.

    Raises:
        ValueError: a suite has none.
    """
    for suite, members in by_suite.items():
        if not members[0].entry.prompt:
            raise ValueError(
                f"--by rm needs the prompt that candidates answer, and suite {suite!r} has none: add 'prompt' to its "
                f"row in the file of suites"
            )


def _settle_stale_rows(
    out: Path, done: Counter[str], current: Iterable[PendingCandidate], *, replace: bool
) -> int:
    """Remove from ``out`` and ``done`` the rows that this run would not write; return how many they were.

    Raises:
        ValueError: there are such rows, and ``replace`` is false; nothing is changed.
    """
    keys = Counter(pending.key for pending in current)
    stale = done - keys
    if not stale:
        return 0
    count = stale.total()
    if not replace:
        raise ValueError(
            f"{out}: {count} of {done.total()} rows {'are' if count > 1 else 'is'} not of this run: "
            f"the first {what_changed(list(stale), keys)}. Nothing is judged or changed: give -o another name, "
            f"or add --replace to drop these rows"
        )
    drop_rows(out, stale)
    done -= stale
    return count


def _ignore_bad_row(_: BadRow) -> None:
    """Report nothing: the rows are read once more, and reported then."""


def _counting(progress: ProgressReporter, tally: Tally) -> BadRowHandler:
    def report(row: BadRow) -> None:
        tally.bad_rows += 1
        progress.bad(row)

    return report


def _usable(
    rows: Iterable[CandidateEntry | BadRow], path: Path, on_bad_row: BadRowHandler
) -> Iterator[CandidateEntry]:
    """Yield the rows that can be used, and report the others. If no row can be used, one error reports them all.

    Raises:
        ValueError: no row can be used.
    """
    bad_rows, first, is_usable = BadRowBuffer(on_bad_row), None, False
    for row in rows:
        if isinstance(row, CandidateEntry):
            bad_rows.release()
            is_usable = True
            yield row
        else:
            first = first or row
            bad_rows.add(row)
    if not is_usable:
        raise ValueError(
            f"{path}: no row can be used; the first reason: {first}"
            if first
            else f"{path}: holds no candidate"
        )
