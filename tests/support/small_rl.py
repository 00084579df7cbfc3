"""RL at its smallest: a question, a canary, and texts that a tiny policy is said to have written, so that rewards differ."""

import gzip
import json
from itertools import cycle, islice

from clients.adapters import verdicts
from loop.config import RlOptions
from loop.questions import LoopQuestion
from loop.rl import training
from loop.rl.prompts import read_prompts
from loop.rl.task import RlTask

QUESTION = "Write double(x)."
TESTS = ["assert double(2) == 4", "assert double(5) == 10"]
RIGHT, WRONG = (f"```python\ndef double(x):\n    return {text}\n```" for text in ("x + x", "x * x"))
OPTIONS = RlOptions(
    steps=3, prompts_per_step=2, samples_per_prompt=2, measure_every=1, measure_samples=2, canary_share=0.3
)


def write(path, *rows):
    """Write rows as compressed JSONL."""
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def lines(path):
    """Return the rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def write_dataset(folder):
    """Write three questions and a canary as ``acecoder synth run`` does."""
    folder.mkdir()
    suite = {"id": "s", "asserts": TESTS}
    write(
        folder / "suites.jsonl.gz",
        *({"id": f"q{at}", "prompt": f"{QUESTION} {at}", "suite": suite} for at in range(3)),
    )
    canary = {"id": "q0:canary", "asserts": [TESTS[0], "assert double(5) == 11"]}
    write(
        folder / "canaries.jsonl.gz",
        {"id": "q0:canary", "prompt": QUESTION, "suite": canary, "canary": True, "canary_test": 1},
    )
    return folder


def make_task(policy, dataset, folder, **changes):
    """Return a training of ``policy`` into ``folder``."""
    held_out = LoopQuestion(
        id="h", split="held_out", text=QUESTION, entry_point="double", program="", tests=TESTS
    )
    values = {
        "run": "rule",
        "options": OPTIONS,
        "policy": policy,
        "prompts": read_prompts(dataset, canary_share=OPTIONS.canary_share),
        "held_out": [held_out],
        "folder": folder,
        "longest_answer": 4,
        "seed": 0,
        "make_sampler": lambda model, tokenizer: answer,
    }
    return RlTask(**{**values, **changes})


def answer(texts, *, n, temperature):
    """Half of the answers are right."""
    return [list(islice(cycle([RIGHT, WRONG]), n)) for _ in texts]


def give_texts(monkeypatch, texts):
    """Make these the decoded texts of whatever the policy generates."""
    texts = iter(texts)
    original = training.reward_functions

    def functions(*arguments):
        def replace(function):
            def rewarded(completions, **row):
                return function(completions=list(islice(texts, len(completions))), **row)

            rewarded.__name__ = function.__name__
            return rewarded

        return [replace(function) for function in original(*arguments)]

    monkeypatch.setattr(training, "reward_functions", functions)


def forget_services():
    """Make the adapters read the address of the executor again."""
    for cached in (verdicts._executor, verdicts._guard, verdicts._options_from_env):
        cached.cache_clear()
