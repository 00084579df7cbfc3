"""Makes one data set as ``acecoder synth run`` does, and records its cost; ``benchmarks.synth_scale`` starts it.

    python -m benchmarks.synth_scale_run CONFIG FOLDER

``FOLDER/measured.jsonl`` gets a line each second: the phase, rows that have ended, CPU seconds, resident memory, and
per stage the rows and the CPU seconds of its own code. What a stage waits for (HTTP, parsing of replies in tasks of the
model's pool, SQLite) is in the difference between the process and the sum of the stages.
"""

import json
import os
import resource
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Awaitable, Generator
from pathlib import Path
from typing import Any

from clients.contract.synthesis import SynthRow
from services.synth import run as run_module
from services.synth.config import RunConfig, read_run_config
from services.synth.pipeline.stage import Backends, Stage
from services.synth.pipeline.store import RowState, RunStore, Step, StoredRow
from services.synth.progress import log_to

SAMPLE_S = 1.0
"""Seconds between two lines: a run of an hour has some thousand."""
TIMED = 16
"""Of so many rows one is timed: a reading of a thread's CPU clock takes 2.5 µs, and each step of a stage takes two."""
_PAGE_BYTES = resource.getpagesize()


class Measured:
    """Counts the rows and the CPU time of a run from its progress, and writes a line each second from a thread."""

    def __init__(self, path: Path, rows: int) -> None:
        self.phase = "seeds"
        self._stage_rows: Counter[str] = Counter()
        self._stage_cpu_s: Counter[str] = Counter()
        self._stage_timed: Counter[str] = Counter()
        self._ended, self._rows = 0, rows
        self._started = time.monotonic()
        self._file = path.open("a", encoding="utf-8")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stepped(self, step: Step, stored: StoredRow) -> None:
        """Count one stage of one row."""
        self.phase = "stages"
        self._stage_rows[step.stage] += 1
        self._ended += stored.state is not RowState.ACTIVE
        if self._ended == self._rows:
            self.phase = "files"

    def paused(self, stage: str, reason: str, pause_s: float) -> None:
        """Print why rows wait."""
        print(f"paused: {stage} {pause_s:.0f} s: {reason}", flush=True)

    def timed(self, name: str, stage: Stage) -> Stage:
        """Return the stage with its CPU time counted, for one row in ``TIMED``."""

        def measured(row: SynthRow, backends: Backends) -> Awaitable[SynthRow]:
            if zlib.crc32(row.id.encode()) % TIMED:
                return stage(row, backends)
            self._stage_timed[name] += 1
            return _Timed(stage(row, backends), self._stage_cpu_s, name)

        return measured

    def close(self) -> None:
        """Write the last line."""
        self._stop.set()
        self._thread.join()
        self._write("end")
        self._file.close()

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_S):
            self._write(self.phase)

    def _write(self, phase: str) -> None:
        line = {
            "wall_s": time.monotonic() - self._started, "cpu_s": time.process_time(), "phase": phase,
            "ended": self._ended, "resident_bytes": resident_bytes(os.getpid()), "stage_rows": dict(self._stage_rows),
            "stage_cpu_s": dict(self._stage_cpu_s), "stage_timed": dict(self._stage_timed), "pid": os.getpid(),
        }  # fmt: skip
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES


class _Timed:
    """Awaits a stage, and counts the CPU time of each of its steps."""

    def __init__(self, stage: Awaitable[SynthRow], cpu_s: Counter[str], name: str) -> None:
        self._stage, self._cpu_s, self._name = stage, cpu_s, name

    def __await__(self) -> Generator[Any, Any, SynthRow]:
        steps = self._stage.__await__()
        value: Any = None
        fault: BaseException | None = None
        while True:
            started = time.thread_time()
            try:
                waited = steps.throw(fault) if fault else steps.send(value)
            except StopIteration as end:
                return end.value
            finally:
                self._cpu_s[self._name] += time.thread_time() - started  # type: ignore[assignment]
            value = fault = None
            try:
                value = yield waited
            except BaseException as error:
                fault = error


def main() -> None:
    config_path, folder = Path(sys.argv[1]), Path(sys.argv[2])
    config = read_run_config(config_path)
    folder.mkdir(parents=True, exist_ok=True)
    measured = Measured(folder / "measured.jsonl", _rows_to_do(config, folder))
    make_stages = RunConfig.make_stages
    RunConfig.make_stages = lambda self: [(n, measured.timed(n, s)) for n, s in make_stages(self)]  # type: ignore[method-assign]
    try:
        with log_to(folder / "run.log"):
            run_module.make_dataset(config, config_path, folder, measured)
    finally:
        measured.close()


def _rows_to_do(config: RunConfig, folder: Path) -> int:
    """Return the active rows of a run that resumes, or the seeds of a new one, none of which is rejected."""
    if (folder / run_module.ROWS).exists():
        with RunStore(folder / run_module.ROWS) as store:
            if store.count():
                return store.counts()[RowState.ACTIVE]
    return config.seeds[0].first or 0


if __name__ == "__main__":
    main()
