"""Runs ``acecoder synth run`` in a folder, shows its progress, and writes its rows in full."""

import re

from loop.steps.commands import run_acecoder
from loop.steps.context import StepProgress
from loop.steps.synthesis.config import SynthFolder


def run_synth(folder: SynthFolder, questions: int, progress: StepProgress, *, last_stage: str) -> None:
    """Make the data set of the folder's configuration, or resume making it.

    Raises:
        StepError: the command failed.
    """
    finished = re.compile(rf"\b{last_stage} (\d+)\b.*\bdropped (\d+)")

    def show(line: str) -> None:
        progress.line(line)
        if found := finished.search(line):
            progress.count(int(found[1]) + int(found[2]), questions, "questions")

    run_acecoder(["synth", "run", str(folder.config), "-o", str(folder.root)], show)
    run_acecoder(["synth", "export", str(folder.root), "-o", str(folder.rows)], progress.line)
