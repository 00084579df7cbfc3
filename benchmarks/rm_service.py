"""A tiny reward model in a folder, and the service of it in a process of its own: what benchmarks of the wire ask.

Random weights and a token for each byte: the model costs next to nothing, so that what is measured is the service.
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

START_S = 300
"""Torch and the model, on a machine that is busy."""
_VOCABULARY, _HIDDEN, _LAYERS = 260, 32, 2
_CHAT = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{{ eos_token }}{% endfor %}"


def save_tiny(folder: Path) -> None:
    """Write the model as transformers writes one."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForSequenceClassification, set_seed

    set_seed(0)
    config = Qwen2Config(
        vocab_size=_VOCABULARY, hidden_size=_HIDDEN, intermediate_size=2 * _HIDDEN, num_hidden_layers=_LAYERS,
        num_attention_heads=4, num_key_value_heads=2, num_labels=1, pad_token_id=_VOCABULARY - 1,
    )  # fmt: skip
    Qwen2ForSequenceClassification(config).save_pretrained(folder)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(letters)}, merges=[]))
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<end>")
    tokenizer.chat_template = _CHAT
    tokenizer.save_pretrained(folder)


@contextmanager
def served() -> Iterator[str]:
    """Yield the address of the service; it ends with the block.

    Raises:
        SystemExit: it does not start.
    """
    with tempfile.TemporaryDirectory() as place:
        save_tiny(Path(place))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = f"from services.rm.app import main; main(port={port})"
        variables = {"RM_MODEL": place, "RM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        child = subprocess.Popen([sys.executable, "-c", command], env=os.environ | variables)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, child)
            yield url
        finally:
            child.terminate()
            child.wait(60)


def _wait(url: str, child: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + START_S
    while child.poll() is None and time.monotonic() < ends:
        try:
            if httpx2.get(f"{url}/readyz", trust_env=False).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.2)
    raise SystemExit("the service did not start")


def metrics(url: str) -> dict[str, float]:
    """Name and labels of every metric → its value."""
    text = httpx2.get(f"{url}/metrics", trust_env=False).text
    lines = (line.rpartition(" ") for line in text.splitlines() if line and line[0] != "#")
    return {name: float(value) for name, _, value in lines}
