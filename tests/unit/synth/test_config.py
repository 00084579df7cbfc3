"""Configurations: presets, stages on and off, and errors that name the field."""

import pytest

from services.synth.config import read_run_config
from services.synth.prompts import load_prompt

MODEL = "models: {coder: {model: m, endpoints: [{url: 'http://x/v1'}]}}\n"


def read(tmp_path, text):
    path = tmp_path / "c.yaml"
    path.write_text(MODEL + text)
    return read_run_config(path)


def test_the_defaults_run_every_stage_that_is_on_by_default(tmp_path):
    config = read(tmp_path, "")
    names = [name for name, _ in config.make_stages()]
    assert names[0] == "rewrite"
    assert names[-1] == "sample"
    assert config.models_of("writer") == config.models_of("solver") == ["coder"]


def test_a_stage_is_switched_off_and_on(tmp_path):
    for word in ("null", "false"):
        names = [name for name, _ in read(tmp_path, f"stages: {{sample: {word}}}").make_stages()]
        assert "sample" not in names
    assert read(tmp_path, "stages: {sample: {count: 3}}").stages.sample_options.count == 3
    assert read(tmp_path, "stages: {sample: true}").stages.sample_options.count == 16


def test_the_last_stage_that_runs_programs_names_the_environment(tmp_path):
    config = read(tmp_path, "stages: {sample: {environment: scientific}}")
    assert config.judging_environment() == "scientific"
    off = "stages: {generators: null, validate: null, filter: null, strengthen: null, sample: null}"
    assert read(tmp_path, off).judging_environment() == ""


def test_the_papers_preset_gives_defaults_that_the_file_may_replace(tmp_path):
    config = read(tmp_path, "preset: acecoder-paper\nstages: {sample: {count: 4}}\n")
    assert [name for name, _ in config.make_stages()] == ["rewrite", "filter", "sample"]
    assert config.stages.rewrite_options.mode == "acecoder-paper"
    assert config.stages.filter_options.policy == "proxy"
    assert (config.stages.sample_options.count, config.stages.sample_options.tests_shown) == (4, 2)
    assert not config.curation.reject_rate_zero


def test_the_fingerprint_holds_what_decides_rows_and_nothing_else(tmp_path):
    first = read(tmp_path, "at_once: 3").fingerprint()
    assert read(tmp_path, "at_once: 9\nexecutor: {url: 'http://other'}").fingerprint() == first
    assert read(tmp_path, "stages: {sample: {count: 3}}").fingerprint() != first


def test_the_fingerprint_holds_the_texts_of_prompts_and_seeds_that_are_files(tmp_path):
    prompt, seeds = tmp_path / "mine.md", tmp_path / "seeds.jsonl"
    prompt.write_text("# user\n{{program}}")
    seeds.write_text("{}")
    text = f"stages: {{rewrite: {{prompt: {prompt}}}}}\nseeds: {{source: {seeds}}}"
    first = read(tmp_path, text).fingerprint()
    assert read(tmp_path, text).fingerprint() == first
    seeds.write_text("{} ")
    second = read(tmp_path, text).fingerprint()
    assert [key for key in first if first[key] != second[key]] == ["files"]
    prompt.write_text("# user\nother {{program}}")
    load_prompt.cache_clear()  # a run is a process of its own
    third = read(tmp_path, text).fingerprint()
    assert [key for key in first if second[key] != third[key]] == ["prompts"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stages: {smaple: {}}", r"stages\.smaple: unknown field"),
        ("stages: {sample: {count: 0}}", r"stages\.sample\.count: .*greater than or equal to 1.*got 0"),
        ("roles: {writer: gpt}", r"c\.yaml: roles\.writer: 'gpt' is not under 'models' \(coder\)"),
        ("roles: {poet: coder}", "'poet' is no role"),
        ("preset: mine", "preset"),
        ("seeds: {sauce: x}", r"seeds\[0\]\.sauce: unknown field"),
        ("at_once: [", "not YAML"),
    ],
)
def test_a_wrong_field_is_named(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as error:
        read(tmp_path, text)
    assert "c.yaml" in str(error.value)


def test_a_file_without_models_says_so(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("name: x")
    with pytest.raises(ValueError, match=r"models: required"):
        read_run_config(path)
