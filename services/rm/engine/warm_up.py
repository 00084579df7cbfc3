"""Computes one full forward pass before the first request, and measures its speed.

The first pass of a size is slow, because it loads kernels and allocates memory. The log has the speed, so that a wrong
device, type or attention is seen at once.
"""

import time

import torch

from services.rm.engine.forward import TorchScorer

_GROUP = 8
"""Sequences behind one prefix: about what best-of-N and RL send."""


def measure_tokens_per_s(scorer: TorchScorer, tokens: int) -> float:
    """Compute a group of random sequences with ``tokens`` tokens in total, twice. Return the tokens computed per
    second the second time, where a shared prefix counts once.
    """
    sequences = _sequences(scorer.vocabulary, tokens)
    took_s = 0.0
    with torch.inference_mode():
        for _ in range(2):
            start = time.perf_counter()
            scorer.scores(sequences, tokens).tolist()  # copies to the CPU, so the device has finished
            took_s = time.perf_counter() - start
    return sum(step.tokens for step in scorer.plan(sequences, tokens)) / max(took_s, 1e-9)


def _sequences(vocabulary: int, tokens: int) -> list[tuple[int, ...]]:
    """Return ``_GROUP`` sequences with a common prefix, which is half of each. All have about ``tokens`` tokens in
    total, where the prefix counts once.
    """
    half = max(tokens // (_GROUP + 1), 3)
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randint(0, vocabulary, (_GROUP + 1, half), generator=generator).tolist()
    # Its number after the prefix makes each sequence different from the others.
    return [(*drawn[0], n % vocabulary, *own[1:]) for n, own in enumerate(drawn[1:])]
