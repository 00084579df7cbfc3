"""Answers synthesis in place of a model: ``python -m loop.world.writer QUESTIONS.jsonl --port PORT``.

No model of this size writes questions or tests. So this is a program, with the API that a model has: it finds the
question whose program the prompt shows, and answers with that question as it stands and with tests of which some are
wrong. Everything after it in synthesis (validation, labels by a solver, filtering) is real.

Instead of a file it is given the folder of a run, whose configuration says how many tests are wrong. The same question
and seed give the same answer. It listens on loopback only.
"""

import argparse
import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from loop.chat_api import ChatAnswer, ChatAnswers, ChatApiError, ChatBody, create_chat_app
from loop.config import SmallWorldOptions, read_loop_config
from loop.folder import RunFolder
from loop.questions import LoopQuestion, read_questions
from loop.world.imagined import imagined_tests
from loop.world.reading import read_task

MODEL = "writer"
HOST = "127.0.0.1"
DEFAULT_TESTS = 12
"""Tests, if the prompt asks for no number of them."""
_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
_TESTS = re.compile(r"a list of (\d+) strings")
_CHARACTERS_PER_TOKEN = 4
"""For the usage that a reply must have. This is no model and has no tokens."""


class Writer:
    """Answers prompts about the programs of some questions."""

    def __init__(self, questions: Iterable[LoopQuestion], *, wrong_share: float, seed: int) -> None:
        self._by_program = {_key(question.program): question for question in questions}
        self._wrong_share = wrong_share
        self._seed = seed

    def reply(self, prompt: str, seed: int) -> str:
        """Return the JSON object that the prompt asks for.

        Raises:
            ChatApiError: no question has the prompt's program.
        """
        blocks = _BLOCK.findall(prompt)
        question = self._by_program.get(_key(blocks[-1])) if blocks else None
        if question is None:
            raise ChatApiError("The prompt shows no program of a question of this world.", param="messages")
        count = _TESTS.search(prompt)
        tests = imagined_tests(
            read_task(question.text),
            int(count[1]) if count else DEFAULT_TESTS,
            wrong_share=self._wrong_share,
            seed=self._seed * 1000 + seed,  # seeds of a request are small; runs must not share them
        )
        signature = question.text.partition("\n")[0]
        reply = {"signature": signature, "question": question.text, "tests": [test.text for test in tests]}
        return json.dumps(reply)


def create_app(writer: Writer) -> FastAPI:
    """Return the app of a writer."""

    async def answer(body: ChatBody) -> ChatAnswers:
        prompt = body.messages[-1].content
        texts = [writer.reply(prompt, (body.seed or 0) + index) for index in range(body.n)]
        answers = [ChatAnswer(text=text, tokens=len(text) // _CHARACTERS_PER_TOKEN) for text in texts]
        return ChatAnswers(answers=answers, prompt_tokens=len(prompt) // _CHARACTERS_PER_TOKEN)

    return create_chat_app([MODEL], answer)


def _key(program: str) -> str:
    """Return a text that programs share if they differ in layout only."""
    try:
        return ast.dump(ast.parse(program))
    except (SyntaxError, ValueError):
        return program


def writer_of(path: Path, wrong_tests: float | None, seed: int | None) -> Writer:
    """Return the writer of a file of questions or of a run's folder; options that are given override the folder's."""
    options, run_seed = SmallWorldOptions(), 0
    if path.is_dir():
        folder = RunFolder(path)
        config = read_loop_config(folder.config_file)
        options, run_seed, path = config.small_world, config.seed, folder.questions_file
    return Writer(
        read_questions(path),
        wrong_share=options.wrong_tests if wrong_tests is None else wrong_tests,
        seed=run_seed if seed is None else seed,
    )


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description="Answers synthesis in place of a model.")
    parser.add_argument("questions", type=Path, help="questions.jsonl, or the folder of a run")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--wrong-tests", type=float, help="share of wrong tests")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    writer = writer_of(options.questions, options.wrong_tests, options.seed)
    uvicorn.run(create_app(writer), host=HOST, port=options.port, log_level="warning", timeout_keep_alive=75)


if __name__ == "__main__":
    main()
