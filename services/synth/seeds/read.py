"""Reads seeds: rows of a source → seeds that pass every check, in order, and a count of the rest.

A row that cannot be used never ends the read: it is counted with its reason. Seeds are yielded one at a time, so
that a source of any size is read in bounded memory, but for the index of near-duplicates.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from clients.contract.base import RequestModel
from clients.contract.synthesis import Seed
from clients.datasets.rows import UNUSABLE, Row, as_object, reason_of
from services.synth.seeds.code_checks import CodeLimits, check_code
from services.synth.seeds.columns import PRESETS, SeedPreset, seed_of_row
from services.synth.seeds.licences import PERMISSIVE, is_allowed
from services.synth.seeds.near_duplicates import DEFAULT_THRESHOLD, NearDuplicates
from services.synth.seeds.packages import is_package_source, package_rows
from services.synth.seeds.rejections import SeedCounts, SeedReject, SeedRejectedError
from services.synth.seeds.sources import PlacedRow, rows_of_source

ContaminationCheck = Callable[[Seed], str]
"""Returns which benchmark problem a seed resembles, in words; empty if none."""


UNKNOWN_LICENCE = "its licence is not known; name it in a column 'licence', or allow any with 'licences: []'"


class SeedOptions(RequestModel):
    """Where seeds come from, and which are kept."""

    source: str
    """A file (rows, or a module of Python), a folder, ``hf:NAME``, ``package:NAME`` or ``stdlib:NAME``; see
    ``services.synth.seeds.sources``."""
    preset: str = "plain"
    """How rows become seeds: ``plain``, ``magicoder-evol``, ``magicoder-oss``, ``stack-functions``."""
    columns: dict[str, list[str]] = {}  # noqa: RUF012  -- pydantic copies defaults
    """Part of a seed (``program``, ``instruction``, ``id``, ``source``, ``licence``, ``language``, ``meta``) → the
    columns that may hold it, in place of the preset's."""
    fenced: bool | None = None
    """Whether the code is the first fenced block of its column; default: the preset's."""
    licences: list[str] = []  # noqa: RUF012
    """SPDX identifiers that are allowed; ``["permissive"]`` for the usual ones; empty: any, also unknown."""
    min_lines: int = 3
    """Fewest lines of code."""
    max_lines: int = 80
    """Most lines of code."""
    max_chars: int = 6000
    """Most characters."""
    allow_outside: bool = False
    """Whether code that uses files, the network, processes or the clock is kept."""
    near_duplicates: float | None = DEFAULT_THRESHOLD
    """Similarity from which a seed is a near-duplicate of an earlier one; ``null``: none is looked for."""
    first: int | None = None
    """Seeds that are kept, at most; reading ends there."""


def read_seeds(
    options: SeedOptions, counts: SeedCounts, contamination: ContaminationCheck | None = None
) -> Iterator[Seed]:
    """Yield the seeds of a source, in order; count all rows in ``counts``.

    Raises:
        SourceError, ValueError: the source cannot be read, or an option is wrong.
    """
    reader = _SeedReader(options, counts, contamination)
    return islice(reader.seeds(), options.first)


def preset_of(options: SeedOptions) -> SeedPreset:
    """Return the preset with the options' own columns.

    Raises:
        ValueError: there is no such preset, or no such part of a seed.
    """
    preset = PRESETS.get(options.preset)
    if preset is None:
        raise ValueError(f"preset: {options.preset!r} is none of {', '.join(PRESETS)}")
    parts = set(preset.columns.__dataclass_fields__)
    if unknown := sorted(set(options.columns) - parts):
        raise ValueError(f"columns: {unknown[0]!r} is no part of a seed; give {', '.join(sorted(parts))}")
    columns = replace(preset.columns, **options.columns)
    fenced = preset.fenced if options.fenced is None else options.fenced
    return replace(preset, columns=columns, fenced=fenced)


def rows_of(options: SeedOptions, preset: SeedPreset) -> Iterator[PlacedRow]:
    """Return the rows of the source of the options."""
    rows = (
        package_rows(options.source) if is_package_source(options.source) else rows_of_source(options.source)
    )
    return islice(rows, preset.first)


class _SeedReader:
    """Reads one source."""

    def __init__(
        self, options: SeedOptions, counts: SeedCounts, contamination: ContaminationCheck | None
    ) -> None:
        self._options, self._counts, self._contamination = options, counts, contamination
        self._preset = preset_of(options)
        self._limits = CodeLimits(
            options.min_lines, options.max_lines, options.max_chars, allow_outside=options.allow_outside
        )
        self._licences = allowed_licences(options.licences)
        self._near = NearDuplicates(options.near_duplicates) if options.near_duplicates is not None else None
        self._ids: set[str] = set()
        self._rows = rows_of(options, self._preset)

    def seeds(self) -> Iterator[Seed]:
        """Yield the seeds; count every row."""
        for position, (place, row) in enumerate(self._rows):
            self._counts.rows += 1
            try:
                seed = self._seed(row, position)
            except SeedRejectedError as rejected:
                self._counts.reject(place, rejected.reason, rejected.detail)
                continue
            self._counts.kept += 1
            yield seed

    def _seed(self, row: Row | str | SeedRejectedError, position: int) -> Seed:
        if isinstance(row, SeedRejectedError):
            raise row
        try:
            seed = seed_of_row(as_object(row), self._preset, position)
        except UNUSABLE as error:
            raise SeedRejectedError(SeedReject.UNREADABLE, reason_of(error)) from None
        if self._licences and not is_allowed(seed.licence, self._licences):
            detail = f"{seed.licence} is not among 'licences'" if seed.licence else UNKNOWN_LICENCE
            raise SeedRejectedError(SeedReject.LICENCE, detail)
        seed = seed.model_copy(update={"program": check_code(seed.program, self._limits)})
        if seed.id in self._ids:
            raise SeedRejectedError(SeedReject.REPEATED_ID, seed.id)
        if self._contamination and (problem := self._contamination(seed)):
            raise SeedRejectedError(SeedReject.CONTAMINATED, problem)
        if self._near and (earlier := self._near.add(seed.id, f"{seed.instruction}\n{seed.program}")):
            raise SeedRejectedError(SeedReject.NEAR_DUPLICATE, f"of {earlier}")
        self._ids.add(seed.id)
        return seed


def allowed_licences(names: Sequence[str]) -> Collection[str]:
    """Return the SPDX identifiers of an allow-list in which ``permissive`` stands for the usual ones."""
    return {name for part in names for name in (PERMISSIVE if part == "permissive" else (part,))}
