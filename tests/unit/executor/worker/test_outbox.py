"""The thread that sends records while a chunk is being judged."""

import threading

from redis import Redis
from structlog.testing import capture_logs

from clients.contract import UnscorableReason
from services.executor.broker import redis_keys
from services.executor.results.records import Fault, decode
from services.executor.worker.outbox import Outbox, OutboxFlusher


class BrokenRedis:
    """A connection that fails, with errors of any kind, until it is mended."""

    def __init__(self, redis, *errors):
        self._redis = redis
        self._errors = list(errors)
        self.sent = threading.Event()

    def register_script(self, script):
        if self._errors:
            raise self._errors.pop(0)
        self.sent.set()
        return self._redis.register_script(script)


def test_any_error_of_a_connection_leaves_the_thread_running_and_the_records_there(redis_server):
    """Without it, results of a slow chunk would arrive at its end only, until the worker is started again."""
    fault = Fault(UnscorableReason.SANDBOX_FAILURE, "a test")
    with Redis.from_url(redis_server.url) as redis, capture_logs() as lines:
        broken = BrokenRedis(redis, ValueError("I/O operation on closed file"), OSError("away"))
        outbox = Outbox(broken, "outbox-test", 1, cache_ttl_s=0)
        flusher = OutboxFlusher()
        flusher.start()
        outbox.add(7, "key", fault)
        flusher.add(outbox)
        assert broken.sent.wait(60)
        outbox.flush()  # waits for the lock, so the thread has sent its batch
        flusher.remove(outbox)
        ((_, fields),) = redis.xrange(redis_keys.results("outbox-test"))
        redis.delete(redis_keys.results("outbox-test"))
    assert decode(fields[b"7"]) == fault
    assert [line["event"] for line in lines] == ["results not delivered"] * 2
