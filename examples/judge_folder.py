"""Judges a folder of programs by one suite and prints them, the best first.

    python examples/judge_folder.py FOLDER SUITE.json

``FOLDER`` has programs (``*.py``) or completions of a model (``*.md``, ``*.txt``); the service takes the program out of these.
``SUITE.json`` has the fields of ``Suite``: ``{"id": "double", "asserts": ["assert double(2) == 4"]}``. The service is at
``ACECODER_URL``.
"""

import sys
from pathlib import Path

from acecoder import Candidate, CandidateResult, Executor, Suite


def first_failure(suite: Suite, result: CandidateResult) -> str:
    """Return the first test that failed, and why: verdicts never quote a test, because a policy may see them."""
    for number, test in enumerate(result.tests):
        if test.outcome != "passed":
            name = suite.asserts[number].splitlines()[-1] if suite.asserts else f"test {number}"
            return f"{name}: {test.message}"
    return ""


def main(folder: str, suite_file: str) -> None:
    """Judge the files of a folder."""
    suite = Suite.model_validate_json(Path(suite_file).read_text(encoding="utf-8"))
    files = sorted(path for path in Path(folder).iterdir() if path.suffix in (".py", ".md", ".txt"))
    candidates = [
        Candidate(
            id=path.name,
            suite=suite.id,
            **{"program" if path.suffix == ".py" else "completion": path.read_text(encoding="utf-8")},
        )
        for path in files
    ]
    with Executor() as executor:
        results = list(executor.stream(candidates, suite))
    for result in sorted(results, key=lambda result: (-(result.pass_rate or 0.0), result.id)):
        if result.pass_rate is None:  # no verdict: never a 0
            print(f"   -  {result.id}: {result.reason_text}")
            continue
        print(f"{result.pass_rate:.2f}  {result.id}  {first_failure(suite, result)}".rstrip())


if __name__ == "__main__":
    main(*sys.argv[1:])
