"""Measures candidates scored per second by the engine that shares prompts, beside a padded batch of transformers.

    python -m benchmarks.scoring [--help]

A Qwen2 with random weights scores N candidates of one prompt in three ways, alternately in one run: with our engine,
with transformers' padded batch and only the reward head, and with the same batch where the language-model head is
computed and its result discarded, as the published class does. Ratios are of CPU time, one thread. The exit status is 1
if any two scores differ by more than 1e-4.
"""

import argparse
import sys
import time
from collections.abc import Callable

import torch
from transformers import AutoModel, Qwen2Config, set_seed

from benchmarks import report
from services.rm.engine.head import Head
from services.rm.engine.self_test import choose_attention
from services.rm.models.loader import make_scorer
from services.rm.tokens.prefix_sharing import Tokens

N, COMPLETION = 16, 300
"""Number of candidates, and their mean number of tokens."""
PROMPTS = (400, 1500)
"""Tokens of the prompt: a short question, and one with examples."""
VOCABULARY = 32_000
BUDGET = 16_384
"""Tokens of one step, as in the service on CUDA."""
PAD = 0


def main() -> int:
    options = _options()
    facts = report.announce("Reward-model scoring")
    torch.set_num_threads(1)
    set_seed(0)
    config = Qwen2Config(
        vocab_size=VOCABULARY, hidden_size=options.hidden, intermediate_size=4 * options.hidden,
        num_hidden_layers=options.layers, num_attention_heads=4, num_key_value_heads=2,
    )  # fmt: skip
    backbone = AutoModel.from_config(config).eval().requires_grad_(False)
    head = Head.fresh(options.hidden, torch.Generator().manual_seed(0)).requires_grad_(False)
    lm_head = torch.nn.Linear(options.hidden, VOCABULARY, bias=False).requires_grad_(False)
    scorer = make_scorer(backbone, head)
    print(
        f"sharing: {choose_attention(scorer)}; {options.layers} layers of {options.hidden}, fp32, one thread"
    )
    rows = []
    for prompt in PROMPTS:
        sequences = _sequences(prompt)

        def with_engine(sequences: list[Tokens] = sequences) -> torch.Tensor:
            scorer.use("spans")
            return scorer.scores(sequences, BUDGET)

        def padded(sequences: list[Tokens] = sequences) -> torch.Tensor:
            scorer.use("")
            return head(_padded(backbone, sequences))

        def with_lm_head(sequences: list[Tokens] = sequences) -> torch.Tensor:
            scorer.use("")
            return head(_padded(backbone, sequences, lm_head))

        rows.append({"prompt": prompt, **_measure([with_engine, padded, with_lm_head], options.rounds)})
        print(_summary(rows[-1]))
    report.save("scoring", {"machine": facts, "rows": rows})
    return int(any(row["apart"] > 1e-4 for row in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=2, help="measurements; the least counts (default 2)")
    parser.add_argument("--hidden", type=int, default=256, help="width of the model (default 256)")
    parser.add_argument("--layers", type=int, default=6, help="layers of the model (default 6)")
    return parser.parse_args()


def _sequences(prompt: int) -> list[Tokens]:
    """One prompt with each of N candidates, which have 60 to 540 tokens, 300 in the mean."""
    generator = torch.Generator().manual_seed(1)

    def draw(count: int) -> Tokens:
        return tuple(torch.randint(1, VOCABULARY, (count,), generator=generator).tolist())

    shared = draw(prompt)
    lengths = torch.linspace(0.2, 1.8, N).mul(COMPLETION).int().tolist()
    return [shared + draw(length) for length in lengths]


def _padded(
    backbone: torch.nn.Module, sequences: list[Tokens], lm_head: torch.nn.Linear | None = None
) -> torch.Tensor:
    """The last hidden state of every sequence, from one padded batch."""
    longest = max(map(len, sequences))
    ids = torch.full((len(sequences), longest), PAD)
    mask = torch.zeros_like(ids)
    for row, tokens in enumerate(sequences):
        ids[row, : len(tokens)], mask[row, : len(tokens)] = torch.tensor(tokens), 1
    hidden = backbone(ids, attention_mask=mask, use_cache=False).last_hidden_state
    if lm_head is not None:
        for row in hidden:  # one at a time, as the results of all are gigabytes
            lm_head(row)
    return hidden[torch.arange(len(sequences)), mask.sum(1) - 1]


def _measure(ways: list[Callable[[], torch.Tensor]], rounds: int) -> dict[str, float]:
    least_s = [float("inf")] * len(ways)
    scores: list[torch.Tensor] = [torch.empty(0)] * len(ways)
    with torch.inference_mode():
        for _ in range(rounds):
            for at, way in enumerate(ways):
                start = time.process_time()
                scores[at] = way()
                least_s[at] = min(least_s[at], time.process_time() - start)
    apart = max(float((values - scores[0]).abs().max()) for values in scores)
    return {"ours_s": least_s[0], "padded_s": least_s[1], "with_lm_head_s": least_s[2], "apart": apart}


def _summary(row: dict[str, float]) -> str:
    ours = row["ours_s"]
    return (
        f"P={row['prompt']}, N={N}, C={COMPLETION} in the mean: ours {ours:.2f} s ({N / ours:.1f} candidates/s); "
        f"padded batch {row['padded_s'] / ours:.2f} times that, with the language-model head "
        f"{row['with_lm_head_s'] / ours:.2f} times; scores differ by at most {row['apart']:.1e}"
    )


if __name__ == "__main__":
    sys.exit(main())
