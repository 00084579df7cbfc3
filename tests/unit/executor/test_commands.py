"""The executor's commands print what a person needs to read, as it is."""

from typer.testing import CliRunner

from clients.contract import IsolationProfile
from services.executor.commands import app
from services.executor.local import doctor
from services.executor.local.doctor import Finding
from services.executor.sandbox import profiles
from services.executor.sandbox.selfcheck import Check
from services.executor.settings import ExecutorSettings


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


def test_the_doctor_folds_the_checks_that_passed(monkeypatch):
    """Sixteen lines that say ok hide the one that does not."""
    checks = [Check("loops end", ok=True), Check("no network", ok=True)]
    monkeypatch.setattr(doctor.selfcheck, "run", lambda _: iter(checks))
    monkeypatch.setattr(doctor, "open_sandbox", lambda *_, **__: FakeSandbox())
    settings = ExecutorSettings(_env_file=None, environments={"base": {}})
    passed, *of_profile = doctor._sandbox(settings, "base")
    assert passed == Finding("base: sandbox", True, "all 2 checks passed")
    assert of_profile[0] == Finding("base: profile B", True, profiles.card_of(IsolationProfile.B).title)
    assert of_profile[1].message.splitlines() == list(profiles.card_of(IsolationProfile.B).covered)
    assert of_profile[2].message.splitlines() == list(profiles.card_of(IsolationProfile.B).not_covered)
    assert "for a reason; profile C" in of_profile[3].message
    assert profiles.card_of(IsolationProfile.C).needs in of_profile[3].message
    checks[1] = Check("no network", ok=False, message="expected passed, saw wrong_answer")
    (failed,) = doctor._sandbox(settings, "base")
    assert failed == Finding("base: no network", False, "expected passed, saw wrong_answer")


class FakeSandbox:
    """In place of a jail, which cannot be made to fail one check."""

    profile = IsolationProfile.B
    profile_reason = "for a reason"

    def start(self):
        pass

    def close(self):
        pass
