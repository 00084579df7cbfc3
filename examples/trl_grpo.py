"""Trains a policy by GRPO with TRL on rewards from the service. One file, made to be copied.

    acecoder up &                                        # the service, on this machine
    pip install trl torch
    ACECODER_URL=http://127.0.0.1:8000 python examples/trl_grpo.py --model Qwen/Qwen2.5-Coder-0.5B-Instruct

Without ``--model`` the policy has two layers of random weights and one token for each byte. It is made in memory:
nothing is downloaded, and a step takes a second without a GPU. No program that it writes is right; the run only shows
that all parts work together.
"""

import argparse

from datasets import Dataset
from trl import GRPOConfig, GRPOTrainer

from acecoder.adapters.trl import pass_rate

PROBLEMS = [
    {
        "prompt": [{"role": "user", "content": "Write a Python function double(x) that returns x + x."}],
        "tests": ["assert double(2) == 4", "assert double('a') == 'aa'"],
    },
    {
        "prompt": [{"role": "user", "content": "Write a Python function largest(xs); None if xs is empty."}],
        "tests": ["assert largest([3, 9, 2]) == 9", "assert largest([]) is None"],
    },
]


def tiny_policy():
    """Return a model with random weights, and its tokenizer."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(letters)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<end>", pad_token="<pad>")
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}{{ eos_token }}{% endfor %}"
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        eos_token_id=256,
        pad_token_id=257,
        bos_token_id=None,
    )
    return Qwen2ForCausalLM(config), tokenizer


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", help="a model's name or folder")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--output", default="out/grpo")
    args = parser.parse_args()
    model, tokenizer = (args.model, None) if args.model else tiny_policy()
    on_cpu = {"use_cpu": True, "bf16": False} if not args.model else {}
    trainer = GRPOTrainer(
        model=model,
        processing_class=tokenizer,
        reward_funcs=[pass_rate],  # judges by the column `tests` of the data set
        args=GRPOConfig(
            output_dir=args.output,
            max_steps=args.steps,
            per_device_train_batch_size=4,
            num_generations=4,
            max_completion_length=32 if not args.model else 512,
            logging_steps=1,
            report_to=[],
            save_strategy="no",
            **on_cpu,
        ),
        train_dataset=Dataset.from_list(PROBLEMS * 4),
    )
    trainer.train()
    for log in trainer.state.log_history:
        if "reward" in log:
            print(f"step {log['step']}: reward {log['reward']}, no verdict {log['acecoder/unscorable']:.0%}")


if __name__ == "__main__":
    main()
