"""Serves policies on OpenAI's chat-completions API: ``python -m loop.policy.server FOLDER [FOLDER …] --port PORT``.

For small models on a processor, where a server for large ones is slower than it. A model's name is that of its folder.
Answers to a request with a seed are the same each time, but for rounding in other batches. It listens on loopback only:
it has no authentication.
"""

import argparse
import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from loop.chat_api import ChatAnswer, ChatAnswers, ChatApiError, ChatBody, create_chat_app
from loop.policy.batching import Batcher
from loop.policy.decoding import Sampling
from loop.policy.sampling import Policy, SampleRequest, load_policy

HOST = "127.0.0.1"
KEEP_ALIVE_S = 75
"""Longer than clients keep idle connections."""


def create_app(policies: Mapping[str, Policy]) -> FastAPI:
    """Return an app that serves policies by their names."""
    batcher = Batcher(policies)

    async def answer(body: ChatBody) -> ChatAnswers:
        request = sample_request(policies[body.model], body)
        answers = await batcher.sample(body.model, request)
        return ChatAnswers(
            answers=[
                ChatAnswer(text=one.text, tokens=one.tokens, has_ended=one.has_ended) for one in answers
            ],
            prompt_tokens=len(request.prompt),
        )

    app = create_chat_app(list(policies), answer)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(batcher.run())
        yield
        task.cancel()

    app.router.lifespan_context = lifespan
    return app


def sample_request(policy: Policy, body: ChatBody) -> SampleRequest:
    """Return what a request asks of a policy.

    Raises:
        ChatApiError: the prompt leaves no room for an answer.
    """
    prompt = policy.prompt([{"role": turn.role, "content": turn.content} for turn in body.messages])
    positions = int(getattr(policy.model.config, "max_position_embeddings", 2**20))
    room = positions - len(prompt)
    if room < 1:
        message = f"The prompt has {len(prompt)} tokens; this model's context length is {positions}."
        raise ChatApiError(message, code="context_length_exceeded", param="messages")
    sampling = Sampling(body.temperature, body.top_p, min(body.longest or room, room))
    seed = secrets.randbits(48) if body.seed is None else body.seed
    return SampleRequest(prompt, body.n, sampling, seed)


def main() -> None:
    """Serve the folders of the command line until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER", help="folder as save_pretrained writes it"
    )
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    policies = {folder.name: load_policy(folder) for folder in options.folders}
    uvicorn.run(
        create_app(policies),
        host=HOST,
        port=options.port,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
    )


if __name__ == "__main__":
    main()
