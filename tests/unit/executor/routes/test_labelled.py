import json

import pytest

from services.common.problem_error import ProblemError
from services.executor.routes.labelled import LabelledSample, request_of
from services.executor.routes.options import JudgingOptions
from services.executor.settings import ExecutorSettings


def request(*labels):
    samples = [LabelledSample("x", label, f"labels[{row}]") for row, label in enumerate(labels)]
    return request_of(samples, JudgingOptions(), ExecutorSettings(_env_file=None))


def test_equal_labels_share_a_suite():
    made = request(["assert f(1) == 2"], ["assert f(1) == 3"], ["assert f(1) == 2"])
    assert [candidate.suite for candidate in made.candidates] == ["labels[0]", "labels[1]", "labels[0]"]


def test_a_label_that_hides_half_a_surrogate_pair_is_named():
    with pytest.raises(ProblemError) as caught:
        request(["assert f(1) == 2"], json.dumps(["assert f(1) == '\ud83d'"]))
    assert caught.value.slug == "invalid-request"
    assert [error.field for error in caught.value.errors] == ["labels[1]"]
    assert "surrogate" in caught.value.detail


def test_a_refusal_names_some_rows_and_not_all():
    with pytest.raises(ProblemError) as caught:
        request(*[{"unknown": row} for row in range(20)])
    assert [error.field for error in caught.value.errors] == [f"labels[{row}]" for row in range(8)]
