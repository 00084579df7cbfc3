"""Defines OpenAI's chat-completions API as the servers of a loop offer it: messages, errors, an app without a model.

A server gives a function that answers one request; everything else is here. Not offered: streams, tools, log
probabilities; a request that asks for them gets the error that OpenAI's client raises as ``BadRequestError``.
"""

import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

MOST_CHOICES = 1024
"""Answers of one request: a larger one would occupy the server for longer than clients wait."""


class ChatTurn(BaseModel):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str


class ChatBody(BaseModel):
    """A request. Fields that are not listed have no effect."""

    model: str
    messages: Annotated[list[ChatTurn], Field(min_length=1)]
    n: Annotated[int, Field(ge=1, le=MOST_CHOICES)] = 1
    temperature: Annotated[float, Field(ge=0, le=2)] = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    seed: int | None = None
    stream: bool = False
    tools: list[Any] | None = None
    logprobs: bool = False

    @property
    def longest(self) -> int | None:
        """Most tokens of an answer; ``None``: as many as the model can write."""
        return self.max_completion_tokens or self.max_tokens


class ChatAnswer(BaseModel):
    """One answer, as a server's function returns it."""

    text: str
    tokens: int
    has_ended: bool = True
    """Whether the model ended it; otherwise it was cut off."""


class ChatAnswers(BaseModel):
    """All answers to a request."""

    answers: list[ChatAnswer]
    prompt_tokens: int


class ChatApiError(Exception):
    """A request cannot be answered; the client gets OpenAI's error object."""

    def __init__(
        self, message: str, *, status: int = 400, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.code, self.param = message, status, code, param


AnswerFunction = Callable[[ChatBody], Awaitable[ChatAnswers]]


def create_chat_app(models: Sequence[str], answer: AnswerFunction) -> FastAPI:
    """Return an app that serves some models: ``/v1/chat/completions``, ``/v1/models`` and ``/health``."""
    app = FastAPI(title="Models of a loop", docs_url=None, redoc_url=None)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/models")
    async def list_models() -> dict[str, object]:
        rows = [{"id": name, "object": "model", "created": 0, "owned_by": "acecoder"} for name in models]
        return {"object": "list", "data": rows}

    @app.post("/v1/chat/completions")
    async def complete(body: ChatBody) -> dict[str, object]:
        _check(body, models)
        return _completion(body, await answer(body))

    @app.exception_handler(ChatApiError)
    async def refuse(_: Request, error: ChatApiError) -> JSONResponse:
        return _error(error)

    @app.exception_handler(RequestValidationError)
    async def refuse_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        param = ".".join(str(part) for part in first["loc"] if part != "body")
        return _error(ChatApiError(f"'{param}': {first['msg']}", param=param))

    return app


def _check(body: ChatBody, models: Sequence[str]) -> None:
    if body.model not in models:
        message = f"The model '{body.model}' does not exist; this server has {', '.join(models)}."
        raise ChatApiError(message, status=404, code="model_not_found", param="model")
    for name in ("stream", "tools", "logprobs"):
        if getattr(body, name):
            raise ChatApiError(f"'{name}' is not supported by this server; leave it out.", param=name)


def _completion(body: ChatBody, made: ChatAnswers) -> dict[str, object]:
    tokens = sum(answer.tokens for answer in made.answers)
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.model,
        "choices": [
            {
                "index": index,
                "message": {"role": "assistant", "content": answer.text},
                "finish_reason": "stop" if answer.has_ended else "length",
                "logprobs": None,
            }
            for index, answer in enumerate(made.answers)
        ],
        "usage": {
            "prompt_tokens": made.prompt_tokens,
            "completion_tokens": tokens,
            "total_tokens": made.prompt_tokens + tokens,
        },
    }


def _error(error: ChatApiError) -> JSONResponse:
    kind = "invalid_request_error" if error.status < 500 else "server_error"
    body = {"message": error.message, "type": kind, "param": error.param, "code": error.code}
    return JSONResponse({"error": body}, status_code=error.status)
