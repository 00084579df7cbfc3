"""The loss of all pairs of a question has the number and the gradient of plain pairwise training."""

import math
from array import array

import pytest
import torch
from torch.nn.functional import logsigmoid

from services.rm.engine.head import Head
from services.rm.training.choices import Loss, WeightUnit
from services.rm.training.examples import TrainingExample
from services.rm.training.losses import Objective, check_data
from services.rm.training.model import TrainableModel, prepare
from services.rm.training.options import TrainingOptions
from services.rm.training.questions import AnswerPair
from tests.unit.rm.training.conftest import tiny_backbone

RATES = (1.0, 0.75, 0.5, 0.25)
PAIRS = (AnswerPair(0, 2, 0.5), AnswerPair(0, 3, 0.75), AnswerPair(1, 3, 0.5))


def example(seed=0, prompt=40, own=(9, 30, 4, 17), rates=RATES, pairs=PAIRS, question="q"):
    generator = torch.Generator().manual_seed(seed)

    def draw(count):
        return torch.randint(0, 256, (count,), generator=generator).tolist()

    start = draw(prompt)
    return TrainingExample(
        question, tuple(array("i", start + draw(n)) for n in own), tuple(rates), tuple(pairs), 0
    )


def model(family="qwen2", **more):
    backbone = tiny_backbone(family, **more)
    head = Head.fresh(32, torch.Generator().manual_seed(0), bias=False)
    scorer, sharing = prepare(backbone, head, TrainingOptions())
    assert sharing == "spans"
    return TrainableModel(scorer)


def gradients(trained, loss):
    trained.zero_grad()
    loss.backward()
    return torch.cat([each.grad.flatten() for each in trained.parameters() if each.grad is not None])


def pairwise(trained, examples, of_pair):
    """The loss of other trainers: both answers of every pair go through the model alone, with its own attention."""
    trained.scorer.use("")
    losses = []
    for each in examples:
        for pair in each.pairs:
            alone = [
                trained.head(
                    trained.backbone(input_ids=torch.tensor([ids.tolist()]), use_cache=False)
                    .last_hidden_state[:, -1]
                )[0]
                for ids in (each.sequences[pair.chosen], each.sequences[pair.rejected])
            ]  # fmt: skip
            losses.append(of_pair(alone[0], alone[1], pair, each))
    return torch.stack(losses)


OF_PAIR = {
    Loss.PAIRWISE: lambda c, r, pair: -logsigmoid(c - r),
    Loss.MARGIN: lambda c, r, pair: -logsigmoid(c - r - 3 * pair.gap),
    Loss.SCALED: lambda c, r, pair: -pair.gap * logsigmoid(c - r),
    Loss.SOFT: lambda c, r, pair: (
        -(0.5 + pair.gap / 2) * logsigmoid(c - r) - (0.5 - pair.gap / 2) * logsigmoid(r - c)
    ),
}


@pytest.mark.parametrize("weigh", WeightUnit)
@pytest.mark.parametrize("loss", OF_PAIR)
def test_loss_and_gradient_are_those_of_pairwise_training(loss, weigh):
    trained, several = (
        model(),
        [example(0), example(1, own=(5, 6), rates=(1, 0), pairs=[AnswerPair(0, 1, 1.0)])],
    )
    objective = Objective(loss, weigh, margin=3.0, centering=0.01)

    def of_pair(c, r, pair, of):
        return (OF_PAIR[loss](c, r, pair) + 0.01 * (c + r) ** 2) / (
            len(of.pairs) if weigh is WeightUnit.QUESTION else 1
        )

    expected = pairwise(trained, several, of_pair).sum() / (2 if weigh is WeightUnit.QUESTION else 4)
    expected_gradient = gradients(trained, expected)
    trained.scorer.use("spans")
    scores = trained([ids for each in several for ids in each.ids()])
    total = objective.total(scores, objective.compare(several)) / objective.units(several)
    gradient = gradients(trained, total)
    assert total.item() == pytest.approx(expected.item(), rel=1e-5)
    apart = (gradient - expected_gradient).norm() / expected_gradient.norm()
    assert float(apart) < 1e-5


@pytest.mark.parametrize("family", ["llama", "qwen3", "gemma2"])
def test_other_families_too(family):
    """Gemma's layers soften their scores and slide over a window; both are in the gradient."""
    more = {"sliding_window": 16, "attn_implementation": "eager"} if family == "gemma2" else {}
    trained, several = model(family, **more), [example()]
    expected = pairwise(trained, several, lambda c, r, pair, _: -logsigmoid(c - r)).mean()
    expected_gradient = gradients(trained, expected)
    trained.scorer.use("spans")
    objective = Objective()
    total = objective.total(trained(several[0].ids()), objective.compare(several)) / objective.units(several)
    assert total.item() == pytest.approx(expected.item(), rel=1e-5)
    assert float((gradients(trained, total) - expected_gradient).norm() / expected_gradient.norm()) < 1e-5


def test_recomputing_activations_changes_nothing():
    several, objective, results = [example()], Objective(), []
    for checkpointing in (False, True):
        backbone = tiny_backbone()
        head = Head.fresh(32, torch.Generator().manual_seed(0), bias=False)
        trained = TrainableModel(prepare(backbone, head, TrainingOptions(checkpointing=checkpointing))[0])
        assert any(getattr(m, "gradient_checkpointing", False) for m in backbone.modules()) is checkpointing
        total = objective.total(trained(several[0].ids()), objective.compare(several))
        results.append((total.item(), gradients(trained, total)))
    assert results[0][0] == results[1][0]
    assert torch.equal(results[0][1], results[1][1])


def test_listwise_by_hand():
    objective = Objective(Loss.LISTWISE, temperature=0.5)
    scores = torch.tensor([1.0, 0.0, 3.0])
    each = example(own=(1, 1, 1), rates=(1.0, 0.5, 0.0), pairs=[AnswerPair(0, 2, 1.0)])
    weights = [math.exp(2.0), math.exp(1.0), 1.0]
    logs = [s - math.log(math.e + 1 + math.exp(3)) for s in (1.0, 0.0, 3.0)]
    by_hand = -sum(w / sum(weights) * log for w, log in zip(weights, logs, strict=True))
    assert float(objective.total(scores, objective.compare([each]))) == pytest.approx(by_hand)
    assert objective.units([each, each]) == 2


def test_listwise_is_least_where_scores_are_rates_over_temperature():
    objective, each = Objective(Loss.LISTWISE, temperature=0.1), example()
    right = torch.tensor(RATES) / 0.1
    least = objective.total(right, objective.compare([each]))
    for wrong in (right.flip(0), right * 2, torch.zeros(4)):
        assert objective.total(wrong, objective.compare([each])) > least


def test_a_question_with_many_pairs_counts_once():
    few = example(own=(1, 1), rates=(1, 0), pairs=[AnswerPair(0, 1, 1.0)])
    scores = torch.tensor([0.0, 0.0, 1.0, 2.0, 3.0, 4.0])
    totals = {}
    for weigh in WeightUnit:
        objective = Objective(weigh=weigh)
        totals[weigh] = float(objective.total(scores, objective.compare([few, example()]))) / objective.units(
            [few, example()]
        )
    own = [math.log(2), (2 * math.log(1 + math.exp(2)) + math.log(1 + math.exp(3))) / 3]
    assert totals[WeightUnit.QUESTION] == pytest.approx(sum(own) / 2)
    assert totals[WeightUnit.PAIR] == pytest.approx((own[0] + 3 * own[1]) / 4)


def test_centering_alone_moves_what_pairs_leave_open():
    scores = torch.tensor([5.0, 4.0], requires_grad=True)
    each = example(own=(1, 1), rates=(1, 0), pairs=[AnswerPair(0, 1, 1.0)])
    for centering, moves in ((0.0, False), (0.1, True)):
        objective = Objective(centering=centering)
        (gradient,) = torch.autograd.grad(objective.total(scores, objective.compare([each])), scores)
        assert (abs(float(gradient.sum())) > 1e-6) is moves


def test_a_head_with_a_bias_keeps_it_unless_it_is_centred():
    for centering, trains in ((0.0, False), (0.1, True)):
        head = Head.fresh(32, torch.Generator().manual_seed(0))
        prepare(tiny_backbone(), head, TrainingOptions(objective=Objective(centering=centering)))
        assert head.layers[0].bias.requires_grad is trains
        assert head.layers[0].weight.requires_grad


@pytest.mark.parametrize("loss", Loss)
def test_losses_name_the_data_that_they_lack(loss):
    bare = example(rates=(None,) * 4, pairs=[AnswerPair(0, 1, None)])
    if loss is Loss.PAIRWISE:
        check_data(Objective(loss), [bare])
    else:
        with pytest.raises(ValueError, match=f"1 .* which the loss '{loss}' needs"):
            check_data(Objective(loss), [bare, example()])
    check_data(Objective(loss), [example()])
