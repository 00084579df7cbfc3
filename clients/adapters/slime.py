"""Rewards samples for slime: ``--custom-rm-path acecoder.adapters.slime.custom_rm``.

A sample without a verdict, for a fault of the service or of its row, is removed from the batch.
"""

from typing import Any

from clients.adapters.columns import RowNames
from clients.adapters.verdicts import judge, reward_of


async def custom_rm(args: object, sample: Any, **_: Any) -> float | list[float]:
    """Reward a sample's response by its label, or by the tests in its metadata.

    With ``--group-rm``, ``sample`` is the list of a group's samples, and so are the rewards.
    """
    samples = sample if isinstance(sample, list) else [sample]
    names = RowNames([f"sample {getattr(one, 'index', at)}" for at, one in enumerate(samples)], "label")
    results = await judge([one.response for one in samples], [_truth_of(one) for one in samples], names=names)
    rewards = []
    for one, result in zip(samples, results, strict=True):
        reward = reward_of(result)
        one.remove_sample = reward is None or bool(getattr(one, "remove_sample", False))
        rewards.append(0.0 if reward is None else reward)
    return rewards if isinstance(sample, list) else rewards[0]


def _truth_of(sample: Any) -> Any:
    metadata = sample.metadata if isinstance(sample.metadata, dict) else {}
    return sample.label if sample.label is not None else metadata.get("tests", metadata)
