"""Defines the options of a model: its endpoints, and how completions are sampled.

The configuration file has one ``ModelOptions`` for each role (writer, solver, sampler, judge).
"""

from typing import Annotated

from pydantic import Field, JsonValue, field_validator

from clients.contract.base import NotBool, RequestModel
from services.synth.llm.limit import START
from services.synth.llm.model import Sampling


class EndpointOptions(RequestModel):
    """One server that speaks the OpenAI API: vLLM, llama.cpp, a hosted service."""

    url: Annotated[str, Field(pattern="^https?://")]
    """Base URL, usually with ``/v1`` at the end; ``/chat/completions`` is appended."""
    model: str = ""
    """Name of the model on this server; empty: the name in ``ModelOptions``."""
    weight: Annotated[float, Field(gt=0), NotBool] = 1.0
    """Share of the requests, relative to the other endpoints. A server that is full or down gets fewer."""
    key_variable: str = ""
    """Name of the environment variable that holds the API key; empty: no key. Keys belong into no file."""
    max_at_once: Annotated[int, Field(ge=1), NotBool] = 32
    """Most completions in flight. The pool adapts below this limit: it doubles while all goes well, and halves when the
    server answers 429 or 503 or does not answer in time. For llama.cpp give the number of its slots (``-np``)."""
    start_at_once: Annotated[int, Field(ge=1), NotBool] = START
    """Completions in flight at first. Where one reply takes minutes, doubling from 4 takes a quarter of an hour: for a
    server of your own give ``max_at_once``."""
    timeout_s: Annotated[float, Field(gt=0), NotBool] = 3600.0
    """Seconds to wait for one reply. A request that timed out starts over and costs its tokens twice, so this is
    generous: with 32 in flight on a busy machine, 190 tokens took up to 880 s."""
    input_price: Annotated[float, Field(ge=0), NotBool] = 0.0
    """US dollars per million prompt tokens."""
    output_price: Annotated[float, Field(ge=0), NotBool] = 0.0
    """US dollars per million completion tokens."""

    @field_validator("url")
    @classmethod
    def _has_no_password(cls, url: str) -> str:
        if "@" in url:  # it would be in logs and reports
            raise ValueError(
                "put no user or password into the URL; name the variable of the key in key_variable"
            )
        return url


class SamplingOptions(RequestModel):
    """How completions are sampled."""

    temperature: Annotated[float, Field(ge=0), NotBool] = 0.7
    """0 is greedy."""
    top_p: Annotated[float, Field(gt=0, le=1), NotBool] = 1.0
    """Share of the probability mass that is sampled from."""
    max_tokens: Annotated[int, Field(ge=1), NotBool] = 2048
    """Most tokens of one completion."""
    seed: int | None = 0
    """Seed of the first completion; completion i gets seed + i. ``None``: no seed is sent."""

    def sampling(self) -> Sampling:
        """Return the same as the value that models take."""
        return Sampling(self.temperature, self.top_p, self.max_tokens, self.seed)


class ModelOptions(RequestModel):
    """A model and the servers that serve it."""

    model: Annotated[str, Field(min_length=1)]
    """Name of the model, as servers, reports and the cache know it."""
    endpoints: Annotated[list[EndpointOptions], Field(min_length=1)]
    """Servers that serve it."""
    sampling: SamplingOptions = SamplingOptions()
    """Sampling where a stage does not choose its own."""
    extra_body: dict[str, JsonValue] = {}  # noqa: RUF012  -- pydantic copies defaults
    """Further fields of each request, for example ``{"top_k": 0, "min_p": 0}`` to switch off llama.cpp's defaults."""
    structured_output: bool = True
    """Whether to ask for JSON of the stage's schema. A server that refuses is asked without, and that is remembered."""
    completions_per_request: Annotated[int, Field(ge=1), NotBool] = 8
    """Most completions of one prompt in one request (``n``). The prompt is then computed and paid once. A server that
    refuses gets fewer, and that is remembered."""
