"""Rewards completions for OpenRLHF: ``--reward.remote_url /path/to/clients/adapters/openrlhf.py``.

OpenRLHF loads this file and calls ``reward_func``.
"""

from collections.abc import Sequence
from typing import Any

from clients.adapters.columns import RowNames
from clients.adapters.verdicts import judge_sync, metrics_of, require_reward
from clients.completions import completion_of


def reward_func(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[object]) -> dict[str, Any]:
    """Reward the completion after each prompt.

    Raises:
        PromptNotFoundError: a query does not hold its prompt.
        ValueError: there is not one prompt and one label for each query.
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
    results = judge_sync(texts, labels, names=RowNames([f"row {at}" for at in range(len(texts))], "label"))
    rewards = torch.tensor([require_reward(result) for result in results])
    rates = torch.tensor([float(result.pass_rate or 0.0) for result in results])
    logs = {
        name: torch.tensor([metrics_of(result)[name] for result in results])
        for name in metrics_of(results[0])
    }
    return {"rewards": rewards, "scores": rates, "extra_logs": logs}
