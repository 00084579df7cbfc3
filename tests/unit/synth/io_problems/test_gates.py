"""A validator and a checker program are used only if they accept what is right and refuse what is not."""

import pytest

from services.synth.io_problems.gates import CheckerEvidence, decide_checker, decide_validator


@pytest.mark.parametrize(
    ("given", "imagined", "mutated", "words"),
    [
        ([True], [], [False, False], ""),
        ([True], [False, None], [False, True], ""),
        ([], [True, False], [False], ""),
        ([True, False], [], [False], "refuses 1 of 2 given"),
        ([None], [True], [False], "refuses 1 of 1 given"),
        ([], [True, False, False], [False], "accepts only 1 of 3 imagined"),
        ([], [], [False], "accepts only 0 of 0 imagined"),
        ([True], [], [True, True, False], "refuses only 1 of 3 mutated"),
        ([True], [], [None, None], "refuses only 0 of 2 mutated"),
        ([True], [], [], "refuses only 0 of 0 mutated"),
    ],
)
def test_validators(given, imagined, mutated, words):
    decision = decide_validator(given, imagined, mutated, min_share=0.5)
    assert decision.is_open == (not words)
    assert words in decision.detail


RIGHT = {"agreeing": [[True, True]], "empty": [False], "garbage": [False], "wrong": [[False, True]]}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ""),
        ({"empty": []}, ""),
        ({"wrong": [[None, False], [False, None]]}, ""),
        ({"agreeing": [[True], [True, False]]}, "refuses 1 of 3 outputs of agreeing"),
        ({"agreeing": [[None]]}, "refuses 1 of 1"),
        ({"agreeing": []}, "accepts no solver's output"),
        ({"empty": [False, True]}, "accepts empty output"),
        ({"garbage": [True]}, "accepts garbage output"),
        ({"wrong": [[True, True, False]]}, "refuses only 1 of 3 wrong"),
        ({"wrong": [[None]]}, "refuses only 0 of 0 wrong"),
    ],
)
def test_checker_programs(changed, words):
    decision = decide_checker(CheckerEvidence(**{**RIGHT, **changed}), min_share=0.5)
    assert decision.is_open == (not words)
    assert words in decision.detail
