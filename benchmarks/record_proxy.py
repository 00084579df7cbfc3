r"""Records what a real model answers to a run of the synthesis service: a proxy between the run and the model's server.

    python -m benchmarks.record_proxy --url http://127.0.0.1:8091 --port 8101 --model Qwen2.5-Coder-1.5B-Instruct \
        --quantisation "GGUF Q4_K_M" --out recording.jsonl

Give ``http://127.0.0.1:8101/v1`` as the endpoint in the run's configuration. Every prompt of every stage is recorded,
in the form of ``benchmarks.record_llm``, which tests replay. The purpose is the name of the prompt's file. Streams are
not recorded: the service does not request any.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.record_llm import Planned, replies_of
from services.synth.prompts import load_prompt, prompt_names

COMPLETIONS = "/v1/chat/completions"


def purpose_of(messages: list[dict[str, str]]) -> str:
    """Return the name of the prompt that a conversation was made of; empty if it was none of this package."""
    texts = {message["role"]: message["content"] for message in messages}
    for name in prompt_names():
        parts = dict(load_prompt(name).sections)
        begin = parts["user"].partition("{{")[0].strip()
        if parts.get("system", "").strip() == texts.get("system", "") and texts["user"].startswith(begin):
            return name
    return ""


def lines_of(body: dict[str, Any], answer: httpx2.Response, options: argparse.Namespace) -> list[str]:
    """Return a line of the recording for each completion of an answer; ``seed`` is that of the completion."""
    count, seed = body.get("n") or 1, body.get("seed")
    lines = []
    for number, reply in enumerate(replies_of(answer, count)):
        one = {key: value for key, value in body.items() if key != "n"}
        one |= {} if seed is None else {"seed": seed + number}
        planned = Planned(purpose_of(body["messages"]), "", one)
        line = {"key": planned.key, "purpose": planned.purpose, "seed_id": planned.seed_id}
        line |= {"model": options.model, "quantisation": options.quantisation, "body": one}
        lines.append(json.dumps(line | reply) + "\n")
    return lines


def make_app(options: argparse.Namespace, client: httpx2.AsyncClient) -> Starlette:
    """Return the proxy."""

    async def forward(request: Request) -> Response:
        raw, started = await request.body(), time.monotonic()
        answer = await client.request(request.method, f"{options.url}{request.url.path}", content=raw)
        if request.url.path == COMPLETIONS and answer.status_code == httpx2.codes.OK:
            wall_s = round(time.monotonic() - started, 3)
            with options.out.open("a", encoding="utf-8") as out:
                for line in lines_of(json.loads(raw), answer, options):
                    out.write(line)
            print(f"{purpose_of(json.loads(raw)['messages'])} {wall_s:.0f} s", flush=True)
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    return Starlette(routes=[Route("/{path:path}", forward, methods=["GET", "POST"])])


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", required=True, help="address of the model's server, without /v1")
    parser.add_argument("--port", type=int, default=8101)
    parser.add_argument("--model", required=True)
    parser.add_argument("--quantisation", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    timeout = httpx2.Timeout(None, connect=30)  # a slow server stays slow
    client = httpx2.AsyncClient(timeout=timeout, headers={"content-type": "application/json"})
    uvicorn.run(make_app(options, client), host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
