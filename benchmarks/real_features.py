"""Computes what a frozen language model makes of answers, once, and keeps it in a file.

Two things for each answer, from one forward pass: the hidden state after the conversation, which a reward head turns
into a score, and the model's own opinion: how much likelier it is to go on with "Yes" than with "No" when it is asked
whether the program is right. The question is appended to the conversation, so it costs some tokens and no second pass.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from services.rm.engine.packing import pack
from services.rm.tokens.prefix_sharing import Tokens, plan_steps
from services.rm.training.model import FrozenBackboneModel, TrainingBase, state_key

ASKED = "Is this program right for every valid input? Answer with Yes or No."
SAVE_EVERY = 4
"""Questions between two writes of the file: what is lost at most when the process is killed."""
BUDGET = 2048
"""Tokens of one forward pass: some hundred megabytes of a 0.5B model."""


@dataclass(slots=True)
class Features:
    """Features by answer; a key is a digest of the conversation's tokens."""

    states: dict[str, NDArray[np.float16]] = field(default_factory=dict)
    """Hidden states in half precision, which holds bfloat16's digits."""
    opinions: dict[str, float] = field(default_factory=dict)
    """Logit of "Yes" less that of "No"."""

    def has(self, group: Sequence[Tokens]) -> bool:
        """Return whether the features of all these conversations are there."""
        return all(key_of(ids) in self.states for ids in group)

    def save(self, path: Path) -> None:
        """Write the features; the file is whole at every moment."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npz")
        keys = list(self.states)
        np.savez(
            partial,
            keys=np.array(keys),
            states=np.stack([self.states[key] for key in keys]),
            opinions=np.array([self.opinions[key] for key in keys]),
        )
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Features":
        """Read what ``save`` wrote; without a file there are none."""
        if not path.exists():
            return cls()
        with np.load(path) as file:
            keys = [str(key) for key in file["keys"]]
            opinions = (float(value) for value in file["opinions"])
            return cls(dict(zip(keys, file["states"], strict=True)), dict(zip(keys, opinions, strict=True)))


def key_of(ids: Tokens) -> str:
    """Return the key of a conversation."""
    return state_key(ids).hex()


def compute_features(base: TrainingBase, groups: Sequence[Sequence[Tokens]], path: Path) -> Features:
    """Return the features of groups of conversations, each group with one prompt; those in the file are not made again.

    Raises:
        ValueError: the chat template does not continue a conversation, so that no question can be appended.
    """
    features = Features.load(path)
    appended = _question_ids(base)
    missing = [[ids for ids in group if key_of(ids) not in features.states] for group in groups]
    missing = [group for group in missing if group]
    for done, group in enumerate(missing, 1):
        for ids, state, opinion in _forward(base, group, appended):
            features.states[key_of(ids)] = state
            features.opinions[key_of(ids)] = opinion
        print(f"  {done} of {len(missing)} questions computed", end="\r", file=sys.stderr, flush=True)
        if done % SAVE_EVERY == 0 or done == len(missing):
            features.save(path)
    return features


@torch.no_grad()
def _forward(
    base: TrainingBase, group: Sequence[Tokens], appended: Tokens
) -> Iterator[tuple[Tokens, NDArray[np.float16], float]]:
    scorer = base.model.scorer
    yes_no = torch.tensor(_yes_no(base), device=scorer.device)
    weights = scorer.backbone.get_input_embeddings().weight[yes_no].float()  # tied to the output layer
    extended = [(*ids, *appended) for ids in group]
    for step in plan_steps(extended, BUDGET, sharing=bool(scorer.packed)):
        packing = pack(extended, step, scorer.device)
        hidden: Tensor = scorer.backbone(
            input_ids=packing.ids, position_ids=packing.positions, use_cache=False, packing=packing
        ).last_hidden_state[0]
        states = hidden[packing.ends - len(appended)].cpu()
        opinions = hidden[packing.ends].float() @ weights.T
        for at, state, opinion in zip(packing.members, states, opinions.tolist(), strict=True):
            yield group[at], state.to(torch.float16).numpy(), opinion[0] - opinion[1]


def _question_ids(base: TrainingBase) -> Tokens:
    """Return the tokens that ask the question, after any conversation that the chat template wrote."""
    tokenizer = base.tokenizer
    turns = [{"role": "user", "content": "question"}, {"role": "assistant", "content": "answer"}]
    before = tokenizer.apply_chat_template(turns, tokenize=False)
    turns.append({"role": "user", "content": ASKED})
    after = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    assert isinstance(before, str)
    assert isinstance(after, str)
    if not after.startswith(before) or not base.model.scorer.backbone.config.tie_word_embeddings:
        raise ValueError(
            "this base cannot be asked for its opinion: its template, or an output layer of its own"
        )
    return tuple(tokenizer(after.removeprefix(before), add_special_tokens=False)["input_ids"])


def _yes_no(base: TrainingBase) -> list[int]:
    ids = [base.tokenizer(word, add_special_tokens=False)["input_ids"] for word in ("Yes", "No")]
    if any(len(one) != 1 for one in ids):
        raise ValueError("'Yes' or 'No' is no single token of this base")
    return [one[0] for one in ids]


def keep_states(model: FrozenBackboneModel, groups: Sequence[Sequence[Tokens]], features: Features) -> None:
    """Give a model the states of these conversations, so that it computes none of them."""
    for group in groups:
        states = [torch.from_numpy(features.states[key_of(ids)]).to(torch.bfloat16) for ids in group]
        model.keep(group, states)
