"""An upgrade from the previous runner version while clients send: two versions share a Redis for a while."""

import time

from services.executor.sandbox import RUNNER_VERSION
from tests.chaos.judging import expected_rate, programs
from tests.conftest import wait_until
from tests.hosts.load import BATCH, DEADLINE_S, SUITE, Load
from tests.hosts.previous_version import PREVIOUS

OLD = "tests.hosts.previous_version"


class VersionedLoad(Load):
    """Keeps with each result the version that its response names."""

    def _judge(self, client, texts):
        began_at = time.monotonic()
        with self._lock:
            self.sent += len(texts)
        response = client.execute(texts, SUITE, deadline_s=DEADLINE_S)
        with self._lock:
            self.results += [(time.monotonic(), (response.runner_version, r)) for r in response.results]
        self.longest_s = max(self.longest_s, time.monotonic() - began_at)

    def check(self):
        """Every candidate has one verdict, of the version that the response names; returns a line on what there was."""
        assert self.errors == []
        assert len(self.results) == self.sent
        for _, (version, result) in self.results:
            assert result.reason is None, result
            assert result.pass_rate == rate_in(version, result.index), (version, result)
        return self.summary()

    def versions(self):
        return {version for _, (version, _) in self.results}


def rate_in(version, index):
    """The pass rate of the candidate at ``index``, by the rules of a version."""
    right = expected_rate(index)
    return right if version == RUNNER_VERSION else 1 - right


def downgrade(stage):
    """Start the API process of one host and the workers of another in the previous version."""
    stage.stop_workers(stage.on_host("left"))
    for _ in range(2):
        stage.start_worker("left", OLD, words=("worker",))
    stage.replace_api("api1", OLD, "api")
    stage.await_ready()


def test_versions_that_share_a_redis_share_no_verdict(stage, report):
    """Then the older one is replaced: API process first, workers last."""
    downgrade(stage)
    texts = programs(BATCH)
    for name, version in (("api1", PREVIOUS), ("api2", RUNNER_VERSION)) * 2:  # the second time from the cache
        with stage.client(stage.url_of(name)) as client:
            response = client.execute(texts, SUITE)
        assert response.runner_version == version
        rates = [result.pass_rate for result in response.results]
        assert rates == [rate_in(version, index) for index in range(BATCH)]

    with VersionedLoad(stage) as load:
        wait_until(lambda: len(load.versions()) == 2, timeout_s=DEADLINE_S)
        old = stage.on_host("left")
        for _ in range(2):
            stage.start_worker("left")
        stage.replace_api("api1")
        load.wait_for(2 * BATCH)
        stage.stop_workers(old)
        load.wait_for(2 * BATCH)
    report(load.check())
    assert load.versions() == {PREVIOUS, RUNNER_VERSION}
