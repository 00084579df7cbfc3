"""Writes reward models that both vLLM and the torch engine serve: vLLM's attention needs heads of at least 32 numbers."""

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel, Qwen2Config, set_seed

from tests.support.tiny_models import VOCABULARY, tokenizer

LIMIT = 512
"""Tokens of the longest conversation."""
BIAS = 0.75
"""Bias of the head, which transformers would ignore and vLLM adds."""


def save_small(folder):
    """Write a random Qwen2 of two layers in LLaMA-Factory's layout: a decoder, and a value head with a bias beside it."""
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=LIMIT,
        eos_token_id=256,
        pad_token_id=299,
        bos_token_id=258,
    )
    set_seed(0)
    AutoModel.from_config(config).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    add_head(folder, config.hidden_size)


def save_real(source, folder):
    """Link the files of a real decoder, and write a random value head beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        (folder / file.name).symlink_to(file)
    add_head(folder, AutoConfig.from_pretrained(source).hidden_size)


def add_head(folder, hidden_size):
    """Write a head whose scores spread by some units, as those of a trained model do."""
    generator = torch.Generator().manual_seed(1)
    head = {
        "v_head.summary.weight": torch.randn(1, hidden_size, generator=generator) * 0.3,
        "v_head.summary.bias": torch.tensor([BIAS]),
    }
    save_file(head, folder / "value_head.safetensors")
