"""The writer answers synthesis's own prompt with the question of the shown program, and with tests of which some are wrong."""

import ast
import json
import random

import pytest
from fastapi.testclient import TestClient

from loop.questions import Split
from loop.world.imagined import imagined_tests
from loop.world.questions import make_questions
from loop.world.suites import function_of
from loop.world.writer import Writer, create_app, writer_of
from services.synth.prompts import load_prompt

QUESTIONS = make_questions(Split.TRAIN, 40, seed=0)
WRITER = Writer([one.question for one in QUESTIONS], wrong_share=0.25, seed=0)


def prompt_of(program: str, tests: int = 10) -> str:
    messages = load_prompt("rewrite").messages(program=program, instruction="", tests=str(tests))
    return messages[-1]["content"]


@pytest.mark.parametrize("one", QUESTIONS[:10], ids=lambda one: one.question.id)
def test_the_reply_has_the_question_of_the_program(one):
    reply = json.loads(WRITER.reply(prompt_of(one.question.program), seed=0))
    assert reply["question"] == one.question.text
    assert one.question.text.startswith(reply["signature"])
    assert len(reply["tests"]) == len(set(reply["tests"])) == 10


def test_layout_of_the_program_does_not_matter():
    question = QUESTIONS[0].question
    program = f"# a comment\n{ast.unparse(ast.parse(question.program))}"
    assert json.loads(WRITER.reply(prompt_of(program), seed=0))["question"] == question.text


def test_the_named_share_of_tests_is_wrong_and_all_others_are_right():
    wrong = total = 0
    for one in QUESTIONS:
        names = {"solve": function_of(one.question.program)}
        for test in imagined_tests(one.examined.task, 12, wrong_share=0.25, seed=1):
            total += 1
            wrong += not test.is_right
            is_passed = eval(test.text.removeprefix("assert "), names)
            assert is_passed is test.is_right
    assert 0.18 < wrong / total < 0.32


def test_imagined_tests_have_inputs_of_their_own():
    for one in QUESTIONS[:20]:
        imagined = {test.text for test in imagined_tests(one.examined.task, 12, wrong_share=0, seed=0)}
        assert imagined != set(one.question.tests)


def test_the_same_seed_gives_the_same_reply_and_another_does_not():
    prompt = prompt_of(QUESTIONS[3].question.program)
    assert WRITER.reply(prompt, seed=1) == WRITER.reply(prompt, seed=1) != WRITER.reply(prompt, seed=2)


def test_a_prompt_without_a_known_program_is_refused_as_openai_refuses():
    client = TestClient(create_app(WRITER))
    body = {"model": "writer", "messages": [{"role": "user", "content": "Say ok."}]}
    response = client.post("/v1/chat/completions", json=body)
    assert response.status_code == 400
    assert "no program of a question" in response.json()["error"]["message"]


def test_each_choice_has_tests_of_its_own():
    client = TestClient(create_app(WRITER))
    content = prompt_of(QUESTIONS[0].question.program)
    body = {"model": "writer", "n": 2, "messages": [{"role": "user", "content": content}]}
    choices = client.post("/v1/chat/completions", json=body).json()["choices"]
    first, second = (json.loads(choice["message"]["content"]) for choice in choices)
    assert first["question"] == second["question"]
    assert first["tests"] != second["tests"]


def test_a_run_folder_says_how_many_tests_are_wrong(tmp_path):
    lines = [one.question.model_dump_json() for one in random.Random(0).sample(QUESTIONS, 5)]
    (tmp_path / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "config.yaml").write_text("seed: 4\nsmall_world: {wrong_tests: 0.5}\n", encoding="utf-8")
    prompt = prompt_of(json.loads(lines[0])["program"])
    by_folder = writer_of(tmp_path, None, None).reply(prompt, seed=0)
    by_options = writer_of(tmp_path / "questions.jsonl", 0.5, 4).reply(prompt, seed=0)
    assert by_folder == by_options
    assert by_folder != writer_of(tmp_path / "questions.jsonl", 0.0, 4).reply(prompt, seed=0)
