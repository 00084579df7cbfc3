"""Supervised training lowers the loss of answers, continues from a folder, and is repeatable."""

import torch
from transformers import AutoModelForCausalLM

from loop.policy.tokens import train_tokenizer
from loop.policy.training import IGNORED, TrainingOptions, _sequences, _tensors, new_policy, train
from loop.policy.warm_start import train_further


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
