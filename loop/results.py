"""Defines the results of the steps of a loop: what the report shows, and nothing else does.

Each step writes one of these models to ``results/NAME.json`` in the folder of the run. Shares are between 0 and 1.
"""

from typing import Annotated

from pydantic import Field

from clients.contract.base import ResponseModel


class Share(ResponseModel):
    """A share of held-out questions, with its 95 % interval from resampling questions.

    It also holds a difference of two shares of the same questions; the mean may then be negative.
    """

    mean: Annotated[float, Field(ge=-1, le=1)]
    low: float | None = None
    """``None``, like ``high``, where the questions are too few for an interval."""
    high: float | None = None
    questions: int


class WorldResults(ResponseModel):
    """Results of the step ``world``: questions and the policies that everything starts from."""

    questions: dict[str, int]
    """Split → number of questions."""
    questions_left_out: int = 0
    """Questions of the user that are not used, since their program fails one of its own tests."""
    families: dict[str, list[str]]
    """Split → names of families."""
    policy_parameters: int
    policy_name: str
    """Name or path of the base policy."""
    pass_at_1: dict[str, Share]
    """Split → pass@1 of the base policy by true tests; splits that are held out."""
    solver_pass_at_1: dict[str, Share] = {}  # noqa: RUF012  -- pydantic copies defaults
    """The same for the solver, if it is another model."""
    wall_s: float


class StageYield(ResponseModel):
    """What one stage of synthesis let through."""

    stage: str
    rows_in: int
    rows_out: int
    tests_in: int
    tests_out: int
    wall_s: float


class DatasetResults(ResponseModel):
    """Results of the step ``synthesise``: the quantities of AceCoder's Table 1."""

    seeds: int
    questions: int
    """Questions left after filtering."""
    tests_imagined: int
    """Tests that a model wrote with the questions."""
    tests_kept: int
    """Tests of these that the filter kept."""
    tests_added: int = 0
    """Further tests of the suites, which were made from programs after the filter (stage ``strengthen``)."""
    test_drops: dict[str, int]
    """Reason → imagined tests."""
    row_drops: dict[str, int]
    """Reason → rows."""
    stages: list[StageYield]
    samples: int
    """Sampled programs with a verdict."""
    pass_rate: float
    """Mean pass rate of the samples by the kept tests."""
    pairs: int
    pair_questions: int
    """Questions with at least one pair."""
    wrong_tests_imagined: int | None = None
    """Imagined tests that the true program fails; ``None`` where it is not known."""
    wrong_tests_kept: int | None = None
    model_calls: int
    tokens_in: int
    tokens_out: int
    wall_s: float


class SelectionRow(ResponseModel):
    """One way to pick one of N programs, over N."""

    rule: str
    """``reward model``, ``imagined tests``, ``length``, ``random``, ``oracle``, …"""
    description: str
    by_n: dict[int, Share]
    """N → share of held-out questions whose pick passes all true tests."""


class SelectionResults(ResponseModel):
    """Results of the step ``best_of_n``: the quantities of AceCoder's Tables 2 and 4."""

    questions: int
    samples_per_question: int
    greedy: Share
    """One answer at temperature 0."""
    average: Share
    """Mean over all samples."""
    oracle: Share
    """Any of all samples is right."""
    rows: list[SelectionRow]
    gains: dict[str, Share] = {}  # noqa: RUF012  -- pydantic copies defaults
    """``greedy``, ``average``, ``oracle``, or a rule of ``rows`` → pass@1 of the reward model's pick among all samples,
    less that of this pick, paired by question. The report claims a difference only where its interval leaves out 0."""
    gains_by_n: dict[int, dict[str, Share]] = {}  # noqa: RUF012  -- pydantic copies defaults
    """N → ``greedy`` or ``average`` → the same of the reward model's pick among N samples."""
    pair_accuracy: float | None = None
    """Share of (right, wrong) pairs of held-out answers of one question that the reward model orders rightly."""
    wall_s: float


class TrainingPoint(ResponseModel):
    """Held-out pass@1 after some steps of RL."""

    step: int
    pass_at_1: dict[str, Share]
    """Split → pass@1 by true tests: mean over samples at the temperature of the training."""
    greedy: dict[str, Share] = {}  # noqa: RUF012  -- pydantic copies defaults
    """The same of one answer at temperature 0. A policy that only became surer of its answers gains nothing here."""
    training_reward: float | None = None


class RlRun(ResponseModel):
    """One RL training."""

    name: str
    """``rule``, ``reward-model``, ``hybrid``."""
    algorithm: str
    """``grpo`` or ``reinforce++``."""
    steps: int
    samples_per_step: int
    points: list[TrainingPoint]
    """The first is the base policy at step 0."""
    lift: dict[str, Share]
    """Split → pass@1 of the last point less that of the first, paired by question."""
    greedy_lift: dict[str, Share] = {}  # noqa: RUF012  -- pydantic copies defaults
    """The same for greedy answers."""
    monitor: str
    """File of the monitor's steps, relative to the folder of the run."""
    alarms: list[str] = []  # noqa: RUF012  -- pydantic copies defaults
    reward_wait_s: float
    """Seconds in which the trainer waited for rewards."""
    measure_s: float = 0.0
    """Seconds of the held-out measurements."""
    wall_s: float
    """Seconds of the training, measurements included."""


class RunDifference(ResponseModel):
    """How far two RL runs lie apart at their last points."""

    first: str
    second: str
    split: str
    difference: Share
    """pass@1 of the first run less that of the second, paired by question."""


class RlResults(ResponseModel):
    """Results of the step ``rl``: the quantities of AceCoder's Table 3."""

    runs: list[RlRun]
    differences: list[RunDifference] = []  # noqa: RUF012  -- pydantic copies defaults


class AblationRow(ResponseModel):
    """A reward model trained on other pairs, and what it picks."""

    name: str
    """``as configured``, ``without filtering``, ``without rate-0 answers``."""
    description: str
    pairs: int
    by_n: dict[int, Share]
    pair_accuracy: float | None = None
    gain: Share | None = None
    """pass@1 of its pick among all samples less that of ``as configured``, paired by question."""


class AblationResults(ResponseModel):
    """Results of the step ``ablations``: the quantities of AceCoder's Table 5."""

    rows: list[AblationRow]


class ExampleTest(ResponseModel):
    """One test of an example."""

    text: str
    kept: bool
    reason: str = ""
    """Why it was dropped."""
    truly_right: bool | None = None


class ExampleProgram(ResponseModel):
    """One program of an example."""

    program: str
    outcomes: list[str]
    """Outcome by kept test."""
    pass_rate: float | None
    score: float | None = None
    """The reward model's."""


class Example(ResponseModel):
    """One question with its tests and programs, to be browsed in the report."""

    id: str
    question: str
    tests: list[ExampleTest]
    programs: list[ExampleProgram]


class ExampleResults(ResponseModel):
    """Examples of the run: ``results/examples.json``."""

    examples: list[Example]


class LoopResults(ResponseModel):
    """All results of a run, as far as it got; what the report is drawn from."""

    name: str
    seed: int
    world: WorldResults | None = None
    dataset: DatasetResults | None = None
    best_of_n: SelectionResults | None = None
    rl: RlResults | None = None
    ablations: AblationResults | None = None
    examples: ExampleResults | None = None
    monitor_steps: dict[str, list[dict[str, object]]] = {}  # noqa: RUF012  -- pydantic copies defaults
    """RL run → lines of its monitor's file."""
    wall_s: dict[str, float] = {}  # noqa: RUF012  -- pydantic copies defaults
    """Step → seconds."""
    machine: str = ""
    """Cores, processor, versions."""
    settings: dict[str, object] = {}  # noqa: RUF012  -- pydantic copies defaults
    """The configuration of the run, with defaults."""
    command: str = ""
    """The command that repeats the run."""
