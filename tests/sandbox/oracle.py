"""Runs a program and its tests in plain Python, for comparison: one process, no isolation, no proxies.

Each load is a new fork of an interpreter that has run nothing else, so that no program finds what another left.
Only for programs of this repository: nothing confines them.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

from tests.sandbox.honest import HonestProgram

ROOT = Path(__file__).parents[2]


class Scope(dict[str, Any]):
    """A test's globals: its own names first, then the program's, as they are at that moment."""

    def __init__(self, program: dict[str, Any]) -> None:
        super().__init__(__name__="tests")
        self._program = program

    def __missing__(self, name: str) -> Any:
        return self._program[name]


def load(program: str) -> dict[str, Any]:
    """Run a program as an ordinary module; return its globals."""
    module = types.ModuleType("program")
    sys.modules["program"] = module
    exec(compile(program, "program.py", "exec"), module.__dict__)
    return module.__dict__


def run_test(program: dict[str, Any], setup: str, test: str) -> str:
    """Return an empty text for a test that reached its end, else the exception that ended it."""
    scope = Scope(program)
    try:
        exec(compile(setup, "setup.py", "exec"), scope)
        exec(compile(test, "test.py", "exec"), scope)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:300]
    return ""


def _load_and_run(program: str, setup: str, tests: list[str]) -> list[str]:
    try:
        loaded = load(program)
    except BaseException as error:
        return [f"while loading: {type(error).__name__}: {error}"] * len(tests)
    return [run_test(loaded, setup, test) for test in tests]


def _forked(program: str, setup: str, tests: list[str]) -> list[str]:
    """Load the program and run its tests in a child process, in an empty directory. A child that dies has failed every
    test.
    """
    folder = tempfile.mkdtemp()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os.chdir(folder)
        with open(writing, "w") as answer:
            json.dump(_load_and_run(program, setup, tests), answer)
        os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    shutil.rmtree(folder)
    return json.loads(text) if text else ["died"] * len(tests)


class Oracle:
    """A separate interpreter that runs programs and tests in plain Python."""

    def __init__(self) -> None:
        self._cached: dict[tuple[str, str, bool], list[str]] = {}
        self._server = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def judge(self, honest: HonestProgram, program: str, *, fresh: bool = False) -> list[str]:
        """Return one text per test: empty if it passes, else the reason. ``fresh``: one load per test. Results are cached."""
        question = (honest.name, program, fresh)
        if question not in self._cached:
            self._cached[question] = self._judged(honest, program, fresh=fresh)
        return self._cached[question]

    def _judged(self, honest: HonestProgram, program: str, *, fresh: bool) -> list[str]:
        if honest.io:
            return [_script(program, stdin, stdout, honest.checker) for stdin, stdout in honest.io]
        tests = honest.tests or [f"{honest.check}\ncheck({honest.entry_point})"]
        loads = [[test] for test in tests] if fresh else [tests]
        return [
            verdict for tests_of_load in loads for verdict in self._ask(program, honest.setup, tests_of_load)
        ]

    def _ask(self, *question: Any) -> list[str]:
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(question) + "\n")
        return json.loads(self._server.stdout.readline())

    def close(self) -> None:
        """End the interpreter."""
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()


def _script(program: str, stdin: str, stdout: str, checker: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], input=stdin.encode(), capture_output=True, timeout=60, check=False
    )
    if b"Traceback" in done.stderr:
        return done.stderr[-300:].decode("utf-8", "replace")
    if checker:
        return _checked(checker, stdin, done.stdout.decode(), stdout)
    return "" if _lines(done.stdout) == _lines(stdout.encode()) else f"printed {done.stdout!r}"


def _checked(checker: str, stdin: str, printed: str, expected: str) -> str:
    namespace: dict[str, Any] = {}
    exec(compile(checker, "checker.py", "exec"), namespace)
    try:
        return "" if namespace["check"](stdin, printed, expected) == 1 else f"refused {printed!r}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _lines(text: bytes) -> bytes:
    """Return the text as the default comparison of the contract reads it."""
    return b"\n".join(line.rstrip(b" \t\r") for line in text.split(b"\n")).rstrip(b"\n")


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # programs may print: keep that apart from the answers
    for line in sys.stdin:
        print(json.dumps(_forked(*json.loads(line))), file=answers)


if __name__ == "__main__":
    _serve()
