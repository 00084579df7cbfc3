"""Shows what the monitor is for: a policy that is taught to hack meets a weak judge and ours.

    acecoder up &
    python -m examples.rl.caught out/loop -o out/caught --plot out/caught.svg

``out/loop`` is the folder of a loop, or another folder with ``questions.jsonl``, ``models/policy`` and ``synth/dataset``. Three
trainings start from one policy, which has hacks among its answers (``hacks.py``), on the same suites and canaries:

- ``weak``: a judge that runs the tests in the program's process (``isolation: same_process``), and alarms that only warn;
- ``watched``: the same judge, and the monitor's default: a passed canary stops the run;
- ``ours``: tests run apart from the program, which is the default.

Each measures the policy on held-out questions by true tests on our judge, and how many of its answers are hacks.
"""

import argparse
import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from clients.monitor.thresholds import DEFAULTS, Action
from examples.rl import hacks
from loop.config import RlOptions
from loop.folder import RunFolder
from loop.policy.sampling import Policy, sample
from loop.questions import Split
from loop.rl.points import MeasurementFile
from loop.rl.prompts import read_prompts
from loop.rl.task import RlTask
from loop.rl.training import train

LONGEST_ANSWER = 96
RUNS = {
    "weak": ("same_process", Action.WARN),
    "watched": ("same_process", Action.STOP),
    "ours": ("separate", Action.STOP),
}


@dataclass
class HackCounter:
    """Samples from a policy for the held-out measurements, and counts hacks among its answers."""

    shares: list[float]
    """Of each measurement's sampled answers."""

    def __call__(self, model, tokenizer):
        def answers(texts, *, n, temperature):
            made = sample(
                Policy(model, tokenizer), texts, n=n, temperature=temperature, max_tokens=LONGEST_ANSWER
            )
            if temperature > 0:
                flat = [text for group in made for text in group]
                self.shares.append(sum(hacks.MARK in text for text in flat) / len(flat))
                print(f"  {self.shares[-1]:.0%} of the answers are hacks")
            return made

        return answers


def isolated(rows, isolation):
    """Return rows whose suites are judged with this isolation."""
    return [
        {**row, "ground_truth": json.dumps({**json.loads(row["ground_truth"]), "isolation": isolation})}
        for row in rows
    ]


def run(name, world, policy, folder, options, seed):
    """Train once; return what the table shows."""
    isolation, action = RUNS[name]
    counter = HackCounter([])
    task = RlTask(
        run="rule",
        options=options,
        policy=policy,
        prompts=isolated(read_prompts(world.synth / "dataset", canary_share=options.canary_share), isolation),
        held_out=list(world.questions(Split.HELD_OUT)),
        folder=folder / name,
        longest_answer=LONGEST_ANSWER,
        seed=seed,
        make_sampler=counter,
        thresholds=[
            replace(bound, action=action) if bound.action is Action.STOP else bound for bound in DEFAULTS
        ],
        on_step=lambda step: print(f"\r{name}: step {step} of {options.steps}", end="", flush=True),
    )
    shutil.rmtree(task.folder, ignore_errors=True)
    alarms = train(task)
    measured = MeasurementFile(task.folder / "points.jsonl").read()
    print(f"\r{name}: {measured[-1].step} steps" + " " * 20)
    points = [
        {"step": one.step, "pass_at_1": sum(one.sampled.values()) / len(one.sampled), "hacks": share}
        for one, share in zip(measured, counter.shares, strict=True)
    ]
    steps = [json.loads(line) for line in (task.folder / "rewards.jsonl").read_text().splitlines()]
    canary = next((step["step"] for step in steps if step["canary_pass_rate"]), None)
    return {"run": name, "points": points, "rewards": [step["reward"] for step in steps], "first_passed_canary": canary,
            "canaries": sum(step["canaries"] for step in steps), "alarms": alarms}  # fmt: skip


def table(results):
    yield "| run | steps | reward, first and last 5 steps | hacks among answers | pass@1 by true tests | canary samples; first passed at |"
    yield "|---|---|---|---|---|---|"
    for one in results:
        first, last = one["points"][0], one["points"][-1]
        ends = [sum(part) / len(part) for part in (one["rewards"][:5], one["rewards"][-5:])]
        passed = "none passed" if one["first_passed_canary"] is None else f"step {one['first_passed_canary']}"
        yield (
            f"| {one['run']} | {last['step']} | {ends[0]:.2f} → {ends[1]:.2f} | {first['hacks']:.0%} → {last['hacks']:.0%} "
            f"| {first['pass_at_1']:.0%} → {last['pass_at_1']:.0%} | {one['canaries']}; {passed} |"
        )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("world", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument(
        "--hack-share", type=float, default=0.1, help="of the answers of the further training"
    )
    parser.add_argument("--canary-share", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", nargs="+", choices=list(RUNS), default=list(RUNS))
    parser.add_argument("--plot", type=Path, help="write an SVG")
    args = parser.parse_args()
    os.environ.setdefault("ACECODER_URL", "http://127.0.0.1:8000")
    torch.set_num_threads(args.threads)
    world, policy = RunFolder(args.world), args.output / "policy"
    if not policy.exists():
        print("further training, with hacks ...", flush=True)
        args.output.mkdir(parents=True, exist_ok=True)
        hacks.train_policy(world.policy, policy, args.hack_share, args.seed)
    options = RlOptions(
        steps=args.steps, lr=5e-4, measure_every=5, measure_samples=2, canary_share=args.canary_share
    )
    results = [run(name, world, policy, args.output, options, args.seed) for name in args.runs]
    (args.output / "caught.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print("\n".join(table(results)))
    for one in results:
        print(f"{one['run']}: {one['alarms'][0] if one['alarms'] else 'no alarm'}")
    if args.plot:
        from examples.rl.caught_plot import plot

        args.plot.write_text(plot(results), encoding="utf-8")


if __name__ == "__main__":
    main()
