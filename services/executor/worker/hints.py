"""Adds what to do to the messages of programs that were sent in the wrong way. Pure; changes no outcome.

Two mistakes cost every candidate of a data set its reward, and the compiler's message explains neither: a model's text
that is sent as a program, and a completion that goes on in the middle of its prompt.
"""

import re
from collections.abc import Sequence

from clients.contract import Outcome, Suite, TestResult

_FENCES = ("```", "~~~")
_RETURN = re.compile(r"^[ \t]+return\b", re.MULTILINE)
FENCED = "the program begins with a Markdown fence; send a model's text as 'completion', not as 'program'"
NO_CODE = "no code was found in the completion"
CONTINUES = f"{NO_CODE}; if it continues a function that its prompt begins, put the prompt before it"


def no_code(suite: Suite, completion: str) -> list[TestResult]:
    """Return the results of a completion in which no program was found."""
    message = CONTINUES if _RETURN.search(completion) else NO_CODE
    return [TestResult(outcome=Outcome.SYNTAX_ERROR, message=message) for _ in range(suite.size)]


def with_fence_hint(tests: Sequence[TestResult], program: str) -> Sequence[TestResult]:
    """Return the results of a program; if it does not compile for its Markdown fence, the messages say so."""
    if not program.lstrip().startswith(_FENCES):
        return tests
    return [
        test.model_copy(update={"message": f"{test.message}; {FENCED}"[:500]})
        if test.outcome is Outcome.SYNTAX_ERROR
        else test
        for test in tests
    ]
