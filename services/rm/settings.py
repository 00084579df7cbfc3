"""Defines the settings of the reward-model service, read once per process from ``RM_…`` environment variables.

The times, shortest first: window 3 ms < a batch, fractions of a second < deadline 120 s.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from services.common.settings import ServiceSettings
from services.rm.tokens.formats import FORMATS

_ENGINE = frozenset({"adapter", "head", "device", "threads", "sharing", "budget_tokens", "warm_up"})
"""Settings of the torch engine."""
_JUDGE = frozenset({"judge_by", "judge_prompt", "judge_body"})
_SERVER = frozenset({"server_url", "server_key", "server_concurrency"})
UNUSED = {
    "torch": _JUDGE | _SERVER,
    "vllm": _ENGINE | _JUDGE | _SERVER,
    "vllm-server": _ENGINE | _JUDGE | {"dtype"},
    "judge": _ENGINE | {"dtype", "tokenizer"},
}
"""Settings that a backend does not read. One that is set is an error: the scores would be another model's."""


class RmSettings(ServiceSettings):
    """The settings of the reward-model service."""

    model_config = SettingsConfigDict(env_prefix="RM_", env_nested_delimiter="__")

    backend: Literal["torch", "vllm-server", "vllm", "judge"] = "torch"
    """What computes the scores: the torch engine, a vLLM server, vLLM in this process, or a chat model as a judge."""
    model: str = ""
    """Folder of the model, or its name on the hub. For ``vllm-server`` and ``judge``: its name on that server."""
    revision: str | None = None
    """Branch, tag or commit of a model on the hub."""
    tokenizer: str = ""
    """Folder of the tokenizer, or its name on the hub; default: the model's own."""
    adapter: str = ""
    """Folder of a LoRA adapter to merge, or its name on the hub. An adapter that is not named here is not applied."""
    head: str = ""
    """Name of the head's tensors (``score``, ``v_head.summary``), for a model with several heads or an unknown one."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Type of the backbone. ``auto``: bfloat16 on CUDA, else float32. The head is always float32."""
    device: str = "auto"
    """Device of the engine, as torch names it. ``auto``: CUDA if there is one, else the CPU."""
    threads: Annotated[int, Field(ge=0)] = 0
    """CPU threads of the engine; 0: torch's default."""
    sharing: bool = True
    """Whether a common prefix is computed once per group, if the self-test at start-up finds that scores stay equal."""
    warm_up: bool = True
    """Whether a full step is computed before the service is ready; the log has its tokens per second."""
    format: str = ""
    """Format of requests that name none; empty: ``chat`` if the tokenizer has a template, else ``plain``."""
    suffix: str = ""
    """Written after every conversation, for models that are scored at a special token (``<|reward|>``)."""
    max_tokens: Annotated[int, Field(ge=0)] = 0
    """Limit of tokens of one conversation; 0: the limit in the model's configuration."""
    budget_tokens: Annotated[int, Field(ge=0)] = 0
    """Tokens of one forward pass, counted after sharing. It is halved whenever memory runs out. 0: 16,384 on CUDA,
    where matrix products reach full speed from some thousands of tokens on, and 2,048 elsewhere."""
    window_s: Annotated[float, Field(ge=0, le=1)] = 0.003
    """How long the first item of a batch waits for others, in seconds. The default is too short to notice beside a
    forward pass, and longer than the spread of the calls that a framework makes at once."""
    cache_size: Annotated[int, Field(ge=0)] = 100_000
    """Scores in the cache. The default takes about 15 MB of memory."""
    max_waiting_tokens: Annotated[int, Field(ge=1)] = 20_000_000
    """Tokens in the queue, counted before sharing, above which requests get 429. The default is minutes of work on one
    GPU."""
    max_candidates_per_key: Annotated[int, Field(ge=1)] = 100_000
    """Candidates of one key that may be in flight, per process."""
    deadline_s: Annotated[float, Field(gt=0)] = 120.0
    """Seconds after which a candidate without a score gets an error, unless its request sets ``deadline_s``."""
    server_url: str = ""
    """URL of the vLLM server, or of the judge's OpenAI-compatible endpoint, without ``/v1``."""
    server_key: str = ""
    """The key of that server, sent as a bearer token."""
    server_concurrency: Annotated[int, Field(ge=1)] = 8
    """Requests to that server at once."""
    judge_by: Literal["rating", "labels"] = "rating"
    """How a judge scores: by the rating that it writes, or by ln P(Yes) − ln P(No) of its first token, which needs an
    endpoint with logprobs."""
    judge_body: dict[str, Any] = Field(default_factory=dict)
    """Fields to set in each request to the judge's endpoint, as JSON; ``null`` removes one. For models that refuse
    ``temperature`` or ``max_tokens``: ``{"temperature": null, "max_tokens": null, "max_completion_tokens": 4096}``."""
    judge_prompt: Path | None = None
    """File of the judge's prompt, with the placeholders ``{{conversation}}``, ``{{answer}}`` and, optionally,
    ``{{mark}}``; default: the bundled prompt."""

    @model_validator(mode="after")
    def _model_is_named(self) -> Self:
        if not self.model:
            raise ValueError(
                "RM_MODEL is empty; give the folder of a reward model, or its name on the Hugging Face Hub"
            )
        if self.backend in ("vllm-server", "judge") and not self.server_url:
            raise ValueError(f"RM_SERVER_URL is empty; RM_BACKEND={self.backend} needs the URL of a server")
        for name in sorted(self.model_fields_set & UNUSED.get(self.backend, frozenset())):
            raise ValueError(
                f"RM_{name.upper()} has no effect with RM_BACKEND={self.backend}, which computes elsewhere; unset it"
            )
        if self.format and self.format not in FORMATS:
            raise ValueError(
                f"RM_FORMAT={self.format!r} is not a format; choose one of {', '.join(sorted(FORMATS))}"
            )
        return self
