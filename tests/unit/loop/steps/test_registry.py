from pathlib import Path

from loop.config import LoopConfig, RealModels
from loop.steps.registry import STEPS, dependents, digests


def test_each_step_comes_after_those_it_depends_on() -> None:
    names = [entry.name for entry in STEPS]
    for at, entry in enumerate(STEPS):
        assert set(entry.after) <= set(names[:at])


def test_each_option_is_a_field_of_the_configuration() -> None:
    digests(LoopConfig())  # raises KeyError for a field that is not there


def test_an_option_changes_the_digests_of_its_step_and_of_those_that_depend_on_it_alone() -> None:
    before = digests(LoopConfig())
    after = digests(LoopConfig.model_validate({"reward_model": {"epochs": 7}}))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {entry.name for entry in dependents("reward_model")}
    assert "synthesise" not in changed


def test_addresses_of_services_change_no_digest() -> None:
    urls = {"services": {"executor": "http://127.0.0.1:1"}}
    assert digests(LoopConfig()) == digests(LoopConfig.model_validate(urls))
    first, second = (real_models(url, model="m") for url in ("http://a/v1", "http://b/v1"))
    assert digests(first) == digests(second)
    assert digests(first) != digests(real_models("http://a/v1", model="other"))


def real_models(url: str, model: str) -> LoopConfig:
    models = {"writer_model": model, "solver_model": model}
    world = {"questions": "q.jsonl", "policy": "p", "policy_url": url, "writer_url": url, "solver_url": url}
    return LoopConfig.model_validate({"world": {**world, **models}})


def test_questions_count_by_the_contents_of_their_file(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    config = real_models("http://a/v1", model="m")
    assert isinstance(config.world, RealModels)
    config = config.model_copy(update={"world": config.world.model_copy(update={"questions": str(path)})})
    path.write_text("a")
    before = digests(config)
    path.write_text("b")
    assert all(before[name] != digest for name, digest in digests(config).items())
    path.write_text("a")
    assert digests(config) == before
