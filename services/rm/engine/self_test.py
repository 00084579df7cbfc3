"""Chooses the packed attention of a model at start-up: the first with the same hidden states as one-by-one scoring.

It computes groups of random tokens, with short and long prefixes, candidates of one token, and candidates that
branch off within another one. A model whose
layers cannot be packed (recurrent layers, chunked attention, bidirectional attention, code of its own) fails this test
or gives other states. It is then scored one by one, which is slower and correct.

Hidden states are compared and not scores: how much a rounding error of the backbone moves a score depends on the head.
"""

from collections.abc import Sequence

import torch

from services.rm.engine.attention import ATTENTIONS
from services.rm.engine.forward import TorchScorer, rope_kinds
from services.rm.tokens.prefix_sharing import Tokens

TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 0.05, torch.float16: 0.02}
"""Largest difference of two hidden states of one sequence, as a fraction of their length (Euclidean norm).

In bfloat16 another order of summation moves the states of a real model (Qwen2.5-Coder-0.5B) by at most 0.015. A packing
that is wrong moves them further: positions off by one 0.10, a prefix that is a token short 0.40, neighbours that are
seen 0.83, a prefix that is not seen 1.3. In the other types rounding is smaller by their number of digits."""
PACKABLE = frozenset({"full_attention", "sliding_attention"})
"""Kinds of layers that packed attention computes. Others may give equal scores on short sequences and not on long ones,
so this test could miss the difference."""
LENGTH_DEPENDENT_ROPE = frozenset({"dynamic", "longrope"})
"""Rotary embeddings that depend on the longest sequence of a pass, so in a packed row on the other sequences."""
_GROUPS = ((33, (7, 1, 19)), (5, (40, 3)), (0, (12,)))
"""Tokens of the prefix, and the tokens of each candidate after it."""


def choose_attention(scorer: TorchScorer, names: Sequence[str] = tuple(ATTENTIONS)) -> str:
    """Make ``scorer`` use the first packed attention that passes, else none. Return its name, or ``off:`` and why."""
    kinds = set(getattr(scorer.backbone.config, "layer_types", None) or ()) - PACKABLE
    if kinds:
        scorer.use("")
        return f"off: layers of {', '.join(sorted(kinds))}"
    if ropes := rope_kinds(scorer.backbone) & LENGTH_DEPENDENT_ROPE:
        scorer.use("")
        return f"off: {', '.join(sorted(ropes))} positions depend on a row's length"
    failure = "no packed attention"
    sequences = _sequences(scorer)
    with torch.inference_mode():
        expected = _one_by_one(scorer, sequences)
        for name in names:
            failure = _failure(scorer, name, sequences, expected)
            if not failure:
                return name
    scorer.use("")
    return f"off: {failure}"


def _one_by_one(scorer: TorchScorer, sequences: list[Tokens]) -> torch.Tensor:
    scorer.use("")
    return _states(scorer, sequences)


def _states(scorer: TorchScorer, sequences: list[Tokens]) -> torch.Tensor:
    """Return the hidden state at the last token of each sequence, [N, hidden], in fp32."""
    (step,) = scorer.plan(sequences, budget=2**20)
    states, members = scorer.states(sequences, step)
    return states[torch.tensor(members, device=states.device).argsort()].float()


def _failure(scorer: TorchScorer, name: str, sequences: list[Tokens], expected: torch.Tensor) -> str:
    """Return why an attention does not pass; empty if it passes."""
    if name == "varlen" and scorer.device.type != "cuda":
        return "varlen needs CUDA"
    try:
        scorer.use(name)
        states = _states(scorer, sequences)
    except Exception as error:  # noqa: BLE001 - a model's own code may raise anything; it is then scored one by one
        return f"{name}: {type(error).__name__}: {error}".splitlines()[0]
    dtype = next(scorer.backbone.parameters()).dtype
    difference = float(((states - expected).norm(dim=1) / expected.norm(dim=1)).max())
    # Not ``difference > …``: a state that is not finite passes no comparison.
    if difference <= TOLERANCE.get(dtype, 0.02):
        return ""
    return f"{name}: packed hidden states differ by {difference:.2g} of their length"


def _sequences(scorer: TorchScorer) -> list[Tokens]:
    generator = torch.Generator().manual_seed(0)
    highest = min(scorer.vocabulary, 32_000)

    def draw(count: int) -> Tokens:
        return tuple(torch.randint(0, highest, (count,), generator=generator).tolist())

    sequences = []
    for prefix_length, own_lengths in _GROUPS:
        prefix = draw(prefix_length)
        sequences += [prefix + draw(own_length) for own_length in own_lengths]
    branching = sequences[0]
    sequences += [branching[:-2] + draw(own_length) for own_length in (4, 1)]
    return sequences
