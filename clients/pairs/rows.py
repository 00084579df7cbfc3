"""Converts preference pairs to and from the rows of trainers: TRL, OpenRLHF, LLaMA-Factory, AceCodePair-300K. Pure.

TRL's ``RewardTrainer`` and OpenRLHF (with its chat template applied) read the same row: messages, and the
margin they may use. LLaMA-Factory's row (``ranking: true``) has no field for a margin. AceCodePair-300K has the same
columns, with its authors' wrapper around question and program.
"""

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from clients.contract import PreferencePair
from clients.datasets.rows import Row

# The wrapper of AceCoder's pairs, with which its reward models were trained: its text is part of the format.
_ACECODE_PROMPT = (
    "Please provide a self-contained Python script that solves the following problem in a markdown code block:"
    '\n```\n"""\n{question}\n{test}\n"""\n\n```\n'
)
_ACECODE_ANSWER = (
    "Below is a Python script with a self-contained function that solves the problem and passes corresponding "
    "tests:\n```python\n{program}\n```"
)


class PairForm(StrEnum):
    """The format of the rows, by the trainer that reads them."""

    OURS = "ours"
    """Every field of ``PreferencePair``, also the outcomes that the rates are computed from."""
    TRL = "trl"
    """``prompt``, ``chosen``, ``rejected`` as messages, and ``margin``."""
    OPENRLHF = "openrlhf"
    """The same as ``trl``."""
    LLAMAFACTORY = "llamafactory"
    """``instruction``, ``input``, ``chosen``, ``rejected``."""
    ACECODEPAIR = "acecodepair"
    """The columns of AceCodePair-300K: those of ``llamafactory`` and ``id``, a running number."""


class AnswerForm(StrEnum):
    """The text of an answer that a model learns from."""

    FENCED = "fenced"
    """The program that was judged, in a Markdown fence."""
    GIVEN = "given"
    """The completion as the model wrote it; the program if there is no completion."""
    ACECODE = "acecode"
    """The program in AceCoder's own wrapper."""


def answer_text(form: AnswerForm, program: str, completion: str | None) -> str:
    """Return the text of an answer to learn from."""
    if form is AnswerForm.GIVEN:
        return program if completion is None else completion
    if form is AnswerForm.ACECODE:
        return _ACECODE_ANSWER.format(program=program)
    return f"```python\n{program.strip()}\n```"


def acecode_prompt(question: str, test: str) -> str:
    """Return the question in AceCoder's own wrapper, with one test."""
    return _ACECODE_PROMPT.format(question=question, test=test.strip())


def row_of(pair: PreferencePair, form: PairForm, number: int) -> Row:
    """Return the row of ``pair``; ``number`` is its position in the file."""
    if form is PairForm.OURS:
        return pair.model_dump(mode="json")
    if form in (PairForm.TRL, PairForm.OPENRLHF):
        turns = {"prompt": ("user", pair.prompt), "chosen": ("assistant", pair.chosen)}
        turns["rejected"] = ("assistant", pair.rejected)
        messages = {name: [{"role": role, "content": text}] for name, (role, text) in turns.items()}
        return {**messages, "margin": pair.margin}
    row = {"instruction": pair.prompt, "input": "", "chosen": pair.chosen, "rejected": pair.rejected}
    return row | {"id": number} if form is PairForm.ACECODEPAIR else row


def pair_of(row: Mapping[str, Any]) -> PreferencePair:
    """Return the pair of a row in any of the formats.

    Rows without a question id are grouped by their prompt: rows with the same prompt are one question.

    Raises:
        ValueError: the row lacks a prompt, a chosen or a rejected answer, or has more than one turn.
    """
    row = dict(row)
    if "prompt" not in row and "instruction" in row:
        row["prompt"] = "\n".join(part for part in (row["instruction"], row.get("input")) if part)
    missing = [name for name in ("prompt", "chosen", "rejected") if not row.get(name)]
    if missing:
        raise ValueError(
            f"{', '.join(map(repr, missing))} missing; give a prompt, a chosen and a rejected answer"
        )
    texts = {name: _text(name, row[name]) for name in ("prompt", "chosen", "rejected")}
    row.setdefault("question", hashlib.sha256(texts["prompt"].encode()).hexdigest()[:16])
    return PreferencePair.model_validate({**row, **texts})


def llamafactory_entry(file_name: str) -> Row:
    """Return the entry of ``dataset_info.json`` for a file in LLaMA-Factory's format."""
    columns = {"prompt": "instruction", "query": "input", "chosen": "chosen", "rejected": "rejected"}
    return {"file_name": file_name, "ranking": True, "columns": columns}


def _text(name: str, value: str | Sequence[Mapping[str, str]]) -> str:
    if isinstance(value, str):
        return value
    if len(value) != 1 or "content" not in value[0]:
        raise ValueError(f"{name!r} has {len(value)} messages; give a text or one message")
    return value[0]["content"]
