"""Rewards samples for slime: ``--custom-rm-path acecoder.adapters.slime.custom_rm``.

A sample without a verdict is removed from the batch.
"""

from typing import Any

from clients.adapters.verdicts import judge, reward_of


async def custom_rm(args: object, sample: Any, **_: Any) -> float:
    """Reward a sample's response by its label, or by the tests in its metadata."""
    metadata = sample.metadata if isinstance(sample.metadata, dict) else {}
    truth = sample.label if sample.label is not None else metadata.get("tests", metadata)
    (result,) = await judge([sample.response], [truth])
    reward = reward_of(result)
    sample.remove_sample = reward is None or bool(getattr(sample, "remove_sample", False))
    return 0.0 if reward is None else reward
