"""Maps each kind of test to its module of the API process. A new kind is one line here."""

from collections.abc import Mapping

from clients.contract import Suite, TestKind
from services.executor.kinds import asserts, check, checker_program, io
from services.executor.kinds.kind import Kind

KINDS: Mapping[TestKind, Kind] = {
    TestKind.ASSERTS: asserts,
    TestKind.IO: io,
    TestKind.CHECK: check,
}


def kind_of(suite: Suite) -> Kind:
    """Return the module of the suite's kind; a checker program makes another kind of its io tests."""
    return KINDS[suite.kind] if suite.checker is None else checker_program
