"""Makes a small language model with random weights and a tokenizer trained on given texts, and serves such models.

Small enough that two cores train it in minutes. ``benchmarks.real_pairs`` trains it.
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
"""Number of tokens. The texts of some forty problems are a few hundred kilobytes; with more tokens, many would be too
rare to be learnt."""
SIZES: dict[str, Any] = {
    "hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 4, "num_attention_heads": 4,
}  # fmt: skip
LONGEST = 1024
"""Most tokens of an answer with its prompt, in training and in service; very few are longer."""
_END, _PAD = "<end>", "<pad>"
_START_TIMEOUT_S = 120.0  # importing torch alone takes half a minute on a busy machine
_SERVE = "from services.rm.commands import app; app()"


def write(folder: Path, rows: Sequence[Mapping[str, Any]], seed: int) -> Path:
    """Write a model, and a tokenizer trained on the texts of the pairs ``rows``; return the folder."""
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM, set_seed

    texts = {row[name] for row in rows for name in ("prompt", "chosen", "rejected")}
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=_train_tokenizer(sorted(texts)), eos_token=_END, pad_token=_PAD
    )
    tokenizer.save_pretrained(folder)
    set_seed(seed)
    config = Qwen2Config(
        vocab_size=VOCABULARY, num_key_value_heads=2, max_position_embeddings=2048, tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, bos_token_id=None, **SIZES,
    )  # fmt: skip
    model = Qwen2ForCausalLM(config)
    model.save_pretrained(folder)
    weights = sum(parameter.numel() for parameter in model.parameters())
    print(f"base: {weights / 1e6:.1f} M random weights", flush=True)
    return folder


def _train_tokenizer(texts: Sequence[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[_END, _PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


@contextmanager
def served(model: Path) -> Iterator[str]:
    """Run ``acecoder serve-rm`` on a model; yield its address.

    Raises:
        SystemExit: the service is not ready in time.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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
    deadline = time.monotonic() + _START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(f"{url}/readyz"):
                return
        except URLError:
            time.sleep(0.2)
    raise SystemExit(
        f"acecoder serve-rm is not ready after {_START_TIMEOUT_S:g} s (exit status {process.poll()})"
    )
