"""The engine when memory runs out, scores are not finite, a device fails, or callers are gone."""

import pytest
import torch

from services.rm.engine.engine import GROW_AFTER_STEPS, Engine
from services.rm.engine.self_test import choose_attention
from services.rm.engine.warm_up import measure_tokens_per_s
from tests.support.tiny_models import scorer

SEQUENCES = [(1, 2, 3, n, n) for n in range(4, 20)]


def run(engine, sequences=SEQUENCES, is_awaited=lambda _: True):
    results = {}
    engine.run(sequences, results.update, is_awaited)
    return results


@pytest.fixture
def model():
    made = scorer()
    choose_attention(made)
    return made


def limit(monkeypatch, model, tokens, error=torch.cuda.OutOfMemoryError("CUDA out of memory")):
    """Make forward passes above ``tokens`` tokens raise; return the list of all passes' lengths."""
    lengths = []
    backbone = model.backbone
    forward = backbone.forward

    def small(input_ids, **more):
        lengths.append(input_ids.shape[1])
        if input_ids.shape[1] > tokens:
            raise error
        return forward(input_ids=input_ids, **more)

    monkeypatch.setattr(backbone, "forward", small)
    return lengths


@pytest.mark.parametrize(
    "error",
    [
        torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        MemoryError(),
    ],
)
def test_out_of_memory_halves_the_budget_and_every_score_is_correct(monkeypatch, model, error):
    expected = run(Engine(model, 4096))
    limit(monkeypatch, model, 12, error)
    engine = Engine(model, 4096)
    results = run(engine)
    assert engine.budget <= 17
    assert results.keys() == expected.keys()
    for at, score in results.items():
        assert score.value == pytest.approx(expected[at].value, abs=1e-5)


def test_a_sequence_that_does_not_fit_alone_does_not_affect_the_others(monkeypatch, model):
    limit(monkeypatch, model, 12)
    results = run(Engine(model, 4096), [*SEQUENCES, tuple(range(40))])
    assert results[16].value is None
    assert "40 tokens do not fit into the memory" in results[16].error
    assert all(results[at].value is not None for at in range(16))


def test_an_error_is_retryable_if_as_many_tokens_fitted_before(monkeypatch, model):
    """Another process may hold the memory for a while."""
    engine = Engine(model, 4096)
    assert run(engine)[0].value is not None
    limit(monkeypatch, model, 3)
    results = run(engine, [(9,) * 5, (9,) * 500])
    assert [results[at].value for at in (0, 1)] == [None, None]
    assert [results[at].retryable for at in (0, 1)] == [True, False]


def test_the_budget_grows_again_after_many_successful_steps(monkeypatch, model):
    engine = Engine(model, 64)
    with monkeypatch.context() as short:
        limit(short, model, 12)
        run(engine)
    assert engine.budget <= 17
    for n in range(4 * GROW_AFTER_STEPS):
        run(engine, [(n % 250, 1)])
    assert engine.budget == 64


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_lost_device_is_not_ready_and_a_poisonous_item_changes_nothing(monkeypatch, model, is_lost):
    engine = Engine(model, 4096)
    limit(monkeypatch, model, 12, RuntimeError("CUDA error: device-side assert triggered"))
    if is_lost:

        def lost(*_, **__):
            raise RuntimeError("CUDA error: device-side assert triggered")

        monkeypatch.setattr("services.rm.engine.engine.torch.ones", lost)
    with pytest.raises(RuntimeError, match="assert"):
        run(engine)
    assert ("restarted" in engine.device_error) == is_lost
    monkeypatch.undo()
    run(engine)
    assert engine.device_error == ""


def test_other_failures_are_not_treated_as_out_of_memory(monkeypatch, model):
    limit(monkeypatch, model, 12, RuntimeError("device-side assert"))
    with pytest.raises(RuntimeError, match="device-side assert"):
        run(Engine(model, 4096))


def test_a_score_that_is_not_finite_is_an_error(model):
    with torch.no_grad():
        model.head.layers[0].bias.fill_(torch.inf)
    results = run(Engine(model, 4096), SEQUENCES[:1])
    assert results[0].value is None
    assert "inf" in results[0].error


def test_a_sequence_that_no_caller_waits_for_is_left_out(monkeypatch, model):
    lengths = limit(monkeypatch, model, 4096)
    results = run(Engine(model, 7), is_awaited=lambda index: index == 3)
    assert list(results) == [3]
    assert sum(lengths) == 5


def test_without_sharing_every_token_is_counted(model):
    model.use("")
    results = run(Engine(model, 4096))
    assert sum(score.computed for score in results.values()) == 16 * 5


def test_the_prompt_is_counted_once(model):
    results = run(Engine(model, 4096))
    assert sum(score.computed for score in results.values()) == pytest.approx(3 + 16 * 2)


def test_the_warm_up_computes_a_full_step_in_groups(monkeypatch, model):
    lengths = limit(monkeypatch, model, 4096)
    assert measure_tokens_per_s(model, 90) > 0
    assert lengths == [90, 90]
