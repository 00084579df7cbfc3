"""Sampling: seeds, temperatures, lengths, batches; greedy answers are those of ``generate``."""

import torch

from loop.policy.decoding import Sampling
from loop.policy.sampling import (
    SampleRequest,
    count_parameters,
    rows_at_once,
    sample,
    sample_requests,
)


def test_the_same_seed_gives_the_same_answers_and_another_does_not(policy, texts):
    first = sample(policy, texts, n=3, max_tokens=12, seed=1)
    assert [len(answers) for answers in first] == [3] * len(texts)
    assert first == sample(policy, texts, n=3, max_tokens=12, seed=1)
    assert first != sample(policy, texts, n=3, max_tokens=12, seed=2)


def test_a_folder_gives_the_answers_of_its_policy(folder, policy, texts):
    assert sample(folder, texts, max_tokens=8) == sample(policy, texts, max_tokens=8)


def test_questions_do_not_share_random_numbers(policy, texts):
    answers = sample(policy, texts[:1] * 2 + texts[1:2], n=4, max_tokens=12)
    assert answers[0] == answers[1]
    assert len(set(answers[0])) > 1


def test_greedy_answers_are_those_of_generate(policy, texts):
    sampled = sample(policy, texts, temperature=0, max_tokens=16)
    tokenizer = policy.tokenizer
    batch = tokenizer([f"{text}\n" for text in texts], return_tensors="pt", padding=True)
    with torch.inference_mode():
        made = policy.model.generate(**batch, do_sample=False, max_new_tokens=16)
    assert [answers[0] for answers in sampled] == tokenizer.batch_decode(
        made[:, batch["input_ids"].shape[1] :], skip_special_tokens=True
    )


def test_rows_of_one_batch_keep_their_own_options(policy, texts):
    prompt = policy.prompt([{"role": "user", "content": texts[0]}])
    requests = [
        SampleRequest(prompt, 2, Sampling(temperature=0, max_tokens=4)),
        SampleRequest(prompt, 1, Sampling(temperature=1, max_tokens=9), seed=5),
        SampleRequest(prompt, 1, Sampling(temperature=1, top_p=1e-6, max_tokens=4), seed=5),
    ]
    greedy, sampled, narrow = sample_requests(policy, requests)
    assert greedy[0] == greedy[1]
    assert greedy[0].text == narrow[0].text  # of a tiny share only the likeliest token is left
    assert greedy[0].tokens <= 4
    assert sampled[0].tokens <= 9
    alone = sample_requests(policy, requests[1:2])
    assert alone == [sampled]


def test_temperature_and_top_p_draw_as_the_distribution_says(policy, texts):
    prompt = policy.prompt([{"role": "user", "content": texts[0]}])
    with torch.inference_mode():
        logits = policy.model(torch.tensor([prompt])).logits[0, -1]
    for temperature in (1.0, 0.6):
        expected = torch.softmax(logits / temperature, 0).max().item()
        sampling = Sampling(temperature=temperature, max_tokens=1)
        answers = sample_requests(policy, [SampleRequest(prompt, 600, sampling)])[0]
        likeliest = policy.tokenizer.decode([int(logits.argmax())], skip_special_tokens=True)
        share = sum(answer.text == likeliest for answer in answers) / 600
        assert abs(share - expected) < 0.08  # four standard deviations of 600 draws


def test_an_answer_that_reaches_its_length_is_marked_as_cut_off(policy, texts):
    prompt = policy.prompt([{"role": "user", "content": texts[0]}])
    (answers,) = sample_requests(policy, [SampleRequest(prompt, 20, Sampling(max_tokens=3))])
    cut_off = [answer for answer in answers if not answer.has_ended]
    assert cut_off
    assert {answer.tokens for answer in cut_off} == {3}


def test_more_answers_than_a_batch_holds_are_all_made(policy, texts, monkeypatch):
    whole = sample(policy, texts, n=5, max_tokens=6)
    monkeypatch.setattr("loop.policy.sampling.MOST_ROWS", 4)
    counts = []
    divided = sample(
        policy, texts, n=5, max_tokens=6, report=lambda done, total: counts.append((done, total))
    )
    assert [len(answers) for answers in divided] == [5] * len(texts)
    assert sum(one == other for one, other in zip(whole, divided, strict=True)) >= len(texts) - 1  # rounding
    assert counts[-1] == (5 * len(texts), 5 * len(texts))


def test_parameters_are_counted_without_weights(folder, policy):
    assert count_parameters(str(folder)) == sum(one.numel() for one in policy.model.parameters())
    assert count_parameters(str(folder / "nothing")) == 0


def test_a_large_policy_generates_fewer_answers_at_once(policy, monkeypatch):
    requests = [SampleRequest([1] * 20, 500, Sampling(max_tokens=12))]
    assert rows_at_once(policy, requests) == 256
    config = policy.model.config
    row_bytes = 2 * config.num_hidden_layers * config.hidden_size * 4 * 32  # its heads share no keys
    monkeypatch.setattr("loop.policy.sampling.CACHE_BYTES", 3 * row_bytes)
    assert rows_at_once(policy, requests) == 3
    monkeypatch.setattr("loop.policy.sampling.CACHE_BYTES", 1)
    assert rows_at_once(policy, requests) == 1
