"""Checks seeds, while they are read, for copies of benchmark problems; keeps the matches for the report. Pure.

Only copies are looked for here. A seed that rephrases a problem is found when its question is written: the stage
``decontaminate`` compares the question, which is what a data set holds.
"""

from clients.contract.synthesis import Seed
from services.synth.decontamination.documents import document_of_seed
from services.synth.decontamination.matches import BenchmarkIndex, Match


class SeedCheck:
    """Is called with each seed; see ``services.synth.seeds.read.ContaminationCheck``."""

    def __init__(self, index: BenchmarkIndex) -> None:
        self._index = index
        self.matches: list[Match] = []
        """All resemblances that were found."""
        self.documents = 0
        """Seeds that were compared."""

    def __call__(self, seed: Seed) -> str:
        """Return which problem a seed copies, in words; empty if none."""
        self.documents += 1
        matches = self._index.copies(document_of_seed(seed))
        self.matches += matches
        return "; ".join(map(str, matches))[:500]
