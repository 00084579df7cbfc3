"""Checks a model with the published example of AceCodeRM-7B: four programs and their scores.

Question, programs and scores are from ``examples/run_acecoderm.py`` in the AceCoder repository. The scores were
computed in fp32 with the tokenizer's own chat template.
"""

from rich.table import Table

from clients.contract.scoring import Group, Truncation
from services.common.settings import read
from services.rm.models.startup import load_from_settings
from services.rm.settings import RmSettings
from services.rm.tokens.formats import Writer, default_format
from services.rm.tokens.items import make_items

TOLERANCE = {"float32": 0.05, "bfloat16": 1.0, "float16": 0.25}
"""Largest difference that counts as rounding, for scores between -20 and 23. In fp32 it allows for other hardware and
library versions; bfloat16 and float16 have 8 and 11 significant bits, and their rounding adds up over 28 layers.
Another system prompt or a code fence changes scores by more. These numbers are estimates: the weights were not at
hand."""
QUESTION = (
    "Given an array of numbers, write a function runningSum that returns an array where each element at index i is the "
    "sum of all elements from index 0 to i (inclusive).\nFor example:\nInput: nums = [1,2,3,4]\nOutput: [1,3,6,10]\n"
)
_BODY = (
    "def runningSum(nums):\n    result = []\n    current_sum = 0\n    for {loop}:\n        {first}\n        {second}\n"
    "    return result\n"
)
_ADD, _KEEP = "current_sum += nums[i]", "result.append(nums[i])"
EXAMPLE = {
    _BODY.format(loop="i in range(1, len(nums))", first=_KEEP, second=_ADD): -20.505754470825195,
    _BODY.format(loop="i in range(0, len(nums))", first=_KEEP, second=_ADD): -1.7866804599761963,
    _BODY.format(
        loop="i in range(0, len(nums))", first="result.append(current_sum)", second=_ADD
    ): 0.43949759006500244,
    _BODY.format(
        loop="num in nums", first="current_sum += num", second="result.append(current_sum)"
    ): 23.068859100341797,
}
"""Program → published score."""


def check_model(model: str) -> tuple[Table, bool]:
    """Score the example. Return a table of published and computed scores, and whether all are equal up to rounding.

    Raises:
        ValueError: a setting is invalid, or the model cannot be served.
    """
    settings = read(RmSettings, model=model)
    if settings.backend != "torch":
        raise ValueError(
            f"RM_BACKEND={settings.backend}: check-rm compares the scores of the torch engine only; unset RM_BACKEND"
        )
    loaded = load_from_settings(settings)
    name = settings.format or default_format(loaded.tokenizer)
    writer = Writer(loaded.tokenizer, name, settings.suffix)
    items = make_items(Group(prompt=QUESTION, candidates=list(EXAMPLE)), writer, Truncation.ERROR, 0)
    scores = loaded.scorer.scores([item.ids for item in items], budget=2**14).tolist()
    table = Table("program", "published", "here", "difference")
    allowed = TOLERANCE[loaded.dtype]
    for program, published, score in zip(
        ("three errors", "two errors", "one error", "correct"), EXAMPLE.values(), scores, strict=True
    ):
        table.add_row(program, f"{published:.4f}", f"{score:.4f}", f"{abs(score - published):.4f}")
    table.caption = f"{loaded.name}, {loaded.dtype}, format {name}; a difference up to {allowed} is rounding"
    return table, all(abs(a - b) <= allowed for a, b in zip(EXAMPLE.values(), scores, strict=True))
