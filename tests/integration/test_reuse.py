"""The same work is done once: from the cache, and while it is in flight."""

from concurrent.futures import ThreadPoolExecutor

from tests.conftest import batch

RIGHT = "def f(x):\n    return x + 1\n"


def judge(http, request):
    answer = http.post("/v1/executions", json=request)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def test_a_second_request_gets_the_results_of_the_first(http):
    request = batch(RIGHT + "# reuse\n")
    (first,), (second,) = judge(http, request), judge(http, request)
    assert (first["cached"], second["cached"]) == (False, True)
    assert first["tests"] == second["tests"]


def test_everything_that_decides_the_outcome_is_part_of_the_key(http):
    program = RIGHT + "# key\n"
    judge(http, batch(program))
    for change in (
        batch(program, asserts=["assert f(1) == 2"]),
        batch(program, limits={"cpu_s": 1.5}),
        batch(program, state="fresh"),
        batch(program, on_timeout="stop"),
        batch(program, environment="scientific"),
        batch(program + "# "),
    ):
        assert not judge(http, change)[0]["cached"], change


def test_names_and_rewards_are_not_part_of_the_key(http):
    judge(http, batch(RIGHT + "# names\n"))
    renamed = batch(RIGHT + "# names\n", reward={"kind": "signed"})
    renamed["suites"][0]["id"] = renamed["candidates"][0]["suite"] = "other"
    (result,) = judge(http, renamed)
    assert (result["cached"], result["suite"], result["reward"]) == (True, "other", 1.0)


def test_the_cache_can_be_left_out(http):
    request = batch(RIGHT + "# off\n", cache=False)
    for _ in range(2):
        assert not judge(http, request)[0]["cached"]
    assert not judge(http, batch(RIGHT + "# off\n"))[0]["cached"]  # and nothing was cached


def test_work_in_flight_is_waited_for_not_repeated(http):
    sleeps = "import time\nwhile True: time.sleep(1)\n# in flight\n"
    request = batch(sleeps, limits={"wall_s": 1, "total_wall_s": 1})
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: judge(http, request)[0], range(4)))
    assert sorted(answer["cached"] for answer in answers) == [False, True, True, True]
    assert {str(answer["tests"]) for answer in answers} == {str(answers[0]["tests"])}


def test_a_request_that_waits_takes_over_from_one_that_gave_up(http):
    sleeps = "import time\nwhile True: time.sleep(1)\n# taken over\n"
    limits = {"wall_s": 3, "total_wall_s": 3}
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(judge, http, batch(sleeps, limits=limits, deadline_s=0.5))
        second = pool.submit(judge, http, batch(sleeps, limits=limits, deadline_s=30))
        ends = {first.result()[0]["status"], second.result()[0]["status"]}
    assert "judged" in ends  # the second one waited for the first, or judged first
