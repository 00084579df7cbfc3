"""Makes preference pairs from judged answers, for reward-model and preference training.

    report = PairReport()
    pairs = preference_pairs(questions, PairPolicy(gap_at_least=0.5), report)
    rows = [row_of(pair, PairForm.TRL, number) for number, pair in enumerate(pairs)]

``build`` has the rule, ``policy`` its thresholds, ``similarity`` compares programs, ``rows`` writes and reads the
formats of trainers: all pure. ``join`` reads the files of ``acecoder execute`` back into questions.
"""

from clients.pairs.build import JudgedQuestion, count_pairs, preference_pairs
from clients.pairs.join import Sources, read_prompts, read_questions
from clients.pairs.policy import LeftOut, PairPolicy, PairReport
from clients.pairs.rows import (
    AnswerForm,
    PairForm,
    acecode_prompt,
    answer_text,
    llamafactory_entry,
    pair_of,
    row_of,
)

__all__ = [
    "AnswerForm",
    "JudgedQuestion",
    "LeftOut",
    "PairForm",
    "PairPolicy",
    "PairReport",
    "Sources",
    "acecode_prompt",
    "answer_text",
    "count_pairs",
    "llamafactory_entry",
    "pair_of",
    "preference_pairs",
    "read_prompts",
    "read_questions",
    "row_of",
]
