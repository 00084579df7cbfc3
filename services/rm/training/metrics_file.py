"""Writes the metrics of each step to ``metrics.jsonl``, and to TensorBoard where it is installed.

A resumed training continues the files: rows of steps after the saved state are removed, as those steps are done again.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

METRICS, BOARD = "metrics.jsonl", "tensorboard"
StepMetrics = Mapping[str, float]
"""Name of a metric → its value at one step."""


class MetricsFile:
    """Writes the metrics into a folder. With ``writes=False`` (in all processes but the first) it does nothing."""

    def __init__(self, folder: Path, done: int, *, writes: bool) -> None:
        self._path = folder / METRICS
        self._writes = writes
        self._board: SummaryWriter | None = None
        if not writes:
            return
        kept = [line for line in _whole_lines(self._path) if json.loads(line)["step"] <= done]
        self._path.write_text("".join(kept), encoding="utf-8")
        self._board = _open_board(folder / BOARD, done)

    def write_step(self, step: int, metrics: StepMetrics) -> None:
        """Append the metrics of a step."""
        if not self._writes:
            return
        with self._path.open("a", encoding="utf-8") as sink:
            sink.write(json.dumps({"step": step, **metrics}) + "\n")
        if self._board is not None:
            for name, value in metrics.items():
                self._board.add_scalar(name, value, step)

    def close(self) -> None:
        """Write what TensorBoard's writer still buffers."""
        if self._board is not None:
            self._board.close()


def _whole_lines(path: Path) -> list[str]:
    """The lines of the file that were written completely; a killed process may leave half a line."""
    if not path.exists():
        return []
    return [
        line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("}\n")
    ]


def _open_board(folder: Path, done: int) -> "SummaryWriter | None":
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=done + 1)
