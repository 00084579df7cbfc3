"""Makes seeds by the thousand, and replies to the prompts about them, for ``benchmarks.synth_scale``.

A *shape* is one recorded question: the reply that wrote it, and the replies of solvers. A seed gets a shape by its
number, and the shape's function gets the seed's number in its name (``fib4`` → ``fib4_s000123``), in question, tests
and programs alike. So all requests, suites and programs of two seeds differ, no cache joins them, and the texts stay as
a model wrote them: malformed JSON, replies that were cut off, wrong expected values, programs that do not parse.

Shapes: the repository's recordings (``tests/recordings``), and with ``--data`` the recorded tests and programs of
HumanEval problems. Those replies hold tests only; question and signature of the problem are added to the object.
Nothing here is random: equal requests get equal replies.
"""

import gzip
import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.workload import rows
from clients.completions import extract
from services.synth.questions.replies import parse_reply
from tests.support.replay.recordings import RecordedReply, load

NAME = re.compile(r"\b(\w+?)_s(\d{6})\b")
"""Name of a function with the number of its seed."""
_DEF = re.compile(r"\bdef\s+(\w+)\s*\(")


@dataclass(frozen=True, slots=True)
class Shape:
    """One recorded question."""

    entry_point: str
    rewrites: tuple[RecordedReply, ...]
    """Replies with the question and its tests; the second is for a second attempt."""
    solutions: tuple[RecordedReply, ...]
    """Replies with programs."""


def read_shapes(data: Path | None) -> list[Shape]:
    """Return the shapes of the repository's recordings, and of the folder of recorded HumanEval replies."""
    return [*_recorded_shapes(), *(_humaneval_shapes(data) if data else [])]


def known_programs(shapes: list[Shape]) -> set[str]:
    """Return the programs in the shapes' solutions as they are extracted, without numbers in names."""
    return {
        extract(reply.text, entry_point=shape.entry_point).program
        for shape in shapes
        for reply in shape.solutions
    }


def _recorded_shapes() -> Iterator[Shape]:
    """Yield a shape for each recorded question that has a name and programs."""
    solutions: dict[str, list[RecordedReply]] = defaultdict(list)
    for line in load():
        if line["purpose"] == "solve" and (name := _signature_name(line["body"]["messages"][-1]["content"])):
            solutions[name].append(_reply(line, line["reply"]))
    for line in load():
        if line["purpose"] == "rewrite":
            parsed = parse_reply(line["reply"], line["finish_reason"])
            name = _signature_name(f"{parsed.signature} {parsed.question}")
            if solutions.get(name):
                reply = _reply(line, line["reply"])
                yield Shape(name, (reply, reply), tuple(solutions[name]))


def _signature_name(text: str) -> str:
    match = _DEF.search(text)
    return match[1] if match else ""


def _humaneval_shapes(folder: Path) -> Iterator[Shape]:
    """Yield a shape for each problem with recorded tests and programs."""
    solutions: dict[str, list[RecordedReply]] = defaultdict(list)
    for line in rows(folder / "programs_qwen05b.jsonl.gz"):
        solutions[line["task_id"]].append(_reply(line, line["reply"]))
    for line in rows(folder / "imagined_tests_qwen15b.jsonl.gz"):
        if solutions[line["task_id"]]:
            reply = _reply(line, _with_question(line))
            yield Shape(line["entry_point"], (reply, reply), tuple(solutions[line["task_id"]]))


def _with_question(line: dict[str, Any]) -> str:
    """Return a reply that holds tests with the question that it is about, in the object or before the text."""
    prompt = line["messages"][-1]["content"].split("Question:\n```python\n")[1].split("\n```")[0]
    definition = prompt[prompt.index(f"def {line['entry_point']}") :]
    signature, _, docstring = definition.partition(":\n")
    statement = docstring.replace('"""', "").replace("'''", "").strip()
    question = f"Write a function `{line['entry_point']}`. {statement}"
    parts = f'"signature": {json.dumps(signature)}, "question": {json.dumps(question)}, '
    return str(line["reply"]).replace("{", "{" + parts, 1)


def _reply(line: dict[str, Any], text: str) -> RecordedReply:
    usage = line.get("usage") or line
    tokens = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    return RecordedReply(
        line.get("purpose", ""), line["model"], 0, text, line["finish_reason"], *tokens, has_schema=False
    )


class ShapedReplies:
    """Answers prompts about numbered functions; takes the place of ``Recordings`` in the replay server."""

    def __init__(self, shapes: list[Shape]) -> None:
        self._shapes = shapes

    def pick(self, messages: list[dict[str, str]], seed: int, *, has_schema: bool) -> RecordedReply | None:
        """Return the reply to a conversation, by the first numbered name in it and the seed."""
        text = messages[-1]["content"]
        name = NAME.search(text)
        if name is None:
            return None
        number = int(name[2])
        shape = self._shapes[_hash(number, "shape") % len(self._shapes)]
        is_solve = messages[0]["content"].startswith("You are an expert Python programmer")
        replies = shape.solutions if is_solve else shape.rewrites
        reply = replies[_hash(number, seed) % len(replies)]
        return RecordedReply(
            reply.purpose, reply.model, seed, numbered(reply.text, shape.entry_point, number), reply.finish_reason,
            reply.prompt_tokens, reply.completion_tokens, has_schema,
        )  # fmt: skip


def numbered(text: str, entry_point: str, number: int) -> str:
    """Return the text with the number in every mention of the function."""
    return re.sub(rf"\b{re.escape(entry_point)}\b", f"{entry_point}_s{number:06}", text)


def _hash(*parts: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


_WORDS = (
    "account anchor angle area band batch beam bin block bound branch bucket cell chain chunk code column cost count "
    "cursor curve day delta depth digit edge entry field flag frame gap grade graph group height hour index item key "
    "lane layer leaf length level limit line link list load mark mass mean member mode month name node offset order "
    "pair part path peak phase pixel place point pool price queue range rank rate ratio record region result root "
    "row rule sample scale score segment shape share shift side sign size slice slot source span speed stack start "
    "state step stock sum table tag target term tile time token total trace track tree unit user value vector volume "
    "week weight width window word year zone"
).split()
_STATEMENTS = (
    "{a} = sum({p}) % {n} + len({p}) * {m}",
    "for {b} in {p}:\n        if {b} % {n} == {m}:\n            {a} += {b} * {n}",
    "{a} = max({a}, {n}) - min(len({p}), {m})",
    "while {a} > {n}:\n        {a} = {a} // {k} - {m}",
    "{c} = [{b} * {m} + {a} for {b} in {p} if {b} != {n}]",
    "{a} += sorted({p})[{a} % len({p})] if {p} else {n}",
    "if {a} < {n}:\n        {a} = -{a} + {m}\n    else:\n        {a} ^= {n}",
    "{a} = {a} * {k} + sum({b} < {n} for {b} in {p})",
)


def write_seeds(path: Path, count: int) -> None:
    """Write ``count`` functions as JSONL; their names, numbers and statements differ: no two are near-duplicates."""
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as lines:
        for number in range(count):
            row = {"id": f"synthetic-{number:06}", "program": seed_program(number), "licence": "MIT",
                   "source": f"synthetic 1.0: part_{number % 7}"}  # fmt: skip
            lines.write(json.dumps(row) + "\n")


def seed_program(number: int) -> str:
    """Return a function of about ten lines with the number in its name."""
    chooser = random.Random(number)
    verb, noun, parameter, accumulator = chooser.sample(_WORDS, 4)
    statements = [
        statement.format(a=accumulator, b=b, c=c, p=parameter, n=chooser.randrange(2, 10_000),
                         m=chooser.randrange(2, 10_000), k=chooser.randrange(2, 50))
        for statement in chooser.sample(_STATEMENTS, 5)
        for b, c in [chooser.sample(_WORDS, 2)]
    ]  # fmt: skip
    body = "\n    ".join(statements)
    return (
        f"def {verb}_{noun}_s{number:06}({parameter}):\n"
        f'    """Reduce the {noun} of each {parameter} to one {verb}, {chooser.randrange(10**6)} at most."""\n'
        f"    {accumulator} = {chooser.randrange(10**6)}\n    {body}\n    return {accumulator}\n"
    )
