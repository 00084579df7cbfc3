"""Within the memory there is: budgets that fall, sequences that do not fit, scores that are no numbers, callers gone."""

import pytest
import torch

from services.rm.engine.engine import GROW_AFTER_STEPS, Engine
from services.rm.engine.self_test import choose_attention
from tests.support.tiny_models import scorer

SEQUENCES = [(1, 2, 3, n, n) for n in range(4, 20)]


def run(engine, sequences=SEQUENCES, wanted=lambda _: True):
    found = {}
    engine.run(sequences, found.update, wanted)
    return found


@pytest.fixture
def model():
    made = scorer()
    choose_attention(made)
    return made


def limit(monkeypatch, model, tokens, error=torch.cuda.OutOfMemoryError("CUDA out of memory")):
    """A device with room for so many tokens."""
    asked = []
    backbone = model.backbone
    forward = backbone.forward

    def small(input_ids, **more):
        asked.append(input_ids.shape[1])
        if input_ids.shape[1] > tokens:
            raise error
        return forward(input_ids=input_ids, **more)

    monkeypatch.setattr(backbone, "forward", small)
    return asked


@pytest.mark.parametrize(
    "error",
    [
        torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        MemoryError(),
    ],
)
def test_out_of_memory_halves_the_budget_and_every_score_is_right(monkeypatch, model, error):
    expected = run(Engine(model, 4096))
    limit(monkeypatch, model, 12, error)
    engine = Engine(model, 4096)
    found = run(engine)
    assert engine.budget <= 17
    assert found.keys() == expected.keys()
    for at, score in found.items():
        assert score.value == pytest.approx(expected[at].value, abs=1e-5)


def test_a_sequence_that_does_not_fit_alone_costs_itself(monkeypatch, model):
    limit(monkeypatch, model, 12)
    found = run(Engine(model, 4096), [*SEQUENCES, tuple(range(40))])
    assert found[16].value is None
    assert "40 tokens do not fit into the memory" in found[16].error
    assert all(found[at].value is not None for at in range(16))


def test_what_did_fit_before_may_be_asked_for_again(monkeypatch, model):
    """Memory that another has for a while: not the sequence's fault."""
    engine = Engine(model, 4096)
    assert run(engine)[0].value is not None
    limit(monkeypatch, model, 3)
    found = run(engine, [(9,) * 5, (9,) * 500])
    assert [found[at].value for at in (0, 1)] == [None, None]
    assert [found[at].retryable for at in (0, 1)] == [True, False]


def test_the_budget_grows_again_after_many_steps_that_went_well(monkeypatch, model):
    engine = Engine(model, 64)
    with monkeypatch.context() as short:
        limit(short, model, 12)
        run(engine)
    assert engine.budget <= 17
    for n in range(4 * GROW_AFTER_STEPS):
        run(engine, [(n % 250, 1)])
    assert engine.budget == 64


@pytest.mark.parametrize("gone", [True, False])
def test_a_lost_device_is_not_ready_and_a_poisonous_item_changes_nothing(monkeypatch, model, gone):
    engine = Engine(model, 4096)
    limit(monkeypatch, model, 12, RuntimeError("CUDA error: device-side assert triggered"))
    if gone:

        def lost(*_, **__):
            raise RuntimeError("CUDA error: device-side assert triggered")

        monkeypatch.setattr("services.rm.engine.engine.torch.ones", lost)
    with pytest.raises(RuntimeError, match="assert"):
        run(engine)
    assert ("restarted" in engine.device_error) == gone
    monkeypatch.undo()
    run(engine)
    assert engine.device_error == ""


def test_other_failures_are_not_taken_for_memory(monkeypatch, model):
    limit(monkeypatch, model, 12, RuntimeError("device-side assert"))
    with pytest.raises(RuntimeError, match="device-side assert"):
        run(Engine(model, 4096))


def test_a_score_that_is_no_number_is_an_error(model):
    with torch.no_grad():
        model.head.layers[0].bias.fill_(torch.inf)
    found = run(Engine(model, 4096), SEQUENCES[:1])
    assert found[0].value is None
    assert "inf" in found[0].error


def test_what_nobody_waits_for_is_left_out(monkeypatch, model):
    asked = limit(monkeypatch, model, 4096)
    found = run(Engine(model, 7), wanted=lambda at: at == 3)
    assert list(found) == [3]
    assert sum(asked) == 5


def test_the_prompt_is_counted_once(model):
    found = run(Engine(model, 4096))
    assert sum(score.computed for score in found.values()) == pytest.approx(3 + 16 * 2)
