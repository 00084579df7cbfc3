"""What a training says of itself while it goes on: ``metrics.jsonl``, and the same for TensorBoard.

Goes on where an earlier run's state was saved: rows of later steps are taken out, as their steps are done again.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

METRICS, BOARD = "metrics.jsonl", "tensorboard"
Row = Mapping[str, float]


class Record:
    """Writes rows into a folder; elsewhere than in the first of several processes, nothing."""

    def __init__(self, folder: Path, done: int, *, writes: bool) -> None:
        self._path = folder / METRICS
        self._writes = writes
        self._board: SummaryWriter | None = None
        if not writes:
            return
        kept = [line for line in _lines(self._path) if json.loads(line)["step"] <= done]
        self._path.write_text("".join(kept), encoding="utf-8")
        self._board = _board(folder / BOARD, done)

    def row(self, step: int, row: Row) -> None:
        """Write what is known of a step."""
        if not self._writes:
            return
        with self._path.open("a", encoding="utf-8") as sink:
            sink.write(json.dumps({"step": step, **row}) + "\n")
        if self._board is not None:
            for name, value in row.items():
                self._board.add_scalar(name, value, step)

    def close(self) -> None:
        """Write what is still held back."""
        if self._board is not None:
            self._board.close()


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    return [
        line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("}\n")
    ]


def _board(folder: Path, done: int) -> "SummaryWriter | None":
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=done + 1)
