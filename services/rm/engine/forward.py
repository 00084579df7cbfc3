"""Runs forward passes: token sequences in, the head's numbers at their last tokens out. Differentiable.

There are two ways, and the self-test at start-up checks that they give the same scores: sequences packed behind their
common prefixes, and one by one with the model's own attention. Neither pads, so a score does not depend on the other
sequences of a step, except for rounding. State that a model keeps from one pass to the next (``dynamic`` rotary
frequencies) is reset before each pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel

from services.rm.engine.attention import register
from services.rm.engine.head import Head
from services.rm.engine.packing import Packing, pack
from services.rm.tokens.prefix_sharing import ForwardStep, Tokens, plan_steps


@dataclass(slots=True)
class TorchScorer:
    """A backbone without a language-model head, its reward head, and the attention in use."""

    backbone: PreTrainedModel
    """A decoder, as ``AutoModel`` builds it."""
    head: Head
    native: str = "sdpa"
    """Name of the attention of transformers that computes this model correctly."""
    packed: str = ""
    """Name of the packed attention in use (a key of ``attention.ATTENTIONS``); empty: no prefix is shared."""

    @property
    def device(self) -> torch.device:
        """The device of the backbone."""
        return next(self.backbone.parameters()).device

    @property
    def vocabulary(self) -> int:
        """Number of token ids that the model knows."""
        weight = self.backbone.get_input_embeddings().weight
        assert isinstance(weight, Tensor)
        return weight.shape[0]

    def use(self, packed: str) -> None:
        """Switch to a packed attention, or with an empty name to the native one.

        Raises:
            ValueError, NotImplementedError: the model does not support a choice of its attention.
        """
        register()
        self.backbone.set_attn_implementation(f"packed_{packed}" if packed else self.native)
        self.packed = packed

    def step(self, sequences: Sequence[Tokens], step: ForwardStep) -> tuple[Tensor, tuple[int, ...]]:
        """Return the fp32 scores of a step's sequences, [N], and the indices of these sequences."""
        states, members = self.states(sequences, step)
        return self.head(states), members

    def states(self, sequences: Sequence[Tokens], step: ForwardStep) -> tuple[Tensor, tuple[int, ...]]:
        """Return the hidden states at the last tokens of a step's sequences, [N, hidden], and their indices."""
        if self.packed:
            packing = pack(sequences, step, self.device)
            return self._last_states(packing), packing.members
        return torch.cat([self._state_alone(sequences[index]) for index in step.members]), step.members

    def plan(self, sequences: Sequence[Tokens], budget: int) -> list[ForwardStep]:
        """Plan the steps of at most ``budget`` tokens; without packed attention no prefix is shared."""
        return plan_steps(sequences, budget, sharing=bool(self.packed))

    def scores(self, sequences: Sequence[Tokens], budget: int) -> Tensor:
        """Return the fp32 scores of sequences that all differ, [N], in their order."""
        parts: list[Tensor] = []
        order: list[int] = []
        for step in self.plan(sequences, budget):
            scores, members = self.step(sequences, step)
            parts.append(scores)
            order += members
        # ``order[i]`` is the sequence of score i; its argsort puts the scores back into the callers' order.
        places = torch.tensor(order, device=self.device).argsort()
        return torch.cat(parts)[places]

    def _last_states(self, packing: Packing) -> Tensor:
        out = self.backbone(
            input_ids=packing.ids, position_ids=packing.positions, use_cache=False, packing=packing
        )
        hidden: Tensor = out.last_hidden_state[0]
        return hidden[packing.ends]

    def _state_alone(self, sequence: Tokens) -> Tensor:
        reset_dynamic_rope(self.backbone)
        ids = torch.tensor([sequence], device=self.device)
        state: Tensor = self.backbone(input_ids=ids, use_cache=False).last_hidden_state[:, -1]
        return state


def rope_kinds(backbone: PreTrainedModel) -> set[str]:
    """Return the model's kinds of rotary position embedding; several if its layers differ."""
    declared = [getattr(module, "rope_type", None) for module in backbone.modules()]
    return {
        str(kind)
        for value in declared
        if value
        for kind in (value.values() if isinstance(value, dict) else [value])
    }


def reset_dynamic_rope(backbone: PreTrainedModel) -> None:
    """Reset ``dynamic`` rotary frequencies to those of a model that has seen no long sequence.

    Transformers changes them for the longest sequence so far and keeps them, so that the score of a later sequence
    would depend on it.
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
