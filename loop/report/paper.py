"""Holds the numbers that AceCoder's paper reports (arXiv 2502.01718), for the tables that stand beside ours.

They are constants of another system: 7B models, 124,006 seeds, nine columns of public benchmarks. The report labels
them so, and computes nothing from them and ours. Tables are numbered as in the report: 1 data set, 2 best-of-N, 3 RL,
4 other selectors, 5 filtering. Where the versions of the paper differ, the later one (24 May 2025) is used.
"""

from dataclasses import dataclass

LABEL = "AceCoder, 7B models"
"""What a row of the paper's numbers is called."""

# Table 1: the data set AceCode-87K.
SEEDS = 124_006
QUESTIONS = 87_149
TESTS_IMAGINED_PER_SEED = 18.27
TESTS_KEPT_PER_QUESTION = 15.87
TESTS_KEPT = 1_380_000
"""As printed: 1.38 M."""
TESTS_KEPT_SHARE = 0.61
"""1.38 M of 124,006 × 18.27 tests."""
PASS_RATE = 0.703
"""Mean share of tests that the 16 samples pass. Its denominator counts tests that were dropped."""
SAMPLES_PER_QUESTION = 16
PAIRS = 307_509
PAIR_QUESTIONS = 46_618
"""Questions with a pair, of the rows on the Hugging Face Hub (307,019 pairs)."""
WRONG_TESTS_KEPT_SHARE = 0.015
"""3 of 200 kept tests that people read."""


@dataclass(frozen=True, slots=True)
class PaperSelection:
    """Best-of-N of one sampler, with AceCodeRM-7B: mean of nine benchmark columns, in percent."""

    sampler: str
    greedy: float
    average: float
    oracle: float
    """Any of 64 samples is right."""
    reward_model: dict[int, float]
    """N → percent."""


# Table 2.
SELECTIONS = (
    PaperSelection("Mistral-7B-Instruct-v0.3", 24.8, 22.4, 60.3, {16: 36.6, 32: 37.8, 64: 38.6}),
    PaperSelection("Llama-3.1-8B-Instruct", 40.9, 36.4, 72.3, {16: 47.7, 32: 48.9, 64: 49.3}),
    PaperSelection("Qwen2.5-Coder-7B-Instruct", 55.2, 51.0, 78.9, {16: 57.6, 32: 57.8, 64: 57.8}),
)


@dataclass(frozen=True, slots=True)
class PaperRl:
    """RL from one policy: mean of nine benchmark columns, in percent."""

    policy: str
    before: float
    reward_model: float
    rule: float


# Table 3.
RL = (
    PaperRl("Qwen2.5-7B-Instruct", 49.6, 51.5, 50.9),
    PaperRl("Qwen2.5-Coder-7B (base)", 44.4, 49.1, 52.3),
    PaperRl("Qwen2.5-Coder-7B-Instruct", 55.2, 55.3, 55.9),
)

# Table 4: other reward models, best of 16 answers of Llama-3.1-8B-Instruct, in percent.
OTHER_REWARD_MODELS = {
    "AceCodeRM-7B": 47.7,
    "Skywork-Gemma-27B": 42.5,
    "Skywork-Llama-8B": 41.1,
    "InternLM2-8B": 37.3,
}
OTHER_REWARD_MODELS_N = 16

# Table 5: reward models trained with filtered tests less without, best of 16, in percentage points.
FILTER_GAINS = {"Llama-3.1-8B-Instruct": 2.5, "Qwen2.5-Coder-7B-Instruct": 1.0}
