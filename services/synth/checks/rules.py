"""Decides what is wrong with one test of a function, by its text alone. Pure.

The rules are tried in the order of ``find_fault``, and the first that applies is the reason. What shows only when the
test runs (a null program passes it, it never looks at the program) is found by the executor afterwards.
"""

import ast
import inspect
from collections.abc import Collection
from dataclasses import dataclass

from clients.completions.parsing import parse_quietly
from clients.contract.synthesis import Question, TestDrop
from services.synth.checks.comparisons import UNREADABLE, NotOneAssertError, ParsedTest, has_call, parse_test
from services.synth.checks.constant_values import Evaluator, RaisesError
from services.synth.checks.names import bound_names, unknown_name
from services.synth.checks.signatures import WrongArgumentsError, bind_arguments, call_key, read_signature

MAX_DEPTH = 100
"""Most levels of expressions in a test: what walks a tree recursively needs some frames a level, of about 1,000."""


_MOST_BITS = 13_287
"""Of an integer of 4,000 decimal digits; Python writes no more than 4,300."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a test."""

    reason: TestDrop
    detail: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of the function that tests are about."""

    entry_point: str
    signature: inspect.Signature | None = None
    setup_names: Collection[str] = frozenset()
    """Names that the suite's setup binds."""


def subject_of(question: Question) -> Subject:
    """Return the function of a question. A signature that cannot be read checks no call."""
    try:
        setup_names = bound_names(parse_quietly(question.setup))
    except UNREADABLE:
        setup_names = set()
    return Subject(question.entry_point, read_signature(question.signature), setup_names)


@dataclass(frozen=True, slots=True)
class CheckedTest:
    """A test that no rule drops."""

    parsed: ParsedTest
    comparison_key: str
    """Equal for tests that make the same comparison."""
    call_key: str
    """Equal for tests about the same call; empty for a test with several calls."""


def check_test(source: str, subject: Subject, max_chars: int) -> CheckedTest | Fault:
    """Return a test as it was read, or what is wrong with it."""
    if len(source) > max_chars:
        return Fault(TestDrop.TOO_LARGE, f"it has {len(source):,} characters, more than {max_chars:,}")
    try:
        parsed = parse_test(source, subject.entry_point)
    except NotOneAssertError as error:
        return Fault(TestDrop.NOT_AN_ASSERT, str(error))
    except UNREADABLE as error:
        return Fault(TestDrop.SYNTAX, f"{type(error).__name__}: {error}"[:200])
    if _depth(parsed.condition) > MAX_DEPTH:
        return Fault(TestDrop.TOO_LARGE, f"it is nested more than {MAX_DEPTH} levels deep")
    if any(_is_too_long(node) for node in ast.walk(parsed.condition)):
        return Fault(TestDrop.TOO_LARGE, "it has an integer of more than 4,000 decimal digits")
    fault = _fault_of(parsed, subject)
    if fault:
        return fault
    return CheckedTest(parsed, _comparison_key(source, parsed, subject), _key_of_only_call(parsed, subject))


def _is_too_long(node: ast.AST) -> bool:
    """Whether a node is an integer that Python refuses to write. A hexadecimal one may be read nevertheless."""
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, int) and value.bit_length() > _MOST_BITS


def _depth(node: ast.AST) -> int:
    """Return how many levels of expressions are nested, without recursion."""
    level, depth = [node], 0
    while level:
        level = [child for part in level for child in ast.iter_child_nodes(part)]
        depth += 1
    return depth


def _fault_of(parsed: ParsedTest, subject: Subject) -> Fault | None:
    if not parsed.is_used:
        return Fault(TestDrop.WRONG_NAME, f"it never calls {subject.entry_point!r}{_calls_instead(parsed)}")
    return _vacuity(parsed, subject) or _inconstancy(parsed, subject) or _arity(parsed, subject)


def _calls_instead(parsed: ParsedTest) -> str:
    names = (
        part.func.id
        for part in ast.walk(parsed.condition)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
    )
    name = next(names, "")
    return f", but {name!r}" if name else ""


def _vacuity(parsed: ParsedTest, subject: Subject) -> Fault | None:
    """Return a fault if the answer cannot change the result: it is true, or false, with the answer unknown."""

    def depends_on_answer(node: ast.expr) -> bool:
        return parsed.is_answer(node) or (isinstance(node, ast.Name) and node.id == subject.entry_point)

    try:
        truth = Evaluator(depends_on_answer).truth(parsed.condition)
    except RaisesError:
        return None
    if truth is None:
        return None
    result = "holds" if truth else "fails"
    return Fault(
        TestDrop.VACUOUS, f"{ast.unparse(parsed.condition)[:80]!r} always {result}, whatever the answer"
    )


def _inconstancy(parsed: ParsedTest, subject: Subject) -> Fault | None:
    for call in parsed.calls:
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        if any(has_call(argument, subject.entry_point) for argument in arguments):
            return Fault(TestDrop.NOT_CONSTANT, "an argument is computed by the function itself")
    if parsed.expected is not None and has_call(parsed.expected, subject.entry_point):
        return Fault(TestDrop.NOT_CONSTANT, "both sides are computed by the function")
    known = {*subject.setup_names, subject.entry_point}
    if name := unknown_name(parsed.condition, known):
        return Fault(TestDrop.NOT_CONSTANT, f"it uses {name!r}, which nothing defines as a constant")
    return None


def _arity(parsed: ParsedTest, subject: Subject) -> Fault | None:
    if subject.signature is None:
        return None
    for call in parsed.calls:
        try:
            bind_arguments(call, subject.signature)
        except WrongArgumentsError as error:
            return Fault(TestDrop.WRONG_ARITY, str(error))
    return None


def _key_of_only_call(parsed: ParsedTest, subject: Subject) -> str:
    return call_key(parsed.call, subject.signature) if parsed.call else ""


def _comparison_key(source: str, parsed: ParsedTest, subject: Subject) -> str:
    """Return the condition with its calls and its expected value in their usual form.

    ``2 == f(1)``, ``f(1) == 2`` and ``f(x=1) == (2)`` share a key; so do ``f(1) is True`` and ``f(1) == True``.
    """
    statement = parse_quietly(source.strip()).body[0]  # a tree of its own, which is changed
    assert isinstance(statement, ast.Assert)
    return ast.unparse(_Normalised(parsed, subject).visit(statement.test))


class _Normalised(ast.NodeTransformer):
    """Writes calls by their bound arguments, the answer to the left, and ``is`` as ``==``."""

    def __init__(self, parsed: ParsedTest, subject: Subject) -> None:
        self._parsed, self._subject = parsed, subject

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == self._subject.entry_point:
            key = call_key(node, self._subject.signature)
            return ast.Call(func=node.func, args=[ast.Constant(value=key)], keywords=[])
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.Is):
            return node
        left, right = node.left, node.comparators[0]
        if has_call(right, self._subject.entry_point) and not has_call(left, self._subject.entry_point):
            left, right = right, left
        return ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])
