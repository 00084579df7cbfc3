"""The tokenizer keeps texts as they are, numbers whole, and is the same when ``AutoTokenizer`` loads it."""

import itertools

from transformers import AutoTokenizer

from loop.config import SmallWorldOptions
from loop.policy.tokens import END, train_tokenizer
from loop.world.making import questions_of, training_answers


def test_decoded_tokens_are_the_text(answers, policy):
    for question, answer in answers:
        text = f"{question}\n{answer}"
        assert policy.tokenizer.decode(policy.tokenizer(text)["input_ids"]) == text


def test_a_text_of_another_world_is_kept_too(policy):
    text = "naïve — 漢字\n\t  x"
    assert policy.tokenizer.decode(policy.tokenizer(text)["input_ids"]) == text


def test_a_constant_is_one_token_that_question_and_program_share(policy):
    question, program = (
        policy.tokenizer(text)["input_ids"] for text in ("greater than 7. Or -1 if", "y > 7 else -1")
    )
    for constant in (" 7", " -1"):
        (token,) = policy.tokenizer(constant)["input_ids"]
        assert token in question
        assert token in program


def test_auto_tokenizer_cuts_texts_as_the_tokenizer_of_the_training(answers, folder):
    trained = train_tokenizer(f"{question}\n{answer}" for question, answer in answers)
    loaded = AutoTokenizer.from_pretrained(folder)
    for question, answer in answers:
        assert loaded(f"{question}\n{answer}")["input_ids"] == trained(f"{question}\n{answer}")["input_ids"]


def test_the_prompt_is_the_question_alone_and_an_answer_ends_with_the_mark(policy):
    messages = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
    template = policy.tokenizer.apply_chat_template
    assert template(messages[:1], tokenize=False, add_generation_prompt=True) == "Q\n"
    assert template(messages, tokenize=False) == f"Q\nA{END}"


def test_tokens_of_prompt_and_answer_are_those_of_the_conversation(answers, policy):
    for question, answer in answers[:20]:
        user = {"role": "user", "content": question}
        whole = policy.tokenizer.apply_chat_template(
            [user, {"role": "assistant", "content": answer}], tokenize=False
        )
        parts = policy.prompt([user]) + policy.tokenizer(f"{answer}{END}")["input_ids"]
        assert policy.tokenizer(whole)["input_ids"] == parts


def test_questions_and_answers_fit_the_budget_of_a_loop():
    answers = training_answers(300, 0.65, seed=1)
    tokenizer = train_tokenizer(f"{question}\n{answer}" for question, answer in answers)
    questions = [question.text for question in questions_of(SmallWorldOptions(train_questions=60), seed=1)]
    assert max(len(ids) for ids in tokenizer(questions)["input_ids"]) <= 90
    assert max(len(ids) for ids in tokenizer([answer for _, answer in answers])["input_ids"]) <= 90


def test_training_is_repeatable(answers):
    texts = [answer for _, answer in itertools.islice(answers, 50)]
    assert train_tokenizer(texts).get_vocab() == train_tokenizer(texts).get_vocab()
