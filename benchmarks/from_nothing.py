"""A language model that knows nothing: random weights, a tokenizer trained on the text at hand; and a service of it.

Small enough that two cores train it in minutes. What it is trained on is ``benchmarks.real_pairs``'.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

VOCABULARY = 1000
"""Tokens: the text of some forty problems is a few hundred kilobytes; rarer ones would be seen too seldom."""
SIZES: dict[str, Any] = {
    "hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 4, "num_attention_heads": 4,
}  # fmt: skip
LONGEST = 1024
"""Tokens of an answer with its prompt, in training and in service alike; hardly any is longer."""
_END, _PAD = "<end>", "<pad>"
_READY_S = 120.0  # torch alone takes half a minute to import on a busy machine
_SERVE = "from services.rm.commands import app; app()"


def write(folder: Path, rows: Sequence[Mapping[str, Any]], seed: int) -> Path:
    """Write a model and a tokenizer made of the texts of pairs; return the folder."""
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM, set_seed

    texts = {row[name] for row in rows for name in ("prompt", "chosen", "rejected")}
    words = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=_tokenizer(sorted(texts)), eos_token=_END, pad_token=_PAD
    )
    words.save_pretrained(folder)
    set_seed(seed)
    config = Qwen2Config(
        vocab_size=VOCABULARY, num_key_value_heads=2, max_position_embeddings=2048, tie_word_embeddings=True,
        eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id, bos_token_id=None, **SIZES,
    )  # fmt: skip
    model = Qwen2ForCausalLM(config)
    model.save_pretrained(folder)
    print(f"base: {sum(each.numel() for each in model.parameters()) / 1e6:.1f} M random weights", flush=True)
    return folder


def _tokenizer(texts: Sequence[str]) -> Tokenizer:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[_END, _PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    return made


@contextmanager
def served(model: Path) -> Iterator[str]:
    """Run ``acecoder serve-rm`` on a model; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, "serve-rm", str(model), "--port", str(port)],
        env={**os.environ, "RM_DEVICE": "cpu", "RM_MAX_TOKENS": str(LONGEST)},
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    last = time.monotonic() + _READY_S
    while process.poll() is None and time.monotonic() < last:
        try:
            with urlopen(f"{url}/readyz"):
                return
        except URLError:
            time.sleep(0.2)
    raise SystemExit(f"serve-rm is not ready (exit status {process.poll()})")
