"""Rewards completions for OpenRLHF: ``--reward.remote_url /path/to/clients/adapters/openrlhf.py``.

OpenRLHF loads this file and calls ``reward_func``, with one sample at a time. An error of it is logged and dropped, and
the step ends later with one that names no row. So the error is returned in the reward's place: it is raised where
OpenRLHF makes a tensor of the reward.
"""

from collections.abc import Sequence
from typing import Any

from clients.adapters.columns import RowNames
from clients.adapters.verdicts import NoReward, judge_sync, metrics_of, require_reward
from clients.completions import completion_of

_LABEL_CHARS = 60
"""Of a label in a message: enough to find the row in the data set. OpenRLHF gives no id."""


def reward_func(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[object]) -> dict[str, Any]:
    """Reward the completion after each prompt. Errors of one sample are in the place of its reward; see ``_reward``."""
    try:
        return _reward(queries, prompts, labels)
    except Exception as error:
        if len(queries) != 1:
            raise
        return {"rewards": NoReward(error), "scores": NoReward(error), "extra_logs": {}}


def _reward(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[object]) -> dict[str, Any]:
    """Reward the completion after each prompt.

    Raises:
        PromptNotFoundError: a query does not hold its prompt.
        ValueError: there is not one prompt and one label for each query; or no row could be judged yet.
        NoVerdictError: there is no verdict, which OpenRLHF has no value for. For a row that cannot be judged,
            ``ACECODER_BAD_ROW_REWARD`` may give one.
    """
    import torch  # noqa: PLC0415 - OpenRLHF depends on torch, the client does not

    if not len(queries) == len(prompts) == len(labels):
        raise ValueError(
            f"{len(queries)} queries, {len(prompts)} prompts and {len(labels)} labels; give one of each for a sample "
            f"(--data.label_key names the column of labels)"
        )
    texts = [completion_of(query, prompt)[0] for query, prompt in zip(queries, prompts, strict=True)]
    names = [f"row {at} (label {str(label)[:_LABEL_CHARS]!r})" for at, label in enumerate(labels)]
    results = judge_sync(texts, labels, names=RowNames(names, "label"))
    rewards = torch.tensor([require_reward(result) for result in results])
    rates = torch.tensor([float(result.pass_rate or 0.0) for result in results])
    logs = {
        name: torch.tensor([metrics_of(result)[name] for result in results])
        for name in metrics_of(results[0])
    }
    return {"rewards": rewards, "scores": rates, "extra_logs": logs}
