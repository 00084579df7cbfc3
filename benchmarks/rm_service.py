"""Writes a tiny reward model and serves it in another process, for benchmarks of the HTTP service.

The model has random weights and one token per byte. It needs very little CPU time, so that a benchmark measures the
service and not the model.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

START_TIMEOUT_S = 300
"""Enough to import torch and load the model on a busy machine."""
_VOCABULARY, _HIDDEN, _LAYERS = 260, 32, 2
_CHAT = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{{ eos_token }}{% endfor %}"


def save_tiny(folder: Path) -> None:
    """Write the model and its tokenizer with transformers."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForSequenceClassification, set_seed

    set_seed(0)
    config = Qwen2Config(
        vocab_size=_VOCABULARY, hidden_size=_HIDDEN, intermediate_size=2 * _HIDDEN, num_hidden_layers=_LAYERS,
        num_attention_heads=4, num_key_value_heads=2, num_labels=1, pad_token_id=_VOCABULARY - 1,
    )  # fmt: skip
    Qwen2ForSequenceClassification(config).save_pretrained(folder)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytewise = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(letters)}, merges=[]))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bytewise, eos_token="<end>")
    tokenizer.chat_template = _CHAT
    tokenizer.save_pretrained(folder)


@contextmanager
def served() -> Iterator[str]:
    """Start the service, yield its address, and stop it when the block ends.

    Raises:
        SystemExit: it does not start.
    """
    with tempfile.TemporaryDirectory() as folder:
        save_tiny(Path(folder))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = f"from services.rm.app import main; main(port={port})"
        variables = {"RM_MODEL": folder, "RM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        child = subprocess.Popen([sys.executable, "-c", command], env=os.environ | variables)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, child)
            yield url
        finally:
            child.terminate()
            child.wait(60)


def _wait(url: str, child: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while child.poll() is None and time.monotonic() < deadline:
        try:
            if httpx2.get(f"{url}/readyz", trust_env=False).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.2)
    raise SystemExit(
        f"the reward model's service is not ready after {START_TIMEOUT_S} s (exit status {child.poll()})"
    )


def metrics(url: str) -> dict[str, float]:
    """Return the metrics of the service: name with labels → value."""
    text = httpx2.get(f"{url}/metrics", trust_env=False).text
    lines = (line.rpartition(" ") for line in text.splitlines() if line and line[0] != "#")
    return {name: float(value) for name, _, value in lines}
