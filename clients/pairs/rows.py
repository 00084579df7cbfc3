"""Preference pairs ↔ the rows that trainers read: TRL, OpenRLHF, LLaMA-Factory, AceCodePair-300K, ours. Pure.

TRL's ``RewardTrainer`` and OpenRLHF (with its chat template applied) read the same row: messages, and the
margin they may use. LLaMA-Factory's (``ranking: true``) has no place for a margin. AceCodePair-300K has its
columns with its authors' wrapper around question and program.
"""

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from clients.contract import PreferencePair

Row = dict[str, Any]

# The wrapper in which AceCoder's pairs were written and its reward models trained: its text is part of the format.
_ACECODE_PROMPT = (
    "Please provide a self-contained Python script that solves the following problem in a markdown code block:"
    '\n```\n"""\n{question}\n{test}\n"""\n\n```\n'
)
_ACECODE_ANSWER = (
    "Below is a Python script with a self-contained function that solves the problem and passes corresponding "
    "tests:\n```python\n{program}\n```"
)


class PairForm(StrEnum):
    """Who reads the rows."""

    OURS = "ours"
    """Every field of ``PreferencePair``: what the rates rest on travels with them."""
    TRL = "trl"
    """``prompt``, ``chosen``, ``rejected`` as messages, and ``margin``."""
    OPENRLHF = "openrlhf"
    """The same."""
    LLAMAFACTORY = "llamafactory"
    """``instruction``, ``input``, ``chosen``, ``rejected``."""
    ACECODEPAIR = "acecodepair"
    """The columns of AceCodePair-300K: those of LLaMA-Factory and ``id``, a running number."""


class AnswerForm(StrEnum):
    """What of an answer a model learns from."""

    FENCED = "fenced"
    """The program that was judged, in a Markdown fence."""
    GIVEN = "given"
    """The completion as the model wrote it; the program where there is none."""
    ACECODE = "acecode"
    """The program in AceCoder's own wrapper."""


def answer_text(answer: AnswerForm, program: str, completion: str | None) -> str:
    """Return the text to learn from."""
    if answer is AnswerForm.GIVEN:
        return program if completion is None else completion
    if answer is AnswerForm.ACECODE:
        return _ACECODE_ANSWER.format(program=program)
    return f"```python\n{program.strip()}\n```"


def acecode_prompt(question: str, test: str) -> str:
    """Return the question in AceCoder's own wrapper, which shows one test."""
    return _ACECODE_PROMPT.format(question=question, test=test.strip())


def row_of(pair: PreferencePair, form: PairForm, number: int) -> Row:
    """Return the row that stands for ``pair``; ``number`` is its place in the file."""
    if form is PairForm.OURS:
        return pair.model_dump(mode="json")
    if form in (PairForm.TRL, PairForm.OPENRLHF):
        said = {"prompt": ("user", pair.prompt), "chosen": ("assistant", pair.chosen)}
        said["rejected"] = ("assistant", pair.rejected)
        messages = {name: [{"role": role, "content": text}] for name, (role, text) in said.items()}
        return {**messages, "margin": pair.margin}
    row = {"instruction": pair.prompt, "input": "", "chosen": pair.chosen, "rejected": pair.rejected}
    return row | {"id": number} if form is PairForm.ACECODEPAIR else row


def pair_of(row: Mapping[str, Any]) -> PreferencePair:
    """Read a row of any of the forms.

    Rows that do not name their question are told apart by their prompt: rows of one prompt are one question.

    Raises:
        ValueError: the row lacks a prompt, a chosen or a rejected answer.
    """
    row = dict(row)
    if "prompt" not in row and "instruction" in row:
        row["prompt"] = "\n".join(part for part in (row["instruction"], row.get("input")) if part)
    missing = [name for name in ("prompt", "chosen", "rejected") if not row.get(name)]
    if missing:
        raise ValueError(f"{', '.join(map(repr, missing))} missing; a pair has a prompt and two answers")
    texts = {name: _text(name, row[name]) for name in ("prompt", "chosen", "rejected")}
    row.setdefault("question", hashlib.sha256(texts["prompt"].encode()).hexdigest()[:16])
    return PreferencePair.model_validate({**row, **texts})


def llamafactory_entry(file_name: str) -> Row:
    """Return what ``dataset_info.json`` says of a file in LLaMA-Factory's form."""
    columns = {"prompt": "instruction", "query": "input", "chosen": "chosen", "rejected": "rejected"}
    return {"file_name": file_name, "ranking": True, "columns": columns}


def _text(name: str, said: str | Sequence[Mapping[str, str]]) -> str:
    if isinstance(said, str):
        return said
    if len(said) != 1 or "content" not in said[0]:
        raise ValueError(f"{name!r} has {len(said)} messages; pairs of one turn are read")
    return said[0]["content"]
