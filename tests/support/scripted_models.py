"""Replaces the models of a loop in tests: a server with OpenAI's API whose answers are computed from the question.

It is not a model. ``writer`` answers the prompts of synthesis with the question as it stands, with calls, and with
expected values of which some are wrong; ``solver`` is right four times out of five, ``policy`` two times. The same
request has the same answer.
"""

import json
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from loop.questions import LoopQuestion, Split

RIGHT = {"solver": 0.8, "policy": 0.4}
CALL = re.compile(r"^(\d+)\. solve\((-?\d+)\)$", re.MULTILINE)
"""A numbered call in the prompt for expected values."""


def questions(train: int = 6, held_out: int = 4) -> list[LoopQuestion]:
    """Return questions that differ in two numbers."""
    splits = [Split.TRAIN] * train + [Split.HELD_OUT] * held_out
    return [_question(number, split) for number, split in enumerate(splits)]


def _question(number: int, split: Split) -> LoopQuestion:
    a, b = number + 2, number + 1
    text = f"def solve(x: int) -> int\nMultiply x by {a}, then add {b}. Return 0 for a negative x."
    return LoopQuestion(
        id=f"q{number}",
        family="lines",
        split=split,
        text=text,
        entry_point="solve",
        program=_program(f"{a} * x + {b}"),
        tests=[f"assert solve({x}) == {_value(a, b, x)}" for x in range(-3, 9)],
    )


def _program(expression: str) -> str:
    return f"def solve(x: int) -> int:\n    if x < 0:\n        return 0\n    return {expression}\n"


def _slip(chance: random.Random) -> int:
    """Return what a quarter of the expected values are wrong by; 0 for the others."""
    return chance.randint(1, 3) if chance.random() < 0.25 else 0


def _value(a: int, b: int, x: int) -> int:
    return a * x + b if x >= 0 else 0


class ScriptedModels:
    """The answers of the three models."""

    def __init__(self, rows: list[LoopQuestion]) -> None:
        self._rows = rows

    def answer(self, model: str, prompt: str, seed: int) -> str:
        """Return one answer."""
        question = next((row for row in self._rows if row.text in prompt), None)
        if question is None:
            return "yes"  # a probe
        chance = random.Random(f"{model}/{question.id}/{seed}")
        a, b = (
            int(part) for part in question.text.split("Multiply x by ")[1].split(".")[0].split(", then add ")
        )
        if model == "writer":
            return self._written(question, prompt, a, b, chance)
        return f"```python\n{self._program(a, b, chance, RIGHT[model])}```"

    def _written(self, question: LoopQuestion, prompt: str, a: int, b: int, chance: random.Random) -> str:
        """Answer the prompts of synthesis: for calls, for their values, or for a question with its tests."""
        if '"calls"' in prompt:
            return json.dumps({"calls": [f"solve({x})" for x in chance.sample(range(-9, 30), 12)]})
        if calls := CALL.findall(prompt):
            values = [_value(a, b, int(x)) + _slip(chance) for _, x in calls]
            return "\n".join(
                f"{number}. => {value}" for (number, _), value in zip(calls, values, strict=True)
            )
        return self._imagined(question, a, b, chance)

    def _imagined(self, question: LoopQuestion, a: int, b: int, chance: random.Random) -> str:
        tests = []
        for x in chance.sample(range(-9, 30), 12):
            tests.append(f"assert solve({x}) == {_value(a, b, x) + _slip(chance)}")
        signature = question.text.splitlines()[0]
        return json.dumps({"signature": signature, "question": question.text, "tests": tests})

    def _program(self, a: int, b: int, chance: random.Random, right: float) -> str:
        if chance.random() < right:
            return _program(chance.choice([f"{a} * x + {b}", f"{b} + x * {a}"]))
        wrong = [f"{a} * x - {b}", f"{b} * x + {a}", f"{a} * x + {b} if x % 3 else 0", "x"]
        return chance.choice(
            [*(_program(expression) for expression in wrong), "def solve(x):\n    return x.y\n"]
        )


def _handler(models: ScriptedModels) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply({"object": "list", "data": [{"id": name} for name in ("writer", *RIGHT)]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            prompt, seed = body["messages"][-1]["content"], body.get("seed") or 0
            answers = [models.answer(body["model"], prompt, seed + at) for at in range(body.get("n") or 1)]
            self._reply(_completion(body["model"], prompt, answers))

        def _reply(self, value: dict[str, object]) -> None:
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _completion(model: str, prompt: str, answers: list[str]) -> dict[str, object]:
    choices = [
        {"index": at, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        for at, text in enumerate(answers)
    ]
    tokens = {"prompt_tokens": len(prompt), "completion_tokens": sum(map(len, answers))}
    return {
        "id": "scripted",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": choices,
        "usage": {**tokens, "total_tokens": sum(tokens.values())},
    }


@contextmanager
def serve_models(rows: list[LoopQuestion]) -> Iterator[str]:
    """Serve the models for as long as the block lasts; yield the address, which ends in ``/v1``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(ScriptedModels(rows)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
