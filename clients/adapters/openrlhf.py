"""OpenRLHF: ``--reward.remote_url /path/to/clients/adapters/openrlhf.py``, which it loads and calls."""

from collections.abc import Sequence
from typing import Any

from clients.adapters.verdicts import certain, judge_sync, numbers_of
from clients.completions.transcripts import completion_of


def reward_func(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[object]) -> dict[str, Any]:
    """Reward what follows each prompt. Raises ``NoVerdictError``: the rollout then has no reward."""
    import torch  # noqa: PLC0415 - the framework has it, the client does not need it

    texts = [completion_of(query, prompt)[0] for query, prompt in zip(queries, prompts, strict=True)]
    results = judge_sync(texts, labels)
    rewards = torch.tensor([certain(result) for result in results])
    rates = torch.tensor([float(result.pass_rate or 0.0) for result in results])
    logs = {
        name: torch.tensor([numbers_of(each)[name] for each in results]) for name in numbers_of(results[0])
    }
    return {"rewards": rewards, "scores": rates, "extra_logs": logs}
