"""Asks any OpenAI-compatible server for embeddings of texts.

A server that cannot be reached, is full or fails raises an error that pauses the caller's row, as models do.
"""

import os
from collections.abc import Sequence
from typing import Annotated

import openai
from pydantic import Field

from clients.contract.base import NotBool, RequestModel
from clients.errors import CannotConnectError, TimedOutError
from services.synth.decontamination.rephrasing import unit


class EmbeddingOptions(RequestModel):
    """A server with ``/v1/embeddings``: vLLM, llama.cpp, a hosted service."""

    url: Annotated[str, Field(pattern="^https?://")]
    """Base URL, usually with ``/v1`` at the end; ``/embeddings`` is appended."""
    model: Annotated[str, Field(min_length=1)]
    """Name of the model on the server."""
    key_variable: str = ""
    """Name of the environment variable that holds the API key; empty: no key. Keys belong into no file."""
    texts_at_once: Annotated[int, Field(ge=1), NotBool] = 64
    """Texts of one request."""
    timeout_s: Annotated[float, Field(gt=0), NotBool] = 300.0
    """Seconds to wait for one answer."""


class EmbeddingError(Exception):
    """The server refuses a request or answers with something else than embeddings; the message says what."""


async def embed(texts: Sequence[str], options: EmbeddingOptions) -> list[list[float]]:
    """Return the embedding of each text as a vector of length 1.

    Raises:
        CannotConnectError, TimedOutError: the server cannot answer now.
        EmbeddingError: it refuses the request, or the configuration is wrong.
    """
    key = os.environ.get(options.key_variable, "") if options.key_variable else "none"
    if not key:
        raise EmbeddingError(
            f"{options.url}: the environment variable {options.key_variable} holds no key; set it"
        )
    vectors: list[list[float]] = []
    async with openai.AsyncOpenAI(
        api_key=key, base_url=options.url, timeout=options.timeout_s, max_retries=2
    ) as client:
        for start in range(0, len(texts), options.texts_at_once):
            vectors += await _embed_batch(client, texts[start : start + options.texts_at_once], options)
    return vectors


async def _embed_batch(
    client: openai.AsyncOpenAI, texts: Sequence[str], options: EmbeddingOptions
) -> list[list[float]]:
    try:
        answer = await client.embeddings.create(
            model=options.model, input=list(texts), encoding_format="float"
        )
    except openai.APITimeoutError as error:
        raise TimedOutError(
            f"{options.url} did not embed {len(texts)} texts in {options.timeout_s:g} s"
        ) from error
    except openai.APIConnectionError as error:
        raise CannotConnectError(f"{options.url} cannot be reached for embeddings: {error}") from error
    except (openai.RateLimitError, openai.InternalServerError) as error:
        raise TimedOutError(
            f"{options.url} answers {error.status_code} to a request for embeddings"
        ) from error
    except openai.APIError as error:
        raise EmbeddingError(f"{options.url} refuses a request for embeddings: {error}"[:500]) from error
    if len(answer.data) != len(texts):
        raise EmbeddingError(f"{options.url} answered {len(answer.data)} embeddings for {len(texts)} texts")
    ordered = sorted(answer.data, key=lambda item: item.index)
    return [unit(item.embedding) for item in ordered]
