"""Computes a reward from a hidden state: the reward head. Always in fp32, whatever type the backbone computes in."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


class Head(nn.Module):
    """One linear layer, or several with ReLU between them; the last gives one number."""

    def __init__(self, layers: Sequence[tuple[Tensor, Tensor | None]]) -> None:
        super().__init__()
        modules: list[nn.Module] = []
        for weight, bias in layers:
            linear = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, dtype=torch.float32)
            with torch.no_grad():
                linear.weight.copy_(weight)
                if bias is not None:
                    linear.bias.copy_(bias)
            modules += [linear, nn.ReLU()]
        self.layers = nn.Sequential(*modules[:-1])

    @classmethod
    def fresh(cls, hidden: int, generator: torch.Generator | None = None, *, bias: bool = True) -> "Head":
        """Return an untrained head: normally distributed weights of standard deviation 1/(hidden + 1), bias 0.

        Value heads are usually initialised with 1/√(hidden + 1). On the hidden states of a real model
        (Qwen2.5-Coder-0.5B: length 200) that gives scores with a spread of 0.7 and an offset of 10 before anything is
        learnt, which training does not remove. This gives a thirtieth of both.
        """
        weight = torch.empty(1, hidden).normal_(0.0, 1 / (hidden + 1), generator=generator)
        return cls([(weight, torch.zeros(1) if bias else None)])

    def forward(self, hidden: Tensor) -> Tensor:
        """[N, hidden] of any dtype → [N] in fp32."""
        with torch.autocast(hidden.device.type, enabled=False):  # training may switch it on around this call
            scores: Tensor = self.layers(hidden.float())
        return scores[:, 0]

    def tensors(self) -> Mapping[str, Tensor]:
        """Return the ``weight`` and, if there is one, the ``bias`` of a head of one layer.

        Raises:
            ValueError: the head has several layers.
        """
        (linear,) = self.layers
        assert isinstance(linear, nn.Linear)
        return {name: tensor.detach().cpu() for name, tensor in linear.named_parameters()}
