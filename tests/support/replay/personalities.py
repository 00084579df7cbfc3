"""Answers as llama.cpp's server (b11434) and vLLM (0.32.0) do, as far as the two differ.

Shapes and messages are those of recorded exchanges with the real servers.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.replay.recordings import RecordedReply

CHARS_PER_TOKEN = 3
"""How the length of a prompt is estimated; only whether it fits matters."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Status and body."""

    status: int
    body: dict[str, Any]

    def encoded(self) -> bytes:
        """Return the body as JSON."""
        return json.dumps(self.body).encode()


class LlamaCpp:
    """llama.cpp's server: ``n`` up to its slots, tokens of the first choice, any model's name, the prefill repeated."""

    server = "llama.cpp"

    def __init__(self, model: str, *, slots: int = 32, context: int = 2048) -> None:
        self.model, self.slots, self.context = model, slots, context

    def refusal(self, body: dict[str, Any]) -> HttpAnswer | None:
        """Return the 400 with which the server refuses a request, or ``None``."""
        count, prompt = body.get("n") or 1, _prompt_tokens(body)
        if not body.get("messages"):
            return self._error("'messages' is required")
        if not 1 <= count <= self.slots:
            return self._error(
                f"Field 'n': Value must be between 1 <= value <= {self.slots}, but got {count}"
            )
        if prompt > self.context:
            message = f"request ({prompt} tokens) exceeds the available context size ({self.context} tokens), try increasing it"
            sizes = {"n_prompt_tokens": prompt, "n_ctx": self.context}
            return self._error(message, type="exceed_context_size_error", **sizes)
        return None

    def answer(self, body: dict[str, Any], replies: Sequence[RecordedReply]) -> HttpAnswer:
        """Return a chat completion with the recorded replies as its choices."""
        last = body["messages"][-1]
        prefill = last["content"] if last["role"] == "assistant" else ""
        choices = [
            {
                "finish_reason": r.finish_reason,
                "index": i,
                "message": {"role": "assistant", "content": prefill + r.text},
            }
            for i, r in enumerate(replies)
        ]
        common = {"created": 0, "model": self.model, "object": "chat.completion", "id": "chatcmpl-replayed"}
        return HttpAnswer(
            200,
            {
                "choices": choices,
                "system_fingerprint": "b11434-unknown",
                "usage": _usage(replies[:1]),
                "timings": {},
                **common,
            },
        )

    def _error(self, message: str, type: str = "invalid_request_error", **more: int) -> HttpAnswer:
        return HttpAnswer(400, {"error": {"code": 400, "message": message, "type": type, **more}})


class Vllm:
    """vLLM: no greedy ``n`` above 1, its own name only, a prefill continued only on request."""

    server = "uvicorn"

    def __init__(self, model: str, *, context: int = 2048) -> None:
        self.model, self.context = model, context

    def refusal(self, body: dict[str, Any]) -> HttpAnswer | None:
        """Return the 400 or 404 with which the server refuses a request, or ``None``."""
        count, prompt = body.get("n") or 1, _prompt_tokens(body)
        if body.get("model") != self.model:
            message = f"The model `{body.get('model')}` does not exist. Valid aliases: {self.model}."
            return self._error(404, message, "NotFoundError", "model")
        if count > 1 and body.get("temperature") == 0:
            message = f"n must be 1 when using greedy sampling, got {count}."
            return self._error(400, message, "BadRequestError", None)
        if prompt > self.context:
            message = (
                f"This model's maximum context length is {self.context} tokens. However, your prompt contains at least "
                f"{prompt} input tokens, which exceeds this limit even without any output tokens. Please reduce the "
                f"length of the input prompt. (parameter=input_tokens, value={prompt})"
            )
            return self._error(400, message, "BadRequestError", "input_tokens")
        return None

    def answer(self, body: dict[str, Any], replies: Sequence[RecordedReply]) -> HttpAnswer:
        """Return a chat completion with the recorded replies as its choices."""
        opens_new_turn = body["messages"][-1]["role"] == "assistant" and not body.get(
            "continue_final_message"
        )
        choices = [
            {
                "index": i,
                "message": {
                    "role": "assistant", "content": ("A new turn. " if opens_new_turn else "") + r.text,
                    "refusal": None, "annotations": None, "audio": None, "function_call": None, "reasoning": None,
                },
                "logprobs": None, "finish_reason": r.finish_reason, "stop_reason": None, "token_ids": None,
            }
            for i, r in enumerate(replies)
        ]  # fmt: skip
        common = {"id": "chatcmpl-replayed", "object": "chat.completion", "created": 0, "model": self.model}
        fingerprint = {"service_tier": None, "system_fingerprint": "vllm-0.32.0-68248c46"}
        return HttpAnswer(200, {**common, "choices": choices, **fingerprint, "usage": _usage(replies)})

    def _error(self, status: int, message: str, kind: str, param: str | None) -> HttpAnswer:
        return HttpAnswer(
            status, {"error": {"message": message, "type": kind, "param": param, "code": status}}
        )


def _prompt_tokens(body: dict[str, Any]) -> int:
    return sum(len(message["content"]) for message in body.get("messages") or []) // CHARS_PER_TOKEN


def _usage(replies: Sequence[RecordedReply]) -> dict[str, int]:
    prompt, completion = replies[0].prompt_tokens, sum(reply.completion_tokens for reply in replies)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
