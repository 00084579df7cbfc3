"""Settings from environment variables: a wrong one is a sentence that names it."""

import pytest

from services.common.settings import read, unknown_variables
from services.executor.settings import ExecutorSettings
from services.synth.settings import SynthSettings


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "EXECUTOR_ENVIRONMENTS",
            '{"base": }',
            r"^EXECUTOR_ENVIRONMENTS is not valid JSON \(Expecting value: .*\);",
        ),
        (
            "EXECUTOR_MAX_QUEUED_CANDIDATES",
            "lots",
            "^EXECUTOR_MAX_QUEUED_CANDIDATES should be a valid integer",
        ),
        (
            "EXECUTOR_ENVIRONMENTS",
            '{"base": {"path": []}}',
            "^EXECUTOR_ENVIRONMENTS__BASE__PATH Extra inputs",
        ),
    ],
)
def test_a_wrong_variable_is_named_in_one_line(monkeypatch, name, value, message):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=message) as raised:
        read(ExecutorSettings)
    assert "\n" not in str(raised.value)


def test_a_variable_that_is_no_setting_is_reported():
    names = [
        "EXECUTOR_CPU",
        "EXECUTOR_TOKNE",
        "EXECUTOR_CAPS__CPU_S",
        "EXECUTOR_SERVICE_HOST",
        "EXECUTOR_PORT_80_TCP",
        "X",
    ]
    assert unknown_variables(ExecutorSettings, names) == [
        "EXECUTOR_CPU is not a setting and is ignored",
        "EXECUTOR_TOKNE is not a setting and is ignored; did you mean EXECUTOR_TOKEN?",
    ]


def test_of_a_prefix_that_others_may_have_only_a_misspelt_variable_is_reported():
    names = ["EXECUTOR_TOKNE", "EXECUTOR_ELSEWHERE"]
    assert unknown_variables(ExecutorSettings, names, only_similar=True) == [
        "EXECUTOR_TOKNE is not a setting and is ignored; did you mean EXECUTOR_TOKEN?"
    ]


def test_an_option_takes_precedence_over_its_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("SYNTH_CONFIG", "elsewhere")
    assert read(SynthSettings, config=tmp_path).config == tmp_path
    monkeypatch.delenv("SYNTH_CONFIG")
    with pytest.raises(ValueError, match=r"^SYNTH_CONFIG Field required$"):
        read(SynthSettings)


def test_a_wrong_setting_brings_no_other_into_the_message(monkeypatch):
    """The default of the environments depends on the backend, so pydantic reports it too."""
    monkeypatch.setenv("EXECUTOR_BACKEND", "podman")
    with pytest.raises(ValueError, match=r"^EXECUTOR_BACKEND should be 'nsjail', [^;]*$"):
        read(ExecutorSettings)


def test_an_address_of_redis_with_another_scheme_names_the_variable(monkeypatch):
    monkeypatch.setenv("EXECUTOR_REDIS_URL", "http://localhost")
    with pytest.raises(
        ValueError, match=r"^EXECUTOR_REDIS_URL should begin with redis://, rediss:// or unix://"
    ):
        read(ExecutorSettings)
