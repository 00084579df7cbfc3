"""Defines the configuration of a loop, read from YAML: the world, models, services, and the options of each step.

``world: small`` makes questions and a base policy from nothing. A loop of real models names a file of questions, a
base policy, and the addresses of model servers instead. Options that are not named then have the defaults of
``loop.real_defaults``: those of the fields below are for a policy of a million parameters.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, JsonValue, model_validator

from clients.config_files import read_config
from clients.contract import FieldError
from clients.contract.base import RequestModel
from loop.real_defaults import with_real_defaults


class SmallWorldOptions(RequestModel):
    """Questions and a base policy that are made from nothing."""

    train_questions: Annotated[int, Field(ge=1)] = 300
    held_out_questions: Annotated[int, Field(ge=1)] = 64
    held_out_family_questions: Annotated[int, Field(ge=0)] = 32
    wrong_share: Annotated[float, Field(ge=0, lt=1)] = 0.65
    """Share of wrong programs in the policy's supervised training."""
    solver_wrong_share: Annotated[float, Field(ge=0, lt=1)] = 0.15
    """The same for the solver, which continues from the policy."""
    wrong_tests: Annotated[float, Field(ge=0, lt=1)] = 0.25
    """Share of the writer's tests whose expected value is wrong."""
    hidden_size: Annotated[int, Field(ge=16)] = 128
    layers: Annotated[int, Field(ge=1)] = 4
    policy_tasks: Annotated[int, Field(ge=1)] = 6500
    """Tasks of the policy's supervised training, three answers each. They are of training families and shapes."""
    solver_tasks: Annotated[int, Field(ge=1)] = 1500
    """The same for the solver."""


class RealModels(RequestModel):
    """Questions and models of your own."""

    questions: str
    """File of ``LoopQuestion`` rows, JSONL."""
    policy: str
    """Folder or hub name of the base policy."""
    policy_url: str = ""
    """OpenAI-compatible server of the base policy; empty: it is served by the loop itself (small models)."""
    policy_model: str = ""
    """Name of the base policy on that server; empty: ``policy``."""
    policy_key_variable: str = ""
    """Name of the environment variable that holds the server's API key, here and below; empty: it needs none."""
    writer_url: str
    writer_model: str
    writer_key_variable: str = ""
    solver_url: str
    solver_model: str
    solver_key_variable: str = ""
    completions_per_request: Annotated[int, Field(ge=1)] = 8
    """Most completions that one request asks a server for (``n``). llama.cpp's refuses more than it has slots."""
    completions_at_once: Annotated[int, Field(ge=1)] = 32
    """Most completions in flight at one server. For llama.cpp its slots; vLLM on a GPU is faster with some hundreds."""
    extra_body: dict[str, JsonValue] = {}  # noqa: RUF012  -- pydantic copies defaults
    """Further fields of each request to the three servers: ``{top_k: 0, min_p: 0.0}`` switches off llama.cpp's own
    sampling, which other servers and RL do not have."""


class ServiceUrls(RequestModel):
    """Running services; an empty address: the loop starts the service and stops it."""

    executor: str = ""
    reward_model: str = ""


class SynthesiseOptions(RequestModel):
    """Options of synthesis; further ones are given as in the configuration of ``acecoder synth run``."""

    tests: Annotated[int, Field(ge=1)] = 12
    solver_programs: Annotated[int, Field(ge=1)] = 8
    samples: Annotated[int, Field(ge=2)] = 16
    temperature: Annotated[float, Field(gt=0, le=2)] = 1.0
    """Temperature of solvers and samples."""
    min_tests: Annotated[int, Field(ge=1)] = 5
    """Fewest kept tests of a question."""
    stages: dict[str, JsonValue] = {}  # noqa: RUF012  -- pydantic copies defaults
    """Further options by stage, as under ``stages`` of ``acecoder synth run``: ``{strengthen: {}}`` switches one on."""


class RewardModelOptions(RequestModel):
    """Options of reward-model training."""

    epochs: Annotated[int, Field(ge=1)] = 5
    lr: Annotated[float, Field(gt=0)] | None = 1.5e-3
    """Learning rate; ``None``: that of ``acecoder train-rm``, which is higher with ``--lora`` or ``--head-only``."""
    batch_pairs: Annotated[int, Field(ge=1)] = 32
    held_out: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Share of the training questions kept out for the training's own report; 0: none, for a few questions."""
    reject_rate_zero: bool = True
    """Whether answers that pass no test may be the rejected ones. AceCoder's rule leaves them out."""
    arguments: list[str] = []  # noqa: RUF012
    """Further arguments of ``acecoder train-rm``: ``["--head-only", "--precision", "bf16"]`` for a laptop, ``["--lora",
    "16"]`` for one GPU."""


class BestOfNOptions(RequestModel):
    """Options of best-of-N on held-out questions."""

    samples: Annotated[int, Field(ge=1)] = 64
    temperature: Annotated[float, Field(gt=0)] = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    """Share of the probability mass that is sampled from; the paper samples with top-p, too. With all of the mass, the
    answers of a small policy have slips that pairs hardly had, and of N answers a reward model picks the oddest."""


class RlOptions(RequestModel):
    """Options of RL. ``loop.rl.presets`` has those of the paper; the defaults are for a small policy."""

    runs: list[Literal["rule", "pass_rate", "reward_model", "hybrid"]] = ["rule", "reward_model"]  # noqa: RUF012
    """One training each. ``rule``: 1 if all kept tests pass, else 0. ``pass_rate``: the share that pass.
    ``reward_model``: the raw score. ``hybrid``: pass rate and score, each normalised within its group."""
    algorithm: Literal["grpo", "reinforce++"] = "grpo"
    steps: Annotated[int, Field(ge=1)] = 80
    """Batches that are generated and learned from."""
    prompts_per_step: Annotated[int, Field(ge=1)] = 8
    samples_per_prompt: Annotated[int, Field(ge=2)] = 8
    updates_per_step: Annotated[int, Field(ge=1)] = 1
    """Optimiser updates for each generated batch, each on a part of it. Above 1 the later ones are off-policy, and the
    clip takes effect."""
    lr: Annotated[float, Field(gt=0)] = 5e-4
    """For a policy of a million parameters. At 1e-3 half of its answers were syntax errors after 12 steps."""
    warmup_share: Annotated[float, Field(ge=0, lt=1)] = 0.03
    """Share of the updates in which the learning rate rises; then it is constant."""
    beta: Annotated[float, Field(ge=0)] = 0.01
    """Weight of the KL divergence from the base policy (paper: 0.01)."""
    score_lr: Annotated[float, Field(gt=0)] | None = 1e-4
    """``lr`` of the runs that the reward model rewards; ``None``: the same. A policy that moves fast leaves the answers
    that a small reward model was trained on, and then earns its scores without being right."""
    score_beta: Annotated[float, Field(ge=0)] | None = 0.2
    """The same for ``beta``."""
    clip: Annotated[float, Field(gt=0)] = 0.2
    temperature: Annotated[float, Field(gt=0)] = 1.0
    hybrid_weight: Annotated[float, Field(ge=0)] = 0.3
    """Weight of the score in ``hybrid``; that of the pass rate is 1."""
    mixed_prompts_only: bool = False
    """Whether questions are left out whose programs of the data set all passed, or all failed."""
    device_batch: Annotated[int, Field(ge=1)] | None = None
    """Samples of one forward and backward pass; ``None``: all of an update. It decides the memory, not the result."""
    lora: Annotated[int, Field(ge=1)] | None = None
    """Rank of low-rank adapters that are trained in place of all weights; ``None``: all weights. They need no gradients
    and optimiser states of all weights, and no second copy of the policy for the KL divergence. Their learning rate has
    to be some ten times as high."""
    measure_every: Annotated[int, Field(ge=1)] = 20
    """Steps between measurements of held-out pass@1."""
    measure_samples: Annotated[int, Field(ge=1)] = 4
    """Samples of each held-out question in a measurement, at ``temperature``; one greedy answer comes on top."""
    canary_share: Annotated[float, Field(ge=0, lt=1)] = 0.01


class LoopConfig(RequestModel):
    """The configuration of a loop."""

    name: str = "small-world"
    seed: int = 0
    world: Literal["small"] | RealModels = "small"
    small_world: SmallWorldOptions = SmallWorldOptions()
    services: ServiceUrls = ServiceUrls()
    synthesise: SynthesiseOptions = SynthesiseOptions()
    reward_model: RewardModelOptions = RewardModelOptions()
    best_of_n: BestOfNOptions = BestOfNOptions()
    rl: RlOptions = RlOptions()
    ablations: bool = True
    longest_prompt: Annotated[int, Field(ge=1)] = 128
    """Tokens."""
    longest_answer: Annotated[int, Field(ge=1)] = 96
    """Tokens."""
    threads: Annotated[int, Field(ge=1)] = 2
    """Threads of PyTorch, where no GPU is used."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in_real_defaults(cls, values: object) -> object:
        if isinstance(values, Mapping) and isinstance(values.get("world"), Mapping | RealModels):
            return with_real_defaults(values)
        return values


def read_loop_config(path: Path) -> LoopConfig:
    """Read the configuration of a loop. Relative paths of questions and policy are made absolute.

    Raises:
        ValueError: the file is not YAML, or a field is wrong; the message names the file and every such field.
        OSError: the file cannot be read.
    """
    config = read_config(
        path, LoopConfig.model_validate, fields="'name', 'world', 'synthesise'", describe=_field_texts
    )
    if not isinstance(config.world, RealModels):
        return config
    world = config.world
    found = {name: _find(getattr(world, name), path.parent) for name in ("questions", "policy")}
    if world.policy_url:  # the server knows the name as it was given
        found["policy_model"] = world.policy_model or world.policy
    return config.model_copy(update={"world": world.model_copy(update=found)})


def _find(name: str, folder: Path) -> str:
    """Return the absolute path of a file or folder; a name that is none of these, as one on the hub, stays as it is.

    A relative path is looked for in the current folder, then in that of the configuration.
    """
    for path in (Path(name), folder / name):
        if path.exists():
            return str(path.resolve())
    return name


def _field_texts(faults: Sequence[FieldError]) -> Iterable[str]:
    # A mapping under 'world' is meant as RealModels: that it is not the word 'small' is no news.
    is_real = any(fault.field.startswith("world.RealModels.") for fault in faults)
    for fault in faults:
        if not (is_real and fault.field == "world"):
            yield f"{fault.field.replace('.RealModels', '')}: {fault.message}"


def write_config(config: LoopConfig, path: Path) -> None:
    """Write a configuration, with its defaults."""
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
