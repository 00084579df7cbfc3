"""``acecoder train-rm`` in two processes, as torchrun starts them: the same training, printed once."""

import json
import os
import subprocess
import sys

import pytest

from tests.unit.rm.training.conftest import _one_accelerator, base_folder, pair_file  # noqa: F401 - fixtures

_COMMAND = [sys.executable, "-c", "from services.rm.commands import app; app()", "train-rm"]
_TOGETHER = [
    sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--no-python",
]  # fmt: skip
_ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}
"""As torchrun sets it for its processes. On a busy machine, threads that wait for each other after every step of a tiny
model make it many times slower."""
_PATIENCE_S = 300
"""For a broken build: the whole test uses some 30 s of CPU time."""
# One question of each part goes through alone, so that both processes have work in every step.
_OPTIONS = ["--device", "cpu", "--batch-pairs", "9", "--tokens", "1", "--lr", "3e-3", "--held-out", "0.3"]


def trained(command, pairs, base, out):
    ended = subprocess.run(
        [*command, str(pairs), "-o", str(out), "--base", str(base), *_OPTIONS],
        capture_output=True, text=True, timeout=_PATIENCE_S, check=False, env=_ONE_THREAD,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    rows = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return ended.stderr, rows, json.loads((out / "manifest.json").read_text())


# three processes import torch, some half a minute each on a busy machine
@pytest.mark.timeout(2 * _PATIENCE_S + 30)
def test_two_processes_make_the_steps_of_one(pair_file, base_folder, tmp_path):  # noqa: F811
    pairs = pair_file()
    _, alone, _ = trained(_COMMAND, pairs, base_folder, tmp_path / "alone")
    output, together, manifest = trained([*_TOGETHER, *_COMMAND], pairs, base_folder, tmp_path / "together")
    assert manifest["processes"] == 2
    assert output.count("written:") == 1
    assert len(alone) == len(together) > 2
    for one, both in zip(alone, together, strict=True):
        assert abs(one["loss"] - both["loss"]) < 1e-4
        assert abs(one["gradient_norm"] - both["gradient_norm"]) < 1e-3 * one["gradient_norm"]
