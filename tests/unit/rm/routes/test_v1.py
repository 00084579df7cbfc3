"""A body with too many groups is refused before it is parsed; texts that look like groups are not counted."""

import json

import pytest

from clients.contract.scoring import MAX_GROUPS
from services.common.problem_error import ProblemError
from services.rm.routes.v1 import check_group_count


def body(groups, candidates=()):
    return json.dumps({"groups": [{"prompt": "p", "candidates": list(candidates)}] * groups}).encode()


def test_a_body_with_too_many_groups_is_refused_without_parsing():
    unfinished = body(MAX_GROUPS + 1)[:-2]  # not JSON, so a parser would report that
    with pytest.raises(ProblemError, match=f"groups: {MAX_GROUPS + 1} groups are too many"):
        check_group_count(unfinished)
    check_group_count(body(MAX_GROUPS))


def test_texts_are_not_counted_as_groups():
    check_group_count(body(1, ["candidates"] * (MAX_GROUPS + 1)))
    check_group_count(body(1, ['"candidates":'] * (MAX_GROUPS + 1)))
