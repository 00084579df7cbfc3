"""Writes a tiny language model with random weights into a folder, to try ``acecoder train-rm`` without a download or a GPU.

    python examples/tiny_base.py out/tiny
    acecoder train-rm pairs.jsonl -o out/rm --base out/tiny --device cpu

Two layers of Qwen2, and one token for each byte: 1 MB, and seconds of training on a CPU. It knows nothing, so do not use what is
trained from it. Needs the extra ``rm``.
"""

import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM, set_seed


def write(folder: Path) -> Path:
    """Write the model and its tokenizer into a folder, and return the folder."""
    tokenizer = byte_tokenizer()
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    set_seed(0)
    Qwen2ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer with a token for each byte, for the end of a turn and for padding."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(letters)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<end>", pad_token="<pad>")
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}{{ eos_token }}{% endfor %}"
    return tokenizer


if __name__ == "__main__":
    print(f"written: {write(Path(sys.argv[1]))}")
