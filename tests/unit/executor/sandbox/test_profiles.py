"""The isolation profiles: which is above which, which may start, and the table of the docs."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from redis import Redis

from clients.contract import IsolationProfile
from services.executor.broker import redis_keys
from services.executor.broker.broker import Broker
from services.executor.sandbox import SandboxUnavailable, profiles
from services.executor.sandbox.backends.container_signs import container_of
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from services.executor.settings import ExecutorSettings

PAGE = Path(__file__).parents[4] / "docs" / "privileges.md"


def table() -> str:
    """Return the tables of ``docs/privileges.md``, made of the cards."""
    rows = ["| profile | isolation | needs | tried |", "|---|---|---|---|"]
    rows += [
        f"| {card.profile.value} | {card.title} | {card.needs} | {card.tested} |" for card in profiles.CARDS
    ]
    rows += ["", "| profile | covered | not covered |", "|---|---|---|"]
    rows += [
        f"| {card.profile.value} | {' '.join(card.covered)} | {' '.join(card.not_covered)} |"
        for card in profiles.CARDS
    ]
    return "\n".join(rows) + "\n"


def test_every_profile_has_a_card_in_the_order_of_the_contract():
    assert [card.profile for card in profiles.CARDS] == list(IsolationProfile)


def test_the_page_has_the_tables_of_the_cards():
    assert table() in PAGE.read_text(), (
        "write the tables that `python -m tests.unit.executor.sandbox.test_profiles` prints"
    )


def test_c_is_above_b():
    assert profiles.is_weaker(IsolationProfile.B, IsolationProfile.C)
    assert not profiles.is_weaker(IsolationProfile.B, IsolationProfile.B)
    assert (
        profiles.weakest([IsolationProfile.A, IsolationProfile.B, IsolationProfile.C]) is IsolationProfile.B
    )
    assert profiles.weakest([]) is None
    better = profiles.next_better(IsolationProfile.B)
    assert better is not None
    assert better.profile is IsolationProfile.C
    assert profiles.next_better(IsolationProfile.A) is None


class StartedSandbox:
    """In place of a started sandbox: most profiles cannot be had on one machine."""

    profile_reason = "user namespaces are off"

    def __init__(self, profile: IsolationProfile) -> None:
        self.profile = profile


@pytest.mark.parametrize(
    ("reached", "minimum", "backend", "is_allowed"),
    [
        ("A", None, "nsjail", True),
        ("B", None, "nsjail", True),
        ("C", None, "nsjail", True),
        ("B", None, "docker", True),
        ("E", None, "nsjail", False),
        ("none", None, "unsafe_process", True),
        ("none", "B", "unsafe_process", False),
        ("none", "none", "unsafe_process", True),
        ("B", "C", "nsjail", False),
        ("B", "A", "nsjail", False),
        ("C", "B", "nsjail", True),
        ("D", None, "landlock", False),
        ("D", "B", "landlock", False),
        ("D", "D", "landlock", True),
        ("E", "D", "unsafe_process", False),
        ("B", "D", "nsjail", True),
    ],
)
def test_a_profile_below_the_lowest_that_is_allowed_is_refused(reached, minimum, backend, is_allowed):
    sandbox = StartedSandbox(IsolationProfile(reached))
    lowest = IsolationProfile(minimum) if minimum else None
    if is_allowed:
        profiles.check_allowed(sandbox, lowest, BackendName(backend))
        return
    with pytest.raises(SandboxUnavailable) as caught:
        profiles.check_allowed(sandbox, lowest, BackendName(backend))
    message = str(caught.value)
    card = profiles.card_of(IsolationProfile(reached))
    assert "user namespaces are off" in message
    assert all(sentence in message for sentence in card.not_covered)
    assert f"set EXECUTOR_MIN_PROFILE={reached}" in message


def test_the_setting_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("EXECUTOR_MIN_PROFILE", "C")
    assert ExecutorSettings(_env_file=None).min_profile is IsolationProfile.C


def test_without_isolation_the_outer_sandbox_decides_the_profile(monkeypatch):
    spec = EnvironmentSpec("base")
    monkeypatch.delenv("APPTAINER_CONTAINER", raising=False)
    monkeypatch.delenv("SINGULARITY_CONTAINER", raising=False)
    if container_of() != "gVisor":
        assert open_sandbox(BackendName.UNSAFE_PROCESS, spec).profile is IsolationProfile.NONE
    monkeypatch.setenv("APPTAINER_CONTAINER", "/worker.sif")
    if container_of() == "Apptainer":  # the sign of another container comes first
        assert open_sandbox(BackendName.UNSAFE_PROCESS, spec).profile is IsolationProfile.E


def test_the_api_reads_the_weakest_profile_of_the_workers_of_an_environment(redis_server):
    with Redis.from_url(redis_server.url) as redis:
        redis.sadd(redis_keys.workers("profiled"), "strong", "weak", "gone", "newer")
        for name, profile in (("strong", "A"), ("weak", "B"), ("newer", "Z")):
            redis.set(redis_keys.worker_profile(name), profile)

    async def read() -> list[IsolationProfile | None]:
        broker = Broker(ExecutorSettings(_env_file=None, redis_url=redis_server.url), CollectorRegistry())
        try:
            return [await broker.weakest_profile(name) for name in ("profiled", "without-workers")]
        finally:
            await broker.close()

    assert asyncio.run(read()) == [IsolationProfile.B, None]


if __name__ == "__main__":
    print(table(), end="")
