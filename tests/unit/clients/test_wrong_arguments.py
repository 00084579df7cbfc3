"""Wrong arguments are refused before anything is sent; the error names the argument, its type and the remedy."""

import pytest

from clients import (
    Candidate,
    ClientConfig,
    Limits,
    Problem,
    Suite,
    best_of_n,
    best_of_n_async,
    best_of_n_each,
)
from clients.adapters import trl

ASSERTS = ["assert f() == 1"]
SUITE = Suite(id="s", asserts=ASSERTS)


@pytest.mark.parametrize(
    ("candidates", "tests", "words"),
    [
        (["x"], {"asserts": ASSERTS}, "tests is of type dict; give a Suite"),
        (["x"], None, "tests is None; give a Suite"),
        (["x"], [{"id": "s", "asserts": ASSERTS}], r"tests\[0\] is of type dict"),
        (["x"], ["assert f()", None], r"tests\[1\] is None; an assert is text"),
        (["x"], [SUITE, {"id": "t"}], r"tests\[1\] is of type dict; give Suite objects"),
        (["x", None], ASSERTS, r"candidates\[1\] is None; give a program as text"),
        ([{"suite": "s", "program": "x"}], SUITE, r"candidates\[0\] is of type dict.*Candidate\("),
        ([b"x"], ASSERTS, r"candidates\[0\] is of type bytes"),
        ({"a": "x"}, ASSERTS, "candidates is of type dict; give a list of programs"),
        (Candidate(suite="s", program="x"), SUITE, "candidates is of type Candidate"),
        (None, ASSERTS, "candidates is None"),
    ],
)
def test_a_wrong_type_is_named_by_its_place(executor, service, candidates, tests, words):
    with pytest.raises(TypeError, match=words):
        executor.execute(candidates, tests)
    assert not service.requests


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"limits": {"cpu_s": -1}}, "limits.cpu_s: should be greater than 0; or should be 'auto'; got -1"),
        ({"limits": {"cpu_s": True}}, "limits.cpu_s: should be a number, not true"),
        ({"limits": {"cpus": 1}}, "limits.cpus: unknown field"),
        ({"limits": {"memory_bytes": 1}}, "limits.memory_bytes: .* 16777216; got 1"),
        ({"state": "new"}, "state: should be 'shared' or 'fresh'; got 'new'"),
        ({"reward": "best"}, "reward.kind: should be .*; got 'best'"),
        ({"deadline": 3}, "deadline: unknown field"),
    ],
)
def test_a_wrong_option_is_one_sentence_with_field_value_and_fix(executor, service, options, words):
    with pytest.raises(ValueError, match=words) as raised:
        executor.execute(["x"], ASSERTS, **options)
    assert "\n" not in str(raised.value)
    assert "pydantic" not in str(raised.value)
    assert not service.requests


def test_empty_tests_say_so(executor):
    with pytest.raises(ValueError, match="tests: the list is empty"):
        executor.execute(["x"], [])
    with pytest.raises(ValueError, match="tests: the list is empty"):
        best_of_n("p", ["x"], tests=[], executor=executor)


def test_asserts_may_come_from_a_generator(executor, service):
    executor.execute((each for each in ["x"]), (each for each in ASSERTS))
    assert service.requests[0].body["suites"][0]["asserts"] == ASSERTS


def test_weights_that_overflow_are_refused():
    with pytest.raises(ValueError, match="add up to more than a number holds"):
        Suite(id="s", asserts=["a", "b"], weights=[1e308, 1e308])
    with pytest.raises(ValueError, match="not true"):
        Suite(id="s", asserts=["a"], weights=[True])


@pytest.mark.parametrize("candidate", [None, {"program": "x"}, Candidate(suite="s", program="x")])
def test_best_of_n_takes_texts(executor, candidate):
    with pytest.raises(TypeError, match=r"candidates\[0\] is"):
        best_of_n("p", [candidate], tests=ASSERTS, executor=executor)


def test_best_of_n_takes_a_list_of_texts(executor):
    with pytest.raises(TypeError, match="candidates is of type str; give a list"):
        best_of_n("p", "def f(): pass", tests=ASSERTS, executor=executor)
    with pytest.raises(TypeError, match="tests is of type str; give a Suite"):
        best_of_n("p", ["def f(): pass"], tests=ASSERTS[0], executor=executor)


@pytest.mark.anyio
async def test_best_of_n_async_leaves_no_generator_behind(new_executor):
    async with new_executor() as executor:
        best = await best_of_n_async("p", ["def f(): return 1"], tests=ASSERTS, executor=executor)
        assert best.winner == 0


@pytest.mark.parametrize("token", ["secret\n", "two words", "schlüssel", "\x07"])
def test_a_token_that_no_header_carries_is_refused_and_not_quoted(token):
    with pytest.raises(ValueError, match="check ACECODER_TOKEN") as raised:
        ClientConfig(token=token)
    assert token.strip() not in str(raised.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/"])
def test_an_address_with_the_version_in_it_is_refused(url):
    with pytest.raises(ValueError, match="leave the /v1 out"):
        ClientConfig(url=url)


def test_limits_name_their_fields_as_one_would_write_them():
    with pytest.raises(ValueError, match="greater than 0") as raised:
        Limits(cpu_s=-1)
    assert "functools" not in str(raised.value)
    assert Limits.model_json_schema()["properties"]["cpu_s"]["anyOf"][0]["exclusiveMinimum"] == 0
    for field in Limits.model_fields:
        with pytest.raises(ValueError, match="should be a number, not true"):
            Limits(**{field: True})


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (Problem("p", ["x", None], ASSERTS), r"^problem 600: candidates\[1\] is NoneType"),
        (Problem("p", "x", ASSERTS), r"^problem 600: candidates is of type str; give a list"),
        (Problem("p", ["x"], [None]), r"^problem 600: tests\[0\] is None; an assert is text"),
        (Problem("p", ["x"], []), r"^problem 600: tests: the list is empty"),
        (Problem("p", ["x"]), r"^problem 600: by='pass_rate' needs 'tests'"),
    ],
)
def test_a_wrong_problem_of_many_is_named_by_its_number(executor, problem, words):
    """Problems are sent in batches; the number is that among all."""
    problems = [Problem("p", ["x"], ASSERTS)] * 600 + [problem]
    with pytest.raises((TypeError, ValueError), match=words):
        list(best_of_n_each(problems, executor=executor))


@pytest.mark.parametrize("problem", [("p", ["x"], ASSERTS), {"prompt": "p"}, None])
def test_best_of_n_each_takes_problems(executor, problem):
    with pytest.raises(TypeError, match=r"^problem 1 is of type \w+; give Problem\("):
        list(best_of_n_each([Problem("p", ["x"], ASSERTS), problem], executor=executor))
    with pytest.raises(TypeError, match="problems is of type Problem; give a list"):
        list(best_of_n_each(Problem("p", ["x"], ASSERTS), executor=executor))


@pytest.mark.anyio
async def test_best_of_n_takes_the_executor_of_its_kind(executor, new_executor):
    async with new_executor() as awaited:
        with pytest.raises(TypeError, match="executor is an AsyncExecutor; give an Executor"):
            best_of_n("p", ["x"], tests=ASSERTS, executor=awaited)
    with pytest.raises(TypeError, match="executor is an Executor; give an AsyncExecutor"):
        await best_of_n_async("p", ["x"], tests=ASSERTS, executor=executor)


def test_scores_are_numbers():
    with pytest.raises(TypeError, match=r"scores\[1\] is of type str; give a number, or None"):
        best_of_n("p", ["x", "y"], by="rm", scores=[1, "2"])


def test_a_setting_of_the_client_names_its_variable(monkeypatch):
    monkeypatch.setenv("ACECODER_MAX_CANDIDATES", "0")
    with pytest.raises(
        ValueError, match=r"max_candidates \(ACECODER_MAX_CANDIDATES\) must be above 0, not 0"
    ):
        ClientConfig.from_env()


def test_the_path_of_a_monitor_is_not_a_monitor():
    with pytest.raises(TypeError, match=r"monitor is of type str; give RewardMonitor\(path\)"):
        trl.monitored("rewards.jsonl")
