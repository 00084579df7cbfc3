"""One forward pass: sequences in, the head's numbers at their last tokens out. Differentiable.

Two ways that must agree, and ``probe`` sees to it: packed behind shared beginnings, and one by one with the model's own
attention. Neither pads, so no score depends on what else is in the batch beyond rounding. What a model keeps from one
pass to the next (``dynamic`` rotary frequencies) is forgotten before each.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel

from services.rm.engine.attention import Packing, pack, register
from services.rm.engine.head import Head
from services.rm.tokens.prefix_sharing import ForwardStep, Tokens, plan_steps


@dataclass(slots=True)
class TorchScorer:
    """A backbone without a language-model head, its reward head, and how its attention is computed."""

    backbone: PreTrainedModel
    """A decoder, as ``AutoModel`` makes it."""
    head: Head
    native: str = "sdpa"
    """The attention that transformers computes for this model without our help."""
    packed: str = ""
    """Which of ``attention.ATTENTIONS`` packs; empty: nothing is shared."""

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return next(self.backbone.parameters()).device

    @property
    def vocabulary(self) -> int:
        """How many token ids the model knows."""
        weight = self.backbone.get_input_embeddings().weight
        assert isinstance(weight, Tensor)
        return weight.shape[0]

    def use(self, packed: str) -> None:
        """Switch to a packed attention, or with an empty name to the native one.

        Raises:
            ValueError, NotImplementedError: the model does not let its attention be chosen.
        """
        register()
        self.backbone.set_attn_implementation(f"packed_{packed}" if packed else self.native)
        self.packed = packed

    def step(self, sequences: Sequence[Tokens], step: ForwardStep) -> tuple[Tensor, tuple[int, ...]]:
        """Return the fp32 scores of a step's sequences [N], and which sequences they are."""
        if self.packed:
            packing = pack(sequences, step, self.device)
            return self.head(self._ends(packing)), packing.members
        members = tuple(at for group in step.groups for at in group.members)
        return torch.cat([self._alone(sequences[at]) for at in members]), members

    def scores(self, sequences: Sequence[Tokens], budget: int) -> Tensor:
        """Return the fp32 scores of sequences that all differ, [N], in their order."""
        found: list[Tensor] = []
        order: list[int] = []
        for step in plan_steps(sequences, budget):
            scores, members = self.step(sequences, step)
            found.append(scores)
            order += members
        places = torch.tensor(order, device=self.device).argsort()
        return torch.cat(found)[places]

    def _ends(self, packing: Packing) -> Tensor:
        out = self.backbone(
            input_ids=packing.ids, position_ids=packing.positions, use_cache=False, packing=packing
        )
        hidden: Tensor = out.last_hidden_state[0]
        return hidden[packing.ends]

    def _alone(self, sequence: Tokens) -> Tensor:
        forget_lengths(self.backbone)
        ids = torch.tensor([sequence], device=self.device)
        scores: Tensor = self.head(self.backbone(input_ids=ids, use_cache=False).last_hidden_state[:, -1])
        return scores


def rope_kinds(backbone: PreTrainedModel) -> set[str]:
    """Return how the model's positions become angles; several where kinds of layers differ."""
    told = [getattr(module, "rope_type", None) for module in backbone.modules()]
    return {
        str(kind) for each in told if each for kind in (each.values() if isinstance(each, dict) else [each])
    }


def forget_lengths(backbone: PreTrainedModel) -> None:
    """Make ``dynamic`` rotary frequencies those of a model that has seen no long sequence.

    Transformers lets them grow with the longest sequence and keeps them: the next one's score would depend on it.
    """
    for module in backbone.modules():
        original = getattr(module, "original_max_seq_len", None)
        for name in [name for name in vars(module) if name.endswith("max_seq_len_cached")]:
            kind = name.removesuffix("max_seq_len_cached")
            first = getattr(module, f"{kind}original_inv_freq", None)
            now = getattr(module, f"{kind}inv_freq", None)
            if original and first is not None and now is not None and getattr(module, name) != original:
                setattr(module, name, original)
                module.register_buffer(f"{kind}inv_freq", first.to(now.device), persistent=False)
