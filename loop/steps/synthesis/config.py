"""Writes the configuration of ``acecoder synth run`` for the questions of a loop: seeds, prompts, models, stages.

The small world's policy and solver know no instructions: their prompt is the question alone, so the prompts of solvers
and samplers are replaced. Questions of one family resemble each other on purpose, so near-duplicates are kept.

A model that writes tests for a held-out question gets a prompt that keeps the question: tests of another question say
nothing about the answers.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from loop.config import LoopConfig, RealModels
from loop.questions import LoopQuestion
from loop.steps.context import ServiceName, StepContext

QUESTION_PROMPT = "# user\n{{question}}\n"
"""The prompt of a model that answers a question as it stands."""
HELD_OUT_PROMPT = """\
# system
You write tests for Python functions that find wrong solutions.
# user
Below is a programming task. Write tests for it: a list of {{tests}} strings and no more. Do not solve the task.

- Each string is one `assert` statement. It calls the task's function once with constants and compares with `==` to a
  constant.
- Cover ordinary inputs and edge cases: empty, one element, ties, duplicates, negative numbers.
- Inputs are short, at most 8 items or 20 characters, and allowed by the task. All tests differ.
- Work out each expected value step by step from the task.

Task:
{{instruction}}

Answer with one JSON object and nothing else: the signature of the task's function, the task as it stands, and the
tests. In strings, escape `"` as `\\"` and `\\` as `\\\\`.
{"signature": "def ...", "question": "...", "tests": ["assert ...", "assert ..."]}
"""
"""The prompt of a model that writes tests for a held-out question. It does not show the right program: a user who
chooses among answers does not have it."""
REWRITE_TOKENS = 4096
"""Most tokens of a question with its tests."""
EXECUTOR_VARIABLE = "ACECODER_TOKEN"
CANARY_SHARE, CANARIES = 0.05, 10
"""Share of the questions that get a canary, and how many do at least: RL needs one, and each is drawn by chance."""


@dataclass(frozen=True, slots=True)
class SynthFolder:
    """A folder of ``acecoder synth run``, with the files that the loop adds."""

    root: Path

    @property
    def seeds(self) -> Path:
        """Seeds: the questions with their right programs."""
        return self.root / "seeds.jsonl"

    @property
    def prompt(self) -> Path:
        """Prompt that holds the question alone."""
        return self.root / "question.md"

    @property
    def held_out_prompt(self) -> Path:
        """Prompt for tests of a held-out question."""
        return self.root / "tests.md"

    @property
    def config(self) -> Path:
        """Configuration that ``acecoder synth run`` reads."""
        return self.root / "synth.yaml"

    @property
    def rows(self) -> Path:
        """Every row in full, as ``acecoder synth export`` writes them."""
        return self.root / "rows.jsonl.gz"

    @property
    def truth(self) -> Path:
        """Verdicts of the imagined tests on the questions' right programs."""
        return self.root / "truth.jsonl"

    @property
    def statistics(self) -> Path:
        """Counts of the data set's card."""
        return self.root / "dataset" / "statistics.json"

    @property
    def pairs(self) -> Path:
        """Preference pairs."""
        return self.root / "dataset" / "pairs_full.jsonl.gz"


def write_synth_config(
    context: StepContext, folder: SynthFolder, questions: Iterable[LoopQuestion], *, with_samples: bool
) -> None:
    """Write seeds, prompt and configuration to ``folder``.

    ``with_samples``: whether programs of the policy are sampled for a data set; without, the run ends with the filter.
    """
    folder.root.mkdir(parents=True, exist_ok=True)
    questions = list(questions)
    with folder.seeds.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(_seed(question)) + "\n" for question in questions)
    folder.prompt.write_text(QUESTION_PROMPT, encoding="utf-8")
    folder.held_out_prompt.write_text(HELD_OUT_PROMPT, encoding="utf-8")
    models = _models(context)
    values = {
        "name": context.config.name,
        "seeds": {
            "source": str(folder.seeds),
            "min_lines": 1,
            "near_duplicates": None,
            "allow_outside": True,
        },
        "models": models,
        "roles": {name: name for name in models},
        "executor": {"url": context.address(ServiceName.EXECUTOR), "key_variable": EXECUTOR_VARIABLE},
        "stages": _stages(context.config, folder, with_samples=with_samples),
        "curation": {
            "reject_rate_zero": context.config.reward_model.reject_rate_zero,
            "canary_share": min(1.0, max(CANARY_SHARE, CANARIES / max(len(questions), 1))),
        },
    }
    folder.config.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")


def _seed(question: LoopQuestion) -> dict[str, str]:
    return {
        "id": question.id,
        "instruction": question.text,
        "program": question.program,
        "source": question.family or "questions",
    }


def _models(context: StepContext) -> dict[str, dict[str, object]]:
    services = {
        "writer": ServiceName.WRITER,
        "solver": ServiceName.SOLVER,
        "sampler": ServiceName.POLICY,
    }
    return {
        role: _model(context, role, service)
        for role, service in services.items()
        if service in context.addresses
    }


def _model(context: StepContext, role: str, service: ServiceName) -> dict[str, object]:
    """Return the options of the model with a role, as ``acecoder synth run`` reads them."""
    world, endpoint = context.config.world, {"url": context.address(service)}
    if not isinstance(world, RealModels):
        name = "policy" if role == "sampler" else role
        return {"model": name, "endpoints": [endpoint], "completions_per_request": 16}
    names = {
        "writer": (world.writer_model, world.writer_key_variable),
        "solver": (world.solver_model, world.solver_key_variable),
        "sampler": (served_policy(world), world.policy_key_variable),
    }
    name, variable = names[role]
    # A server of the user's own has room from the start: doubling from a few takes long where a reply takes minutes.
    most = world.completions_at_once
    limits = {"max_at_once": most, "start_at_once": most, "key_variable": variable}
    return {
        "model": name,
        "endpoints": [{**endpoint, **limits}],
        "extra_body": world.extra_body,
        "completions_per_request": min(world.completions_per_request, most),
    }


def served_policy(world: RealModels) -> str:
    """Return the name of the base policy on its server; the loop's own server names it by its folder."""
    if world.policy_url:
        return world.policy_model or world.policy
    return Path(world.policy).name


def _stages(config: LoopConfig, folder: SynthFolder, *, with_samples: bool) -> dict[str, object]:
    options = config.synthesise
    sampling: dict[str, object] = {"temperature": options.temperature, "max_tokens": config.longest_answer}
    if not isinstance(config.world, RealModels):
        sampling["prompt"] = str(folder.prompt)
    stages: dict[str, object] = {
        "rewrite": {"tests": options.tests, "sampling": {"max_tokens": REWRITE_TOKENS, "seed": config.seed}},
        "label": None,
        "decontaminate": None,
        "generators": None,
        "validate": {},
        "filter": {"programs": options.solver_programs, "min_tests": options.min_tests, **sampling},
        "strengthen": None,
        "sample": {"count": options.samples, **sampling},
    }
    stages = _merged(stages, options.stages)
    if not with_samples:
        stages["sample"] = None
        if isinstance(config.world, RealModels):
            rewrite = {"mode": "together", "prompt": str(folder.held_out_prompt)}
            stages |= {
                "rewrite": {**_mapping(stages["rewrite"]), **rewrite},
                "label": None,
                "strengthen": None,
            }
        # Every question counts: one with few kept tests is measured like the others.
        stages["validate"] = {**_mapping(stages["validate"]), "tests_at_least": 1}
        stages["filter"] = {**_mapping(stages["filter"]), "min_tests": 1}
    return stages


def _merged(stages: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """Return stages with the options that the user gives: a mapping is joined, anything else replaces."""
    merged = dict(stages)
    for name, value in given.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
        merged[name] = {**_mapping(merged[name]), **_mapping(value)} if both else value
    return merged


def _mapping(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, Mapping) else {}
