"""Write the sample as ``suites.jsonl`` and ``candidates.jsonl``: ``python -m examples.sample FOLDER``."""

import sys
from pathlib import Path

from examples import sample


def main() -> None:
    """Write both files into the folder named on the command line (default ``out/sample``)."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out/sample")
    folder.mkdir(parents=True, exist_ok=True)
    problems = sample.load()
    suites = [problem.suite for problem in problems]
    candidates = [labelled.candidate for problem in problems for labelled in problem.programs]
    for name, messages in (("suites", suites), ("candidates", candidates)):
        lines = [message.model_dump_json(exclude_defaults=True) + "\n" for message in messages]
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
        print(f"{folder / name}.jsonl: {len(lines)} lines")


if __name__ == "__main__":
    main()
