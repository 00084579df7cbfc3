"""Results of a loop that never ran: every number is invented, to draw pages from in tests."""

import random
from dataclasses import asdict

from clients.monitor.measures import StepMeasures
from loop.results import (
    AblationResults,
    AblationRow,
    DatasetResults,
    Example,
    ExampleProgram,
    ExampleResults,
    ExampleTest,
    LoopResults,
    RlResults,
    RlRun,
    RunDifference,
    SelectionResults,
    SelectionRow,
    Share,
    StageYield,
    TrainingPoint,
    WorldResults,
)

HOSTILE = (
    'def f(x):\n    return "</pre></script><script>alert(1)</script><img src=http://evil.example/x.png>"'
)
STEPS = (1, 2, 4, 8, 16, 32, 64)


def share(mean, half=0.08, questions=96):
    return Share(mean=mean, low=mean - half, high=mean + half, questions=questions)


def world():
    return WorldResults(
        questions={"train": 300, "held_out": 64, "held_out_family": 32},
        families={"train": ["sums"], "held_out": ["sums"], "held_out_family": ["texts"]},
        policy_parameters=3_141_592,
        policy_name="invented-policy",
        pass_at_1={"held_out": share(0.281), "held_out_family": share(0.203)},
        solver_pass_at_1={"held_out": share(0.713)},
        wall_s=120,
    )


def dataset():
    return DatasetResults(
        seeds=300,
        questions=287,
        tests_imagined=3600,
        tests_kept=2611,
        test_drops={
            "rejected_by_consensus": 703, "duplicate": 121, "not_an_assert": 60, "flaky": 44, "names_no_entry_point": 31,
            "vacuous": 20, "raises_alone": 10,
        },
        row_drops={"too_few_tests": 9, "no_agreement_of_solvers": 4},
        stages=[
            StageYield(stage="rewrite", rows_in=300, rows_out=300, tests_in=0, tests_out=3600, wall_s=12.5),
            StageYield(stage="filter", rows_in=300, rows_out=287, tests_in=3600, tests_out=2611, wall_s=61.0),
        ],
        samples=4592,
        pass_rate=0.412,
        pairs=5210,
        pair_questions=201,
        wrong_tests_imagined=901,
        wrong_tests_kept=37,
        model_calls=900,
        tokens_in=123_456,
        tokens_out=654_321,
        wall_s=240,
    )  # fmt: skip


def selection():
    heights = {
        "reward model": (0.29, 0.38, 0.45, 0.52, 0.56, 0.581, 0.593),
        "imagined tests": (0.29, 0.40, 0.50, 0.58, 0.63, 0.66, 0.68),
        "imagined tests, then reward model": (0.29, 0.41, 0.51, 0.60, 0.66, 0.69, 0.71),
        "length": (0.29, 0.30, 0.31, 0.31, 0.30, 0.30, 0.29),
        "random": (0.29,) * 7,
        "oracle": (0.29, 0.44, 0.58, 0.70, 0.79, 0.85, 0.883),
    }
    return SelectionResults(
        questions=96,
        samples_per_question=64,
        greedy=share(0.333),
        average=share(0.287, 0.06),
        oracle=share(0.883, 0.06),
        rows=[
            SelectionRow(
                rule=rule,
                description=f"the {rule} decides",
                by_n={n: share(mean) for n, mean in zip(STEPS, means, strict=True)},
            )
            for rule, means in heights.items()
        ],
        gains={"greedy": share(0.26), "average": share(0.306), "imagined tests": share(-0.087, 0.1)},
        pair_accuracy=0.777,
        wall_s=130,
    )


def rl_run(name, heights, family):
    return RlRun(
        name=name,
        algorithm="grpo",
        steps=80,
        samples_per_step=64,
        points=[
            TrainingPoint(
                step=20 * at,
                pass_at_1={"held_out": share(mean), "held_out_family": share(family + 0.02 * at, 0.12, 32)},
                greedy={"held_out": share(mean + 0.05)},
            )
            for at, mean in enumerate(heights)
        ],
        lift={
            "held_out": share(heights[-1] - heights[0], 0.09, 64),
            "held_out_family": share(0.08, 0.12, 32),
        },
        greedy_lift={"held_out": share(heights[-1] - heights[0], 0.1, 64)},
        monitor=f"rl/{name}/rewards.jsonl",
        alarms=["step 71: equal_groups is 0.93, above 0.9 for 5 steps"] if name == "reward_model" else [],
        reward_wait_s=31,
        measure_s=50,
        wall_s=360,
    )


def rl():
    return RlResults(
        runs=[
            rl_run("rule", (0.281, 0.40, 0.51, 0.58, 0.594), 0.203),
            rl_run("reward_model", (0.281, 0.33, 0.39, 0.41, 0.427), 0.203),
        ],
        differences=[
            RunDifference(first="rule", second="reward_model", split="held_out", difference=share(0.167, 0.07, 64)),
        ],
    )  # fmt: skip


def monitor(seed):
    rng = random.Random(seed)
    rows = []
    for step in range(1, 81):
        passed = 0.3 + 0.4 * step / 80
        measures = StepMeasures(
            samples=64, groups=8, reward=passed + rng.uniform(-0.05, 0.05), reward_of_mixed_groups=0.5,
            equal_groups=0.2 + 0.4 * step / 80, unscorable=0.0, outcomes={"passed": passed, "wrong_answer": 1 - passed},
            resting_passes=0.0, canaries=1 if step % 10 == 0 else 0, canary_pass_rate=0.0 if step % 10 == 0 else None,
            unique_programs=0.7 - 0.3 * step / 80, length=81 + rng.uniform(-5, 5),
            rm_auc=0.7 if seed else None,
        )  # fmt: skip
        rows.append({"step": step, **asdict(measures), "alarms": []})
    return rows


def examples(number=3):
    return ExampleResults(examples=[
        Example(
            id=f"train/{at}",
            question="Write `f(x)` that returns twice x.\n<b>No bold</b> & no entities &amp;.",
            tests=[
                ExampleTest(text="assert f(2) == 4", kept=True, truly_right=True),
                ExampleTest(text="assert f('<i>') == '<i><i>'", kept=True, truly_right=True),
                ExampleTest(text="assert f(3) == 7", kept=True, truly_right=False),
                ExampleTest(text="assert f(5) == 11", kept=False, reason="rejected_by_consensus", truly_right=False),
                ExampleTest(text="assert f(5) == 10", kept=False, reason="duplicate", truly_right=True),
                ExampleTest(text="assert f", kept=False, truly_right=None),
            ],
            programs=[
                ExampleProgram(program="def f(x):\n    return 2 * x", outcomes=["passed", "passed", "wrong_answer"], pass_rate=2 / 3, score=1.2345),
                ExampleProgram(program="def f(x):\n    return 2 * x + 1", outcomes=["wrong_answer", "runtime_error", "passed"], pass_rate=1 / 3, score=-0.5),
                ExampleProgram(program=HOSTILE, outcomes=["time_limit", "not_run", "invalid_test"], pass_rate=0.0, score=None),
                ExampleProgram(program="x" * 30_000, outcomes=[], pass_rate=None),
            ],
        )
        for at in range(number)
    ])  # fmt: skip


def ablations():
    return AblationResults(rows=[
        AblationRow(name="as configured", description="filtered tests, rate above 0", pairs=5210, by_n={16: share(0.56), 64: share(0.593)}, pair_accuracy=0.777),
        AblationRow(name="without filtering", description="all imagined tests", pairs=4800, by_n={16: share(0.50), 64: share(0.521)}, pair_accuracy=0.70, gain=share(-0.072, 0.05)),
        AblationRow(name="without rate-0 answers", description="answers that pass no test are left out", pairs=2100, by_n={16: share(0.55), 64: share(0.585)}, pair_accuracy=0.76, gain=share(-0.008, 0.05)),
    ])  # fmt: skip


def results(seed=0, **changes):
    whole = {
        "name": "invented", "seed": seed, "world": world(), "dataset": dataset(), "best_of_n": selection(), "rl": rl(),
        "ablations": ablations(), "examples": examples(), "monitor_steps": {"rule": monitor(0), "reward_model": monitor(1)},
        "wall_s": {"world": 120.0, "synthesise": 240.0, "reward_model": 40.0, "best_of_n": 130.0, "rl": 600.0, "ablations": 95.0},
        "machine": "2 cores, invented processor", "settings": {"name": "invented", "rl": {"steps": 80, "runs": ["rule"]}},
        "command": f"acecoder loop invented.yaml -o out/loop --seed {seed}",
    }  # fmt: skip
    return LoopResults(**{**whole, **changes})
