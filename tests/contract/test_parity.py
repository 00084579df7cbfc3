"""The synchronous clients are the asynchronous ones: same names, same parameters, same defaults."""

import inspect

import pytest

from clients import (
    AsyncExecutor,
    AsyncJobHandle,
    Executor,
    JobHandle,
    best_of_n,
    best_of_n_async,
    best_of_n_each,
    best_of_n_each_async,
)

RENAMED = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__"}
INNER = {"batches"}  # what the synchronous side is built on


def methods(cls):
    return {
        name: value
        for name, value in inspect.getmembers(cls)
        if callable(value) and (not name.startswith("_") or name in RENAMED)
    }


def _twin(annotation, executor):
    return str(annotation).replace(executor, "Executor").replace("AsyncScorer", "Scorer")


def parameters(function, executor="AsyncExecutor"):
    signature = inspect.signature(function)
    return [
        (parameter.name, parameter.kind, parameter.default, _twin(parameter.annotation, executor))
        for parameter in signature.parameters.values()
    ]


@pytest.mark.parametrize(("sync", "core"), [(Executor, AsyncExecutor), (JobHandle, AsyncJobHandle)])
def test_the_facade_has_every_method_with_the_same_parameters(sync, core):
    for name, method in methods(core).items():
        if name in INNER:
            continue
        twin = getattr(sync, RENAMED.get(name, name))
        assert parameters(twin) == parameters(method), name
    own = {name for name in vars(sync) if not name.startswith("_") and callable(vars(sync)[name])}
    assert own <= {RENAMED.get(name, name) for name in methods(core)}


def test_the_constructors_agree():
    assert parameters(Executor) == parameters(AsyncExecutor)


@pytest.mark.parametrize(
    ("sync", "core"), [(best_of_n, best_of_n_async), (best_of_n_each, best_of_n_each_async)]
)
def test_the_functions_agree(sync, core):
    assert parameters(sync, "clients.executor.Executor") == parameters(core, "clients.executor.AsyncExecutor")
