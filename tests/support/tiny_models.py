"""Makes tiny reward models with random weights and one token per byte, written to disk like real ones."""

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    AutoModel,
    Gemma2Config,
    GemmaConfig,
    LlamaConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForSequenceClassification,
    Qwen3Config,
    set_seed,
)

from services.rm.engine.forward import TorchScorer
from services.rm.engine.head import Head
from services.rm.models.loader import make_scorer

HIDDEN, VOCABULARY = 32, 300
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": HIDDEN,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "eos_token_id": 256,
    "pad_token_id": 299,  # no text has it: transformers ignores padding when it looks for the last token
    "bos_token_id": 258,
}
FAMILIES = {
    "qwen2": lambda: Qwen2Config(**SIZES),
    "qwen2 with a window": lambda: Qwen2Config(
        **SIZES, use_sliding_window=True, sliding_window=9, max_window_layers=1
    ),
    "qwen3": lambda: Qwen3Config(**SIZES, head_dim=8),
    "llama": lambda: LlamaConfig(**SIZES),
    "gemma": lambda: GemmaConfig(**SIZES, head_dim=8),
    "gemma2": lambda: Gemma2Config(**SIZES, head_dim=8, sliding_window=11, query_pre_attn_scalar=8),
}
CHAT = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{{ eos_token }}{% endfor %}"


def tokenizer(template=CHAT):
    """A tokenizer whose tokens are the bytes and three special tokens."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: at for at, letter in enumerate(letters)}
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(
        tokenizer_object=raw, eos_token="<end>", pad_token="<pad>", bos_token="<begin>"
    )
    made.chat_template = template
    return made


def backbone(family="qwen2", seed=0):
    set_seed(seed)
    return AutoModel.from_config(FAMILIES[family]()).eval().requires_grad_(False)


def scorer(family="qwen2", seed=0) -> TorchScorer:
    """A scorer for which no attention was chosen yet."""
    generator = torch.Generator().manual_seed(seed)
    return make_scorer(backbone(family, seed), Head.fresh(HIDDEN, generator).requires_grad_(False))


def save_classification(folder, seed=0):
    """Write a folder as transformers writes it."""
    set_seed(seed)
    model = Qwen2ForSequenceClassification(Qwen2Config(**SIZES, num_labels=1)).eval()
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return model


def save_as_acecoderm(folder, seed=0):
    """Write a folder like AceCodeRM's: a language model with its own head, and a value head with a bias."""
    import json

    model = save_classification(folder, seed)
    tensors = load_file(folder / "model.safetensors")
    weight = tensors.pop("score.weight")
    bias = torch.tensor([0.25])
    tensors |= {"v_head.summary.weight": weight.clone(), "v_head.summary.bias": bias}
    tensors["lm_head.weight"] = torch.zeros(VOCABULARY, HIDDEN)
    names = sorted(tensors)
    (folder / "model.safetensors").unlink()
    halves = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for file, shard in halves.items():
        save_file({name: tensors[name] for name in shard}, folder / file, metadata={"format": "pt"})
        # The published folder has a second set of shards, which no index names.
        save_file({name: torch.ones(3) for name in shard}, folder / file.replace("2.safe", "7.safe"))
    index = {"metadata": {}, "weight_map": {name: file for file, shard in halves.items() for name in shard}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    config = json.loads((folder / "config.json").read_text())
    config["architectures"] = ["Qwen2ForCausalRM"]
    (folder / "config.json").write_text(json.dumps(config))
    return model, weight[0], float(bias)
