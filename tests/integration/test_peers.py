"""The side-by-side benchmark's requests and verdicts, against servers that run: ours, and its ``/run_code``."""

import asyncio

import pytest

from benchmarks.peer_hacks import SUITE, hacks
from benchmarks.peer_servers import SERVERS, SandboxFusion, ThisProject
from benchmarks.workload import Program

RIGHT = Program(SUITE, "def double(x):\n    return x + x", canonical=True)
WRONG = Program(SUITE, "def double(x):\n    return x", canonical=False)


@pytest.fixture
def url(http):
    return str(http.base_url)


def verdicts(server, programs):
    return asyncio.run(server.judge(programs, 2))


def test_this_project_accepts_the_right_program_and_no_hack(url):
    assert verdicts(ThisProject(url, 2.0), [RIGHT, WRONG, *hacks()]) == [True, False, *[False] * len(hacks())]


def test_a_server_with_the_api_of_sandbox_fusion(url):
    assert verdicts(SandboxFusion(url, 2.0), [WRONG, RIGHT, WRONG]) == [False, True, False]


@pytest.mark.parametrize("name", sorted(SERVERS))
def test_a_server_that_does_not_answer_gives_no_verdict(name):
    assert verdicts(SERVERS[name]("http://127.0.0.1:9", 2.0), [RIGHT, WRONG]) == [None, None]
