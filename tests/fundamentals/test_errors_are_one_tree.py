"""What can go wrong between a client and a service, and what to catch.

A program that fails its tests is not an error: it has a verdict. Errors are about the request or the service.
"""

import pickle

import pytest

from clients import (
    AceCoderError,
    QueueFullError,
    RefusedError,
    TransportError,
    UnavailableError,
    UnknownEnvironmentError,
)
from clients.contract import ProblemDetails
from clients.errors import error_for


def test_a_problem_on_the_wire_is_raised_as_its_class():
    problem = ProblemDetails(
        type="/problems/unknown-environment",
        title="The environment does not exist",
        status=422,
        detail="there are: base",
    )
    with pytest.raises(UnknownEnvironmentError, match="there are: base"):
        raise error_for(problem)


def test_refused_means_fix_the_request_and_unavailable_means_come_back():
    assert issubclass(UnknownEnvironmentError, RefusedError)
    assert issubclass(QueueFullError, UnavailableError)
    full = error_for(
        ProblemDetails(type="/problems/queue-full", title="The queue is full", status=503), retry_after_s=2.0
    )
    assert (full.retryable, full.retry_after_s) == (True, 2.0)


def test_one_class_catches_everything():
    for error_class in (RefusedError, UnavailableError, TransportError):
        assert issubclass(error_class, AceCoderError)


def test_errors_cross_process_boundaries():
    full = error_for(
        ProblemDetails(type="/problems/queue-full", title="The queue is full", status=503), retry_after_s=2.0
    )
    again = pickle.loads(pickle.dumps(full))
    assert isinstance(again, QueueFullError)
    assert again.retry_after_s == 2.0
