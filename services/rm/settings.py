"""What an operator can tell the reward-model service. Read once per process from ``RM_…`` variables.

The times, shortest first: window 3 ms < a batch, fractions of a second < deadline 120 s.
"""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from services.common.settings import ServiceSettings
from services.rm.tokens.formats import FORMATS


class RmSettings(ServiceSettings):
    """The reward-model service."""

    model_config = SettingsConfigDict(env_prefix="RM_", env_nested_delimiter="__")

    backend: Literal["torch", "vllm-server", "vllm", "judge"] = "torch"
    """What computes the scores: our engine, a vLLM server, vLLM in this process, or a chat model asked to judge."""
    model: str = ""
    """Folder of the model, or its name on the hub. For servers: the name they know it by."""
    revision: str | None = None
    """Of a model on the hub: a branch, a tag or a commit."""
    tokenizer: str = ""
    """Folder or name; default: the model's own."""
    adapter: str = ""
    """Folder or name of a LoRA adapter to merge. None is applied that is not named."""
    head: str = ""
    """Which tensors are the head (``score``, ``v_head.summary``), where the model has several or an unknown one."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Of the backbone. ``auto``: bfloat16 on CUDA, else float32. The head is always float32."""
    device: str = "auto"
    """``auto``: CUDA if there is one, else the CPU."""
    threads: Annotated[int, Field(ge=0)] = 0
    """CPU threads of the engine; 0: torch's own choice."""
    sharing: bool = True
    """Whether prompts are computed once per group, where the start-up probe finds that scores stay the same."""
    format: str = ""
    """Default format; empty: ``chat`` if the tokenizer has a template, else ``plain``."""
    suffix: str = ""
    """Written after every conversation, for models that score a token of their own (``<|reward|>``)."""
    max_tokens: Annotated[int, Field(ge=0)] = 0
    """The longest conversation; 0: as the model's configuration says."""
    budget_tokens: Annotated[int, Field(ge=0)] = 0
    """Tokens of one step, counted after sharing; halved whenever memory runs out. 0: 16,384 on CUDA, where matrix
    products are at full speed from some thousands on, and 2,048 elsewhere."""
    window_s: Annotated[float, Field(ge=0, le=1)] = 0.003
    """How long the first item of a batch waits for others: below what anybody notices beside a forward pass, above
    the spread of calls that a framework makes at once."""
    cache_size: Annotated[int, Field(ge=0)] = 100_000
    """Scores kept in memory: some 15 MB."""
    max_waiting_tokens: Annotated[int, Field(ge=1)] = 20_000_000
    """Tokens that may wait, counted before sharing, before callers are told 429: minutes of work on one GPU."""
    max_candidates_per_key: Annotated[int, Field(ge=1)] = 100_000
    """Candidates of one key in flight, in each process."""
    deadline_s: Annotated[float, Field(gt=0)] = 120.0
    """After which a candidate not scored gets an error, if its request says nothing else."""
    server_url: str = ""
    """Of the vLLM server, or of the judge's OpenAI-compatible endpoint, without ``/v1``."""
    server_key: str = ""
    """Sent to that server as a bearer token."""
    server_concurrency: Annotated[int, Field(ge=1)] = 8
    """Requests that it gets at once."""
    judge_by: Literal["rating", "labels"] = "rating"
    """How a judge scores: by the number it writes, or by how much likelier it is to begin with Yes than with No, where
    its endpoint gives logprobs."""
    judge_prompt: Path | None = None
    """File of the prompt, with ``{{conversation}}``, ``{{answer}}`` and, if it likes, ``{{mark}}``; default: the
    bundled one."""

    @model_validator(mode="after")
    def _model_is_named(self) -> Self:
        if not self.model:
            raise ValueError("RM_MODEL is empty; give the folder of a reward model, or its name on the hub")
        if self.backend in ("vllm-server", "judge") and not self.server_url:
            raise ValueError(f"RM_SERVER_URL is empty; the backend {self.backend!r} asks a server")
        if self.format and self.format not in FORMATS:
            raise ValueError(f"RM_FORMAT={self.format!r} is none of {', '.join(sorted(FORMATS))}")
        return self


def read_settings(**given: Any) -> RmSettings:  # noqa: ANN401 - any setting's value
    """Read the ``RM_…`` variables; what is given goes before them.

    Raises:
        ValueError: one is wrong; the message names every such variable, and no value, which may be a key.
    """
    try:
        return RmSettings(**given)
    except ValidationError as error:
        told = [
            _told(each["loc"], each["msg"]) for each in error.errors(include_url=False, include_input=False)
        ]
        raise ValueError("; ".join(told)) from None


def _told(loc: Iterable[int | str], message: str) -> str:
    name = "__".join(str(part) for part in loc).upper()
    said = message.removeprefix("Value error, ").replace("Input should", "should")
    return f"RM_{name} {said}" if name else said


def unknown_variables(names: Iterable[str] | None = None) -> list[str]:
    """Return a sentence for each variable that begins as ours do and is no setting, if it is like one that is."""
    fields = [f"RM_{field.upper()}" for field in RmSettings.model_fields]
    found = []
    for name in sorted(os.environ if names is None else names):
        own = name.startswith("RM_") and name not in fields and not name.startswith("RM_TOKENS__")
        if own and (likes := get_close_matches(name, fields, 1, 0.8)):
            found.append(f"{name} is no setting and is not looked at; did you mean {likes[0]}?")
    return found
