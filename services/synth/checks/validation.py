"""Drops the tests of one row that are no use as tests, with a reason for each. Pure.

A test that an earlier stage dropped is not looked at again. Two rules concern several tests:

- Of tests that make the same comparison, the first is kept.
- Tests that expect different answers of one call contradict each other. Whichever is right, a program cannot pass
  both. If one expected answer was imagined more often than each other (repetitions count: the model was asked once for
  every one of them), the tests that expect it are kept and the others are dropped; without such a majority all of them
  are dropped.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clients.contract.synthesis import ProgramKind, Question, SynthTest, TestDrop, TestOrigin
from services.synth.checks.comparisons import Comparator
from services.synth.checks.constant_values import Unknown
from services.synth.checks.rules import CheckedTest, Fault, check_test, subject_of

MAX_TEST_CHARS = 4000
"""Longest test: about 1,500 tokens. A longer one in an imagined suite is a list that the model did not end."""


def validate_tests(
    question: Question, tests: Sequence[SynthTest], *, max_chars: int = MAX_TEST_CHARS
) -> list[SynthTest]:
    """Return the tests, same positions, with the ones that are no use marked as dropped."""
    faults = (
        _faults_of_scripts(tests, max_chars, has_checker=bool(question.checker))
        if question.kind is ProgramKind.STDIN
        else _faults_of_asserts(question, tests, max_chars)
    )
    return mark_dropped(tests, faults)


def mark_dropped(tests: Sequence[SynthTest], faults: dict[int, Fault]) -> list[SynthTest]:
    """Return the tests with those at the positions of ``faults`` marked as dropped."""
    return [
        test.model_copy(update={"dropped": faults[at].reason, "detail": faults[at].detail})
        if at in faults
        else test
        for at, test in enumerate(tests)
    ]


def _faults_of_asserts(question: Question, tests: Sequence[SynthTest], max_chars: int) -> dict[int, Fault]:
    subject = subject_of(question)
    faults: dict[int, Fault] = {}
    checked: dict[int, CheckedTest] = {}
    for at, test in enumerate(tests):
        if test.dropped is None:
            outcome = check_test(test.source, subject, max_chars)
            if isinstance(outcome, Fault):
                faults[at] = outcome
            else:
                checked[at] = outcome
    first_with_key: dict[str, int] = {}
    votes: Counter[int] = Counter()  # position of the first test with a comparison → tests that make it
    for at, test_checked in checked.items():
        first = first_with_key.setdefault(test_checked.comparison_key, at)
        votes[first] += 1
        if first != at:
            faults[at] = Fault(TestDrop.DUPLICATE, f"test {first} makes the same comparison")
    distinct = {at: checked[at] for at in votes}
    return faults | dict(_contradictions(distinct, votes))


@dataclass(frozen=True, slots=True)
class _Expectation:
    """What the tests of one call expect that agree with each other."""

    tests: list[int]
    votes: int


def _contradictions(checked: dict[int, CheckedTest], votes: Counter[int]) -> Iterator[tuple[int, Fault]]:
    by_call: dict[str, list[int]] = {}
    for at, test in checked.items():
        if test.call_key:
            by_call.setdefault(test.call_key, []).append(at)
    for positions in by_call.values():
        expectations = _expectations([(at, checked[at]) for at in positions], votes)
        if len(expectations) > 1:
            yield from _losers(expectations)


def _losers(expectations: Sequence[_Expectation]) -> Iterator[tuple[int, Fault]]:
    most = max(expectation.votes for expectation in expectations)
    winners = [expectation for expectation in expectations if expectation.votes == most]
    for expectation in expectations:
        if len(winners) == 1 and expectation is winners[0]:
            continue
        others = next(other for other in expectations if other is not expectation).tests
        for at in expectation.tests:
            yield (
                at,
                Fault(TestDrop.CONTRADICTION, f"test {others[0]} expects another answer of the same call"),
            )


def _expectations(tests: Sequence[tuple[int, CheckedTest]], votes: Counter[int]) -> list[_Expectation]:
    """Group tests of one call by the answer that they expect.

    A group begins with a test that expects one value of the answer itself. Another test belongs to every group whose
    answer passes it; a test that no group's answer passes, or that all pass, decides nothing and is in none.
    """
    exact = [(at, test) for at, test in tests if test.parsed.comparator is Comparator.EQUAL]
    answers: list[tuple[object, list[int]]] = []
    for at, test in exact:
        value = test.parsed.expected_value()
        if not isinstance(value, Unknown):
            group = next((members for answer, members in answers if test.parsed.truth_if(answer)), None)
            answers.append((value, [at])) if group is None else group.append(at)
    exact_positions = {at for _, members in answers for at in members}
    others = [(at, test) for at, test in tests if at not in exact_positions]
    groups = [_Expectation(members, sum(votes[at] for at in members)) for _, members in answers]
    if len(answers) == 1:  # one value is expected: a test that this value fails stands against it
        against = [at for at, test in others if test.parsed.truth_if(answers[0][0]) is False]
        if against:
            groups.append(_Expectation(against, sum(votes[at] for at in against)))
    return groups


def _faults_of_scripts(tests: Sequence[SynthTest], max_chars: int, *, has_checker: bool) -> dict[int, Fault]:
    """Return the faults of scripts' tests. With a checker program, two outputs of one input do not contradict."""
    faults: dict[int, Fault] = {}
    first_by_input: dict[tuple[str, str], int] = {}
    for at, test in enumerate(tests):
        if test.dropped is not None or test.io is None:
            continue
        size = len(test.io.stdin) + len(test.io.stdout or "")
        if size > max_chars and test.origin is not TestOrigin.GENERATED:  # those are large on purpose
            faults[at] = Fault(
                TestDrop.TOO_LARGE, f"input and output have {size:,} characters, more than {max_chars:,}"
            )
            continue
        first = first_by_input.setdefault((test.io.stdin, repr(sorted(test.io.files.items()))), at)
        first_io = tests[first].io
        if first == at or first_io is None:
            continue
        if has_checker or test.io.stdout == first_io.stdout:
            faults[at] = Fault(TestDrop.DUPLICATE, f"test {first} has the same input")
        else:
            detail = "test {} expects another output of the same input"
            faults[at] = Fault(TestDrop.CONTRADICTION, detail.format(first))
            faults[first] = Fault(TestDrop.CONTRADICTION, detail.format(at))
    return faults
