"""The ``sandbox-fusion`` SDK: ``SANDBOX_FUSION_ENDPOINT`` is all that a user changes."""

import pytest


@pytest.fixture
def sdk(needs):
    needs("sandbox_fusion")
    import sandbox_fusion

    return sandbox_fusion


def asked(sdk, code, **fields):
    return sdk.RunCodeRequest(code=code, language="python", **fields)


def test_programs_that_print_fail_and_never_end(sdk, service):
    told = sdk.run_code(asked(sdk, "print(int(input()) * 2)", stdin="21"), endpoint=service.url)
    assert told.status == sdk.RunStatus.Success
    assert told.run_result.stdout == "42\n"
    told = sdk.run_code(asked(sdk, "1 / 0"), endpoint=service.url)
    assert (told.status, told.run_result.return_code) == (sdk.RunStatus.Failed, 1)
    assert "ZeroDivisionError" in told.run_result.stderr
    told = sdk.run_code(asked(sdk, "while True: pass", run_timeout=0.5), endpoint=service.url)
    assert told.run_result.status == sdk.CommandRunStatus.TimeLimitExceeded


def test_summaries(sdk, service):
    mapping = sdk.SummaryMapping(Success="ok", Failed="bad", RunTimeout="late")
    codes = {"print(1)": "ok", "raise SystemExit(2)": "bad", "while True: pass": "late"}
    for code, word in codes.items():
        told = sdk.run_code(asked(sdk, code, run_timeout=0.5 if word == "late" else 10), endpoint=service.url)
        assert sdk.summary_run_code_result(told, mapping) == word


def test_many_at_once_on_an_overloaded_server(sdk, weak):
    """Sixteen for a queue of two: they wait, and none is turned away."""
    requests = [[asked(sdk, f"print({number})"), weak.url, 1] for number in range(16)]
    answers = sdk.run_concurrent(sdk.run_code, args=requests)
    assert [told.run_result.stdout for told in answers] == [f"{number}\n" for number in range(16)]


def test_a_worker_killed_at_work(sdk, weak):
    with weak.killed_at_work():
        told = sdk.run_code(
            asked(sdk, "import time\ntime.sleep(1)\nprint('whole')"), endpoint=weak.url, max_attempts=3
        )
    assert told.run_result.stdout == "whole\n"


def test_a_server_that_does_nothing_is_an_exception_and_no_verdict(sdk, weak):
    request = asked(sdk, "print('never')", run_timeout=0.2, compile_timeout=0.2)
    with weak.halted(), pytest.raises(Exception, match="504"):
        sdk.run_code(request, endpoint=weak.url, max_attempts=1)
