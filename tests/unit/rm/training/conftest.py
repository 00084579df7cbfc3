"""Small bases to train, with random weights and a token for each byte; pairs, files of pairs and examples."""

import json
import os
from array import array
from collections import Counter

import pytest
import torch

from clients.contract import PreferencePair
from services.rm.training.examples import TrainingExample
from services.rm.training.questions import AnswerPair, read_pair_files
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


def example_of_pairs(pairs, rates=(), lengths=None, question="q"):
    """A training example with the given (chosen, rejected, gap)."""
    count = 1 + max(at for pair in pairs for at in pair[:2])
    lengths = lengths or [1] * count
    return TrainingExample(
        question,
        tuple(array("i", range(length)) for length in lengths),
        tuple(rates) or (None,) * count,
        tuple(AnswerPair(*pair) for pair in pairs),
        0,
    )


def preference_pair(chosen, rejected, question="q", prompt="p", **more):
    """A pair in the form of the contract."""
    return PreferencePair(question=question, prompt=prompt, chosen=chosen, rejected=rejected, **more)


def write_rows(path, rows):
    """A file with the rows; a text is written as it is."""
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


def read_rows(*paths):
    """The questions of the files, the rows that are not used, and the counts of what is dropped."""
    bad, dropped = [], Counter()
    return read_pair_files(paths, bad.append, dropped), bad, dropped


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
    """Questions whose worse answers have more ``good`` in them: a rule to learn, which a new head has the wrong way round."""

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
    """accelerate keeps one state per process; each test begins without one."""
    os.environ.setdefault("ACCELERATE_USE_CPU", "true")
    yield
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(True)
