"""Writes the questions of ``acecoder synth run`` as verl and OpenRLHF read them.

    python -m examples.rl.export_prompts out/run/dataset out/prompts        # verl.parquet, openrlhf.jsonl

The ground truth is the suite as JSON text; the adapters and the foreign APIs read it. ``--thinking`` puts the system prompt of
``train.py`` before each question. Canaries are left out: neither framework has a reward that means "none".
"""

import argparse
import json
from pathlib import Path

from datasets import Dataset

from examples.rl.train import THINKING, read_rows


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dataset", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--thinking", action="store_true")
    args = parser.parse_args()
    rows = read_rows(args.dataset, 0, THINKING if args.thinking else "")
    args.folder.mkdir(parents=True, exist_ok=True)
    verl = [
        {
            "data_source": "acecode",
            "prompt": row["prompt"],
            "reward_model": {"style": "rule", "ground_truth": row["ground_truth"]},
            "extra_info": {"index": at},
        }
        for at, row in enumerate(rows)
    ]
    Dataset.from_list(verl).to_parquet(args.folder / "verl.parquet")
    with (args.folder / "openrlhf.jsonl").open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(
                json.dumps({"prompt": row["prompt"], "tests": row["ground_truth"]}, ensure_ascii=False) + "\n"
            )
    print(f"{len(rows)} questions in {args.folder}")


if __name__ == "__main__":
    main()
