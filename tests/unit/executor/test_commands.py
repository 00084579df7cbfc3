"""The executor's commands print what a person needs to read, as it is."""

from typer.testing import CliRunner

from services.executor.commands import app
from services.executor.local import doctor
from services.executor.local.doctor import Finding


def test_the_doctor_prints_the_extra_in_brackets(monkeypatch):
    """The library that prints tables reads brackets as markup."""
    advice = "install 'acecoder-services[local]'"
    monkeypatch.setattr(doctor, "examine", lambda *_, **__: [Finding("redis", False, advice)])
    shown = CliRunner().invoke(app, ["doctor"], env={"COLUMNS": "120"})
    assert shown.exit_code == 1
    assert advice in shown.output


def test_a_wrong_setting_is_one_sentence():
    shown = CliRunner().invoke(app, ["doctor"], env={"EXECUTOR_ENVIRONMENTS": '{"base": }'})
    assert shown.exit_code == 1
    assert "EXECUTOR_ENVIRONMENTS is not valid JSON" in " ".join(shown.output.split())
    assert "Traceback" not in shown.output
