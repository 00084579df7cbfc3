"""Small bases to train: random weights, a token for each byte."""

import json
import os

import pytest
import torch

from tests.compat import tiny

torch.set_num_threads(1)  # threads that spin on a busy machine make tests fifty times slower


def tiny_backbone(family="qwen2", **more):
    """A decoder of two layers with random weights."""
    from transformers import AutoConfig, AutoModel, set_seed

    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = AutoConfig.for_model(
        family, vocab_size=258, num_key_value_heads=2, head_dim=8, pad_token_id=257, eos_token_id=256,
        bos_token_id=None, max_position_embeddings=2048, tie_word_embeddings=False, **sizes, **more,
    )  # fmt: skip
    set_seed(0)
    return AutoModel.from_config(config)


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory):
    """A language model without a reward head."""
    from transformers import Qwen2ForCausalLM, set_seed

    folder = tmp_path_factory.mktemp("base")
    set_seed(0)
    Qwen2ForCausalLM(tiny.config()).save_pretrained(folder)
    tiny.tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def pair_file(tmp_path):
    """Questions whose worse answers say ``good`` more often: something to learn, which a new head has the wrong way."""

    def write(questions=12, answers=3, name="pairs.jsonl"):
        rows = []
        for n in range(questions):
            for c in range(answers):
                for r in range(c + 1, answers):
                    rates = 1 - c / answers, 1 - r / answers
                    texts = [f"{'good ' * at}answer {at} to {n}" for at in (c, r)]
                    rows.append(
                        {
                            "question": f"q{n}",
                            "prompt": f"Question number {n}: what is right?",
                            "chosen": texts[0],
                            "rejected": texts[1],
                            "margin": rates[0] - rates[1],
                            "chosen_rate": rates[0],
                            "rejected_rate": rates[1],
                        }
                    )
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


@pytest.fixture(autouse=True)
def _one_accelerator():
    """accelerate keeps one state a process; each test begins without."""
    os.environ.setdefault("ACCELERATE_USE_CPU", "true")
    yield
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(True)
