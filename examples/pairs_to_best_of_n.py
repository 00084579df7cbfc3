"""Makes preference pairs from judged answers, trains a reward model on them, serves it, and picks the best of N answers.

    acecoder up &                                                          # the executor
    python examples/pairs_to_best_of_n.py out/first                        # a tiny base with random weights
    python examples/pairs_to_best_of_n.py out/real --base Qwen/Qwen2.5-Coder-0.5B-Instruct

Needs the extras ``cli`` and ``train``. The three questions below are in place of your own: give thousands, each with answers that
your policy sampled. Without ``--base`` the model is ``tiny_base.py``'s, and what it picks means nothing: the run only shows
that the parts work together.
"""

import argparse
import json
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from acecoder import Candidate, Executor, RewardModel, Suite, best_of_n
from acecoder.pairs import JudgedQuestion, PairPolicy, preference_pairs

QUESTIONS = {  # prompt → tests, answers
    "Write largest(xs), the largest number of a list; None if it is empty.": (
        ["assert largest([3, 9, 2]) == 9", "assert largest([-1]) == -1", "assert largest([]) is None"],
        ["def largest(xs): return max(xs, default=None)", "def largest(xs): return max([0, *xs])", "def largest(xs): return xs[0]"],
    ),
    "Write vowels(s), the number of vowels in a text, capital letters too.": (
        ["assert vowels('tree') == 2", "assert vowels('Oak') == 2", "assert vowels('') == 0"],
        ["def vowels(s): return sum(c in 'aeiou' for c in s.lower())", "def vowels(s): return len(set(s) & set('aeiou'))"],
    ),
    "Write clamp(n, low, high), the number of [low, high] that is nearest to n.": (
        ["assert clamp(5, 1, 3) == 3", "assert clamp(0, 1, 3) == 1", "assert clamp(2, 1, 3) == 2"],
        ["def clamp(n, low, high): return max(low, min(n, high))", "def clamp(n, low, high): return min(n, high)"],
    ),
}  # fmt: skip
NEW_PROMPT = "Write double(x), which returns x + x."
NEW_ANSWERS = ["def double(x): return x * 3", "def double(x): return x + x", "def double(x): return 2 * x"]


def judge(executor: Executor, prompt: str, tests: list[str], answers: list[str]) -> JudgedQuestion:
    """Judge the answers to one question."""
    suite = Suite(id=prompt, asserts=tests)
    candidates = [Candidate(suite=suite.id, program=answer) for answer in answers]
    response = executor.execute(candidates, suite)
    return JudgedQuestion(prompt, prompt, answers, answers, response.results, response.suites[0].test_hashes)


def train(pairs: Path, base: Path | str, out: Path) -> Path:
    """Train a reward model; return the folder to serve. With real data, keep the default of ``--held-out``."""
    options = ["--base", str(base), "--held-out", "0", "--epochs", "3", "--device", "auto"]
    command = [sys.executable, "-m", "acecoder", "train-rm", str(pairs), "-o", str(out), *options]
    subprocess.run(command, check=True)
    return out / "classification"


@contextmanager
def serving(folder: Path, port: int):
    """Serve a reward model as long as the block runs; give its address."""
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "acecoder", "serve-rm", str(folder), "--port", str(port)]
    )
    try:
        while not is_ready(url):
            if server.poll() is not None:
                sys.exit("the reward model did not start; its message is above")
            time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait()


def is_ready(url: str) -> bool:
    """Whether the service answers that it is ready."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def main() -> None:
    """Run all steps."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="a new folder")
    parser.add_argument("--base", help="a language model: a folder, or a name on the Hugging Face Hub")
    parser.add_argument("--port", type=int, default=8100, help="of the reward model")
    args = parser.parse_args()
    args.out.mkdir(parents=True)
    if args.base is None:
        from tiny_base import write

        args.base = write(args.out / "tiny")

    with Executor() as executor:
        questions = [judge(executor, prompt, *rest) for prompt, rest in QUESTIONS.items()]
        # The default is AceCoder's rule: chosen at 0.8 or more, rejected above 0, a gap of 0.4 or more.
        pairs = list(preference_pairs(questions, PairPolicy(gap_at_least=0.3)))
        file = args.out / "pairs.jsonl"
        file.write_text("".join(json.dumps(pair.model_dump(mode="json")) + "\n" for pair in pairs))
        print(f"{len(pairs)} pairs of {len(questions)} questions: {file}", flush=True)

        folder = train(file, args.base, args.out / "rm")
        with serving(folder, args.port) as url, RewardModel(url) as model:
            print("scores:", [round(score, 3) for score in model.score(NEW_PROMPT, NEW_ANSWERS)])
            by_model = best_of_n(NEW_PROMPT, NEW_ANSWERS, by="rm", scorer=model)
            print(f"by the reward model: answer {by_model.winner}; {'; '.join(by_model.reasons)}")
            tests = ["assert double(2) == 4", "assert double(5) == 10"]
            rules = ("pass_rate", "rm")  # the model decides among the answers that pass most tests
            by_both = best_of_n(
                NEW_PROMPT, NEW_ANSWERS, tests=tests, by=rules, scorer=model, executor=executor
            )
            print(f"by tests, then the model: answer {by_both.winner}; {'; '.join(by_both.reasons)}")


if __name__ == "__main__":
    main()
