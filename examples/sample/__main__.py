"""Writes the sample as ``suites.jsonl``, ``candidates.jsonl`` and ``prompts.jsonl``.

python -m examples.sample FOLDER
"""

import json
import sys
from pathlib import Path

from examples import sample


def main() -> None:
    """Write the files into the folder named on the command line (default ``out/sample``)."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out/sample")
    folder.mkdir(parents=True, exist_ok=True)
    problems = sample.load()
    programs = [labelled.candidate for problem in problems for labelled in problem.programs]
    prompts = [{"id": problem.suite.id, "prompt": problem.statement} for problem in problems]
    files = {
        "suites": [problem.suite.model_dump_json(exclude_defaults=True) for problem in problems],
        "candidates": [candidate.model_dump_json(exclude_defaults=True) for candidate in programs],
        "prompts": [json.dumps(prompt) for prompt in prompts],
    }
    for name, lines in files.items():
        (folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        print(f"{folder / name}.jsonl: {len(lines)} lines")


if __name__ == "__main__":
    main()
