"""Drops rows whose question resembles a problem of a benchmark: copied, named and tested alike, or rephrased.

Runs after the question is written. The seed is compared again beside it: the question of a copied seed is rephrased
by nature. ``decontamination`` decides; this module reads the files once, and calls embeddings and the judge.
"""

from collections.abc import Sequence
from typing import Annotated

import anyio
import structlog
from pydantic import Field

from clients.contract import SynthRow
from clients.contract.base import NotBool, RequestModel
from clients.datasets import BadRow
from services.synth.decontamination.benchmarks import read_benchmarks
from services.synth.decontamination.documents import Document, document_of_row, document_of_seed
from services.synth.decontamination.embeddings import EmbeddingOptions, embed
from services.synth.decontamination.lexical import LexicalIndex
from services.synth.decontamination.matches import BenchmarkIndex, Match
from services.synth.decontamination.rephrasing import (
    Nearest,
    Vector,
    embedded_text,
    judge_values,
    nearest_by_vector,
    nearest_by_words,
    read_answer,
    rephrased,
)
from services.synth.decontamination.report import MATCHES_NOTE, match_as_json
from services.synth.llm.model import PromptRefusedError, Sampling
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError, Stage
from services.synth.prompts import load_prompt

logger = structlog.get_logger()


class DecontaminateOptions(RequestModel):
    """Which benchmarks rows are compared with, and how."""

    benchmarks: dict[str, str] = {}  # noqa: RUF012  -- pydantic copies defaults
    """Name of a benchmark → path of its file: HumanEval, MBPP, BigCodeBench, EvalPlus, or any JSONL with a text. Empty:
    nothing is compared."""
    candidates: Annotated[int, Field(ge=0, le=50)] = 5
    """Nearest problems that the judge sees as possible rephrasings; 0: none are looked for."""
    embeddings: EmbeddingOptions | None = None
    """Where embeddings come from; ``null``: nearness is by words, which misses more."""
    similar_from: Annotated[float, Field(ge=0, le=1), NotBool] | None = None
    """Similarity from which a problem is a candidate. Default: 0.5 by embeddings, 0.25 by words."""
    judge: bool = True
    """Whether the model with the role ``judge`` decides about candidates. If it does not, or no model has the role,
    candidates are reported and kept."""
    max_tokens: Annotated[int, Field(ge=1)] = 512
    """Most tokens of the judge's answer."""


def make_decontaminate_stage(options: DecontaminateOptions) -> Stage:
    """Return the stage. Reads the benchmark files.

    Raises:
        OSError, ValueError: a file cannot be read, or holds no problem.
    """
    checker = _Checker(options)

    async def decontaminate(row: SynthRow, backends: Backends) -> SynthRow:
        if not options.benchmarks:
            return row
        document = document_of_row(row)
        matches = [*checker.copies(document), *checker.copies(document_of_seed(row.seed))]
        if not any(match.removes for match in matches):
            matches += await checker.rephrasings(document, backends)
        row = row.model_copy(
            update={"notes": {**row.notes, MATCHES_NOTE: [match_as_json(match) for match in matches]}}
        )
        if removing := [match for match in matches if match.removes]:
            raise RowDroppedError(RowDrop.CONTAMINATED, "; ".join(map(str, removing))[:500], row)
        return row

    return decontaminate


class _Checker:
    """The benchmarks of one run, prepared once."""

    def __init__(self, options: DecontaminateOptions) -> None:
        self._options = options
        self._index = BenchmarkIndex(read_benchmarks(options.benchmarks, _report_bad_row))
        self._lexical = LexicalIndex([problem.document for problem in self._index.problems])
        self._vectors: Sequence[Vector] | None = None
        self._lock = anyio.Lock()

    def copies(self, document: Document) -> list[Match]:
        """Return the problems that a document copies."""
        return self._index.copies(document)

    async def rephrasings(self, document: Document, backends: Backends) -> list[Match]:
        """Return a match for every problem that is near, with the judge's verdict on it."""
        if not self._options.candidates or not document.words:
            return []
        nearest = await self._nearest(document)
        method = "embeddings" if self._options.embeddings else "words"
        has_judge = self._options.judge and bool(backends.roles.get("judge"))
        same = await self._ask_judge(document, nearest, backends) if nearest and has_judge else None
        return rephrased(self._index, document, nearest, same, method)

    async def _nearest(self, document: Document) -> Nearest:
        count, at_least = self._options.candidates, self._options.similar_from
        if self._options.embeddings is None:
            return nearest_by_words(self._lexical, document, count, 0.25 if at_least is None else at_least)
        async with self._lock:
            if self._vectors is None:
                texts = [embedded_text(problem.document) for problem in self._index.problems]
                self._vectors = await embed(texts, self._options.embeddings)
        (vector,) = await embed([embedded_text(document)], self._options.embeddings)
        return nearest_by_vector(self._vectors, vector, count, 0.5 if at_least is None else at_least)

    async def _ask_judge(self, document: Document, nearest: Nearest, backends: Backends) -> list[int] | None:
        problems = [self._index.problems[position] for position, _ in nearest]
        messages = load_prompt("rephrased").messages(**judge_values(document, problems))
        sampling = Sampling(temperature=0.0, max_tokens=self._options.max_tokens, seed=0)
        try:
            (answer,) = await backends.model("judge").complete(
                messages, purpose="decontaminate", sampling=sampling
            )
        except PromptRefusedError:
            return None
        return read_answer(answer.text, len(problems))


def _report_bad_row(row: BadRow) -> None:
    logger.warning("row of a benchmark left out", place=str(row))
