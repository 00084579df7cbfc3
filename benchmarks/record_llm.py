r"""Records what a real model answers to the prompts of the synthesis service, as JSON lines that tests replay.

    python -m benchmarks.record_llm rewrite --seeds seeds.jsonl.gz --url http://127.0.0.1:8091/v1 \
        --model Qwen2.5-Coder-1.5B-Instruct --quantisation "GGUF Q4_K_M" --out recording.jsonl

Each line is one exchange: purpose, model, quantisation, engine, id of the seed, the body that was sent, and the reply
with its finish reason and token counts. A line is appended as soon as its reply is complete, and a recorded request is
never sent again, so the command can be stopped and repeated. There is no read time-out: a slow server stays slow.

``rewrite`` needs seeds only. ``solve``, ``inputs`` and ``label`` read questions from the recording itself.
"""

import argparse
import ast
import gzip
import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import anyio
import httpx2

from services.synth.prompts import load_prompt
from services.synth.questions.replies import parse_reply
from services.synth.questions.schemas import QUESTION_SCHEMA, JsonSchema, inputs_schema, rewrite_schema
from services.synth.questions.signatures import NoEntryPointError, calls_of, settle

MAX_TOKENS = {"solve": 512, "inputs": 500, "label": 900}
"""Tokens of one reply by purpose; other purposes get 1200. Small models sometimes repeat a line until the end."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One exchange to record."""

    purpose: str
    seed_id: str
    body: dict[str, Any]

    @property
    def key(self) -> str:
        """Identifies the request: the same body is recorded once."""
        text = json.dumps([self.purpose, self.seed_id, self.body], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the JSON lines of a file, which may be compressed; a last line that was cut off is left out."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def plan(options: argparse.Namespace, recorded: list[dict[str, Any]]) -> Iterator[Planned]:
    """Yield the requests of one purpose, in the order of the seeds."""
    for subject, values in _subjects(options, recorded):
        messages = load_prompt(options.prompt or options.purpose).messages(**values)
        for number in range(options.count):
            body: dict[str, Any] = {
                "model": options.model,
                "messages": messages,
                "max_tokens": MAX_TOKENS.get(options.purpose, 1200),
                "temperature": options.temperature,
                "top_p": 0.95,
                "seed": number,
                "top_k": 0,
                "min_p": 0.0,
            }
            if options.schema:
                schema = {"name": options.purpose, "schema": _schema(options), "strict": True}
                body["response_format"] = {"type": "json_schema", "json_schema": schema}
            yield Planned(options.purpose, subject, body)


def _schema(options: argparse.Namespace) -> JsonSchema:
    """Return the schema of the purpose's reply, as the stages send it."""
    match options.purpose:
        case "rewrite":
            return rewrite_schema(options.tests)
        case "question":
            return QUESTION_SCHEMA
        case "inputs":
            return inputs_schema(options.tests)
    raise SystemExit(f"--schema: {options.purpose} has none")


def _subjects(
    options: argparse.Namespace, recorded: list[dict[str, Any]]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the id of each seed with the values of the prompt's placeholders."""
    if options.purpose in ("rewrite", "question"):
        for seed in read_lines(options.seeds)[: options.limit]:
            yield (
                seed["seed_id"],
                {"program": seed["program"], "instruction": "", "tests": str(options.tests)},
            )
        return
    for line in [line for line in recorded if line["purpose"] == options.questions_of][: options.limit]:
        parsed = parse_reply(line.get("reply", ""), line.get("finish_reason", ""))
        try:
            settled = settle(parsed.question, parsed.signature, parsed.tests)
        except NoEntryPointError:
            continue
        calls = [ast.unparse(call) for call in calls_of(parsed.tests, settled.entry_point)]
        numbered = [f"{number}. {call}" for number, call in enumerate(dict.fromkeys(calls), 1)]
        yield (
            line["seed_id"],
            {
                "question": settled.text,
                "entry_point": settled.entry_point,
                "signature": settled.signature,
                "tests": str(options.tests) if options.purpose == "inputs" else "",
                "calls": "\n".join(numbered),
            },
        )


async def record(options: argparse.Namespace) -> None:
    """Send what is planned and not recorded yet, a bounded number at once."""
    recorded = read_lines(options.out) if options.out.exists() else []
    keys = {line["key"] for line in recorded}
    waiting = _grouped(planned for planned in plan(options, recorded) if planned.key not in keys)
    print(f"{options.purpose}: {len(waiting)} requests, {len(recorded)} lines in the file", flush=True)
    gate = anyio.Semaphore(options.at_once)
    timeout = httpx2.Timeout(None, connect=30)
    limits = httpx2.Limits(max_connections=options.at_once, keepalive_expiry=3)
    async with httpx2.AsyncClient(timeout=timeout, limits=limits) as client:
        with options.out.open("a", encoding="utf-8") as out:
            async with anyio.create_task_group() as tasks:
                for group in waiting:
                    await gate.acquire()
                    tasks.start_soon(_exchange, client, options, group, out, gate)


def _grouped(waiting: Iterable[Planned]) -> list[list[Planned]]:
    """Return requests that differ in consecutive seeds only together: one request with ``n`` reads the prompt once."""
    groups: list[list[Planned]] = []
    for planned in waiting:
        before = groups[-1][-1] if groups else None
        if before and {**before.body, "seed": before.body["seed"] + 1} == planned.body:
            groups[-1].append(planned)
        else:
            groups.append([planned])
    return groups


async def _exchange(
    client: httpx2.AsyncClient,
    options: argparse.Namespace,
    group: list[Planned],
    out: TextIO,
    gate: anyio.Semaphore,
) -> None:
    started = time.monotonic()
    name = f"{options.purpose} {group[0].seed_id}"
    try:
        body = {**group[0].body, "n": len(group)} if len(group) > 1 else group[0].body
        answer = await client.post(f"{options.url}/chat/completions", json=body)
        wall_s = round(time.monotonic() - started, 3)
        for planned, reply in zip(group, replies_of(answer, len(group)), strict=True):
            line = {"key": planned.key, "purpose": planned.purpose, "seed_id": planned.seed_id} | {
                "model": options.model, "quantisation": options.quantisation, "body": planned.body
            }  # fmt: skip
            out.write(json.dumps(line | reply | {"wall_s": wall_s}) + "\n")
        out.flush()
        print(f"{name} {wall_s:.0f} s", flush=True)
    except httpx2.HTTPError as error:
        print(f"{name}: {type(error).__name__}: not recorded", flush=True)
    finally:
        gate.release()


def replies_of(answer: httpx2.Response, count: int) -> list[dict[str, Any]]:
    """Return what is recorded of each choice. llama.cpp's usage is of the first choice and stands in each."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if answer.status_code != httpx2.codes.OK:
        return [{"status": answer.status_code, "error": answer.text, "recorded_at": now}] * count
    content = answer.json()
    return [
        {
            "status": 200,
            "engine": content.get("system_fingerprint"),
            "reply": choice["message"]["content"],
            "finish_reason": choice["finish_reason"],
            "usage": content["usage"],
            "choices": count,
            "recorded_at": now,
        }
        for choice in sorted(content["choices"], key=lambda choice: choice["index"])
    ]


def main() -> None:
    """Read the command line and record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("purpose", choices=("rewrite", "question", "inputs", "label", "solve"))
    parser.add_argument("--prompt", default="", help="name of the prompt; default: that of the purpose")
    parser.add_argument("--seeds", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=None, help="use only the first seeds or questions")
    parser.add_argument(
        "--questions-of", default="rewrite", help="purpose of the replies that have the questions"
    )
    parser.add_argument("--tests", type=int, default=12, help="number of tests that the prompt asks for")
    parser.add_argument("--count", type=int, default=1, help="replies per prompt")
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--schema", action="store_true", help="ask the server for JSON of the schema")
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--quantisation", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--at-once", type=int, default=32)
    anyio.run(record, parser.parse_args())


if __name__ == "__main__":
    main()
