"""The function that queue items name, called by an RQ worker that is not ours."""

import pytest
from rq.utils import import_attribute

from services.executor.broker.enqueuer import JUDGE


def test_a_foreign_rq_worker_fails_with_what_to_do():
    with pytest.raises(RuntimeError, match="start a worker with 'acecoder worker'"):
        import_attribute(JUDGE)({})
