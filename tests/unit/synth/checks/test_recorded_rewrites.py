"""Tests of recorded rewrites, of a real model that often ignores the format, are validated: none ends the rest."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from clients.contract import Question, SynthTest
from services.synth.checks.validation import validate_tests
from services.synth.questions.replies import parse_reply
from services.synth.questions.signatures import NoEntryPointError, settle

RECORDED = Path(__file__).resolve().parents[4].parent / "shared" / "data" / "llm" / "rewrite_qwen15b.jsonl.gz"


@pytest.mark.real_data
def test_every_test_of_the_recorded_rewrites_is_kept_or_has_a_reason():
    if not RECORDED.exists():
        pytest.skip("the recording is not here")
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        replies = [json.loads(line) for line in lines]
    counts, unsettled = Counter(), 0
    for reply in replies:
        parsed = parse_reply(reply["reply"], reply["finish_reason"])
        try:
            settled = settle(parsed.question, parsed.signature, parsed.tests)
        except NoEntryPointError:
            unsettled += 1
            continue
        question = Question(
            text=parsed.question or "?", entry_point=settled.entry_point, signature=settled.signature
        )
        tests = validate_tests(question, [SynthTest(source=source) for source in parsed.tests])
        counts.update(str(test.dropped or "kept") for test in tests)
        assert all(test.detail for test in tests if test.dropped)
    print(dict(counts), f"{unsettled} of {len(replies)} replies without a function")
    assert (len(replies), unsettled) == (42, 4)
    assert counts == {"kept": 378, "duplicate": 48, "contradiction": 38, "syntax": 4, "wrong_name": 1}
