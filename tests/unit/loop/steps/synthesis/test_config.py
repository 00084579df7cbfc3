import json
from pathlib import Path
from typing import Any

import yaml

from loop.config import LoopConfig
from loop.folder import RunFolder
from loop.steps.context import ServiceName, StepContext
from loop.steps.synthesis.config import SynthFolder, write_synth_config
from services.synth.config import read_run_config
from services.synth.prompts import load_prompt
from tests.support.scripted_models import questions

S = ServiceName
URLS = {name: f"http://127.0.0.1:{port}" for port, name in enumerate(S, 9000)}
REAL = {
    "questions": "q.jsonl",
    "policy": "p",
    "writer_url": "http://w/v1",
    "writer_model": "big",
    "solver_url": "http://s/v1",
    "solver_model": "middle",
}


def written(tmp_path: Path, *, with_samples: bool = True, **config: object) -> tuple[SynthFolder, Any]:
    addresses = {name: url for name, url in URLS.items() if with_samples or name is not S.POLICY}
    context = StepContext(RunFolder(tmp_path), LoopConfig.model_validate(config), addresses={**addresses})
    folder = SynthFolder(tmp_path / "synth")
    write_synth_config(context, folder, questions(), with_samples=with_samples)
    return folder, yaml.safe_load(folder.config.read_text())


def test_synthesis_accepts_the_configuration(tmp_path: Path) -> None:
    folder, _ = written(tmp_path)
    config = read_run_config(folder.config)
    assert config.stage_names() == ["rewrite", "validate", "filter", "sample"]
    assert [config.models_of(role) for role in ("writer", "solver", "sampler")] == [
        ["writer"],
        ["solver"],
        ["sampler"],
    ]


def test_a_small_policy_is_asked_the_question_alone(tmp_path: Path) -> None:
    folder, values = written(tmp_path)
    assert values["stages"]["sample"]["prompt"] == values["stages"]["filter"]["prompt"] == str(folder.prompt)
    messages = load_prompt(str(folder.prompt)).messages(
        question="Add two.\nTwice.", entry_point="f", signature="", tests=""
    )
    assert messages == [{"role": "user", "content": "Add two.\nTwice."}]


def test_real_models_have_the_bundled_prompts_and_their_names(tmp_path: Path) -> None:
    _, values = written(tmp_path, world=REAL)
    assert "prompt" not in values["stages"]["sample"]
    assert [values["models"][role]["model"] for role in ("writer", "solver", "sampler")] == [
        "big",
        "middle",
        "p",
    ]


def test_held_out_questions_get_tests_and_no_samples_and_none_is_dropped_for_few_tests(
    tmp_path: Path,
) -> None:
    folder, values = written(tmp_path, with_samples=False)
    assert read_run_config(folder.config).stage_names() == ["rewrite", "validate", "filter"]
    assert values["stages"]["filter"]["min_tests"] == 1


def test_the_users_options_of_a_stage_join_those_of_the_loop(tmp_path: Path) -> None:
    stages = {"filter": {"keep_from": 0.9}, "strengthen": {"inputs": 3}, "label": {}}
    _, values = written(tmp_path, synthesise={"stages": stages, "solver_programs": 4})
    assert values["stages"]["filter"]["keep_from"] == 0.9
    assert values["stages"]["filter"]["programs"] == 4
    assert values["stages"]["strengthen"] == {"inputs": 3}


def test_seeds_have_the_right_program_and_no_true_test(tmp_path: Path) -> None:
    folder, _ = written(tmp_path)
    rows = [json.loads(line) for line in folder.seeds.read_text().splitlines()]
    assert [row["id"] for row in rows] == [question.id for question in questions()]
    for row, question in zip(rows, questions(), strict=True):
        assert row["program"] == question.program
        assert not any(test in json.dumps(row) for test in question.tests)


def test_a_model_gets_a_held_out_question_to_keep_and_not_its_solution(tmp_path: Path) -> None:
    stages = {"rewrite": {"mode": "separate", "attempts": 3}, "label": {}, "strengthen": {}}
    folder, values = written(tmp_path, with_samples=False, world=REAL, synthesise={"stages": stages})
    assert read_run_config(folder.config).stage_names() == ["rewrite", "validate", "filter"]
    rewrite = values["stages"]["rewrite"]
    assert (rewrite["mode"], rewrite["attempts"]) == ("together", 3)
    (system, user) = load_prompt(rewrite["prompt"]).messages(
        program="SOLUTION", instruction="Add {two}.", tests="12"
    )
    assert "Add {two}." in user["content"]
    assert "list of 12 strings" in user["content"]
    assert "SOLUTION" not in system["content"] + user["content"]


def test_servers_of_the_users_own_are_filled_from_the_start_with_their_keys_and_fields(
    tmp_path: Path,
) -> None:
    more = {"completions_at_once": 4, "extra_body": {"top_k": 0}, "writer_key_variable": "KEY"}
    folder, values = written(tmp_path, world={**REAL, **more, "policy_url": "http://p/v1"})
    (endpoint,) = values["models"]["writer"]["endpoints"]
    assert endpoint == {
        "url": URLS[S.WRITER], "max_at_once": 4, "start_at_once": 4, "key_variable": "KEY",
    }  # fmt: skip
    assert values["models"]["sampler"]["completions_per_request"] == 4, "not more than have room"
    assert values["models"]["sampler"]["extra_body"] == {"top_k": 0}
    read_run_config(folder.config)


def test_a_policy_that_the_loop_serves_has_the_name_of_its_folder(tmp_path: Path) -> None:
    _, values = written(tmp_path, world={**REAL, "policy": "some/where/tiny"})
    assert values["models"]["sampler"]["model"] == "tiny"


def test_a_few_questions_all_get_a_canary(tmp_path: Path) -> None:
    _, values = written(tmp_path)
    assert values["curation"]["canary_share"] == 1.0
