"""At start-up: which packed attention gives this model the scores that it has one by one. The first is used.

Random tokens, in groups with short and long beginnings and candidates of one token. A model whose layers cannot be
packed (recurrent ones, chunked attention, attention to both sides, code of its own) fails or differs here, and is
then scored one by one: slower, never wrong.
"""

from collections.abc import Sequence

import torch

from services.rm.engine.attention import ATTENTIONS
from services.rm.engine.forward import TorchScorer, rope_kinds
from services.rm.tokens.prefix_sharing import Tokens

TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 0.1, torch.float16: 0.02}
"""Of the spread of the scores (or of 1, where they spread more): some ten times what rounding makes of the order in
which sums are taken, in that type; a wrong mask makes differences of the spread's own size."""
PACKABLE = frozenset({"full_attention", "sliding_attention"})
"""Kinds of layers whose attention ours stands for. Others may agree on short sequences and differ on long ones."""
BY_LENGTH = frozenset({"dynamic", "longrope"})
"""Rotary angles that depend on the longest sequence of a pass: in a packed row, on the neighbours."""
_GROUPS = ((33, (7, 1, 19)), (5, (40, 3)), (0, (12,)))
"""Tokens shared, and tokens of each candidate's own."""


def choose_attention(scorer: TorchScorer, names: Sequence[str] = tuple(ATTENTIONS)) -> str:
    """Make ``scorer`` use the first packed attention that agrees, else none; return its name, or ``off`` and why."""
    kinds = set(getattr(scorer.backbone.config, "layer_types", None) or ()) - PACKABLE
    if kinds:
        scorer.use("")
        return f"off: layers of {', '.join(sorted(kinds))}"
    if ropes := rope_kinds(scorer.backbone) & BY_LENGTH:
        scorer.use("")
        return f"off: {', '.join(sorted(ropes))} positions depend on a row's length"
    why = "no packed attention"
    sequences = _sequences(scorer)
    with torch.inference_mode():
        expected = _expected(scorer, sequences)
        for name in names:
            why = _disagreement(scorer, name, sequences, expected)
            if not why:
                return name
    scorer.use("")
    return f"off: {why}"


def _expected(scorer: TorchScorer, sequences: list[Tokens]) -> torch.Tensor:
    scorer.use("")
    return scorer.scores(sequences, budget=1)


def _disagreement(scorer: TorchScorer, name: str, sequences: list[Tokens], expected: torch.Tensor) -> str:
    """What is wrong with an attention; empty if nothing is."""
    if name == "varlen" and scorer.device.type != "cuda":
        return "varlen needs CUDA"
    try:
        scorer.use(name)
        found = scorer.scores(sequences, budget=2**20)
    except Exception as error:  # noqa: BLE001 - whatever a model's own code raises; it is then scored one by one
        return f"{name}: {type(error).__name__}: {error}".splitlines()[0]
    dtype = next(scorer.backbone.parameters()).dtype
    allowed = TOLERANCE.get(dtype, 0.1) * min(1.0, float(expected.std()))
    apart = float((found - expected).abs().max())
    return "" if apart <= allowed else f"{name}: packed scores differ by {apart:.2g}"


def _sequences(scorer: TorchScorer) -> list[Tokens]:
    generator = torch.Generator().manual_seed(0)
    top = min(scorer.vocabulary, 32_000)

    def draw(count: int) -> Tokens:
        return tuple(torch.randint(0, top, (count,), generator=generator).tolist())

    sequences = []
    for length, owns in _GROUPS:
        shared = draw(length)
        sequences += [shared + draw(own) for own in owns]
    return sequences
