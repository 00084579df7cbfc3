"""Holds the defaults of a loop with models of the user's own, where they differ from those of a small world. Pure.

The defaults of ``loop.config`` are for a policy of a million parameters: its learning rates would destroy a real one in
the first steps. Learning rate, KL divergence and clip are those of AceCoder (arXiv 2502.01718).
"""

from collections.abc import Mapping
from typing import Any

REAL_DEFAULTS: Mapping[str, Any] = {
    "name": "real-models",
    "synthesise": {"tests": 20, "temperature": 0.7},
    "reward_model": {"epochs": 1, "lr": None, "batch_pairs": 128},
    "best_of_n": {"temperature": 0.7},
    "rl": {"lr": 5e-7, "score_lr": None, "score_beta": None},
    "longest_prompt": 1024,
    "longest_answer": 1024,
}
"""Field of the configuration → its default, or those of its own fields."""


def with_real_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a configuration with the defaults of real models where it names none itself."""
    merged = dict(values)
    for name, default in REAL_DEFAULTS.items():
        given = merged.get(name, {} if isinstance(default, Mapping) else default)
        both = isinstance(given, Mapping) and isinstance(default, Mapping)
        merged[name] = {**default, **given} if both else given
    return merged
