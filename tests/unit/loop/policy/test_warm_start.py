"""Supervised training lowers the loss of answers, continues from a folder or a saved state, and is repeatable."""

import pytest
import torch
from transformers import AutoModelForCausalLM

from loop.policy import training
from loop.policy.tokens import train_tokenizer
from loop.policy.training import IGNORED, TrainingOptions, _sequences, _tensors, new_policy, train
from loop.policy.warm_start import state_of, train_further, train_new


def losses_of(answers, options):
    tokenizer = train_tokenizer(f"{question}\n{answer}" for question, answer in answers)
    policy = new_policy(tokenizer, hidden_size=32, layers=1, seed=0)
    losses = []
    train(policy, tokenizer, answers, options, report=lambda progress: losses.append(progress.loss))
    return losses, policy


def test_the_loss_falls(answers):
    losses, _ = losses_of(answers * 3, TrainingOptions(warm_up_steps=2, batch=12))
    assert sum(losses[-3:]) < 0.85 * sum(losses[:3])


def test_the_same_seed_trains_the_same_policy(answers):
    options = TrainingOptions(warm_up_steps=2)
    (first, one), (second, other) = losses_of(answers, options), losses_of(answers, options)
    assert first == second
    assert torch.equal(one.model.embed_tokens.weight, other.model.embed_tokens.weight)


def test_questions_and_padding_have_no_loss(answers, policy):
    sequences = _sequences(policy.tokenizer, answers[:4])
    input_ids, labels = _tensors(sequences, policy.tokenizer.pad_token_id)
    for row, sequence in enumerate(sequences):
        assert labels[row][labels[row] != IGNORED].tolist() == sequence.answer
        assert input_ids[row, : sequence.length].tolist() == sequence.prompt + sequence.answer
        assert sequence.answer[-1] == policy.tokenizer.eos_token_id


def test_training_further_changes_a_copy(answers, folder, tmp_path):
    before = AutoModelForCausalLM.from_pretrained(folder).model.embed_tokens.weight.clone()
    train_further(folder, answers[:24], tmp_path / "solver", options=TrainingOptions(warm_up_steps=1))
    after = AutoModelForCausalLM.from_pretrained(tmp_path / "solver").model.embed_tokens.weight
    assert not torch.equal(before, after)
    assert torch.equal(before, AutoModelForCausalLM.from_pretrained(folder).model.embed_tokens.weight)
    assert not (tmp_path / "solver.partial").exists()


def test_a_training_that_was_killed_goes_on_to_the_same_policy(answers, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "SAVE_EVERY", 2)
    options = TrainingOptions(warm_up_steps=2, batch=12)
    steps: list[int] = []

    def stop_at_5(progress):
        steps.append(progress.step)
        if progress.step == 5:
            raise KeyboardInterrupt

    def weights(name, report=None):
        train_new(answers, tmp_path / name, hidden_size=32, layers=1, options=options, report=report)
        assert not state_of(tmp_path / name).exists()
        return AutoModelForCausalLM.from_pretrained(tmp_path / name).state_dict()

    with pytest.raises(KeyboardInterrupt):
        weights("killed", stop_at_5)
    assert state_of(tmp_path / "killed").exists()
    resumed = weights("killed", lambda progress: steps.append(progress.step))
    assert steps[:6] == [1, 2, 3, 4, 5, 5], "the state of step 4 was saved"
    whole = weights("whole")
    assert all(torch.equal(resumed[name], value) for name, value in whole.items())
