"""Which tests of a suite are tests, and what remains to be run. Pure.

Tests are compiled here only to tell a user what is wrong with them; the sandbox compiles them again with
the environment's own Python and has the last word. A test that no program can fail is refused: it would lift
every pass rate. What can only be seen by running (a setup that raises) is the checker's to say.
"""

import ast
import symtable
import warnings
from dataclasses import dataclass
from functools import lru_cache

from clients.contract import Suite, SuiteInfo
from services.executor.results.grading import hash_tests

MAX_SOURCE_CHARS = 2**18
"""Longest test that is compiled: a quarter of a megabyte takes about as many milliseconds, during which
the process does nothing else."""
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class CheckedSuite:
    """A suite and what was found in it."""

    suite: Suite
    test_hashes: tuple[str, ...]
    invalid: dict[int, str]
    """Position of each test that is none → why."""

    @property
    def runnable(self) -> Suite:
        """The suite without its invalid tests: what the sandbox is asked."""
        if not self.invalid or self.suite.asserts is None:
            return self.suite
        kept = [test for t, test in enumerate(self.suite.asserts) if t not in self.invalid]
        return self.suite.model_copy(update={"asserts": kept, "weights": None})

    def info(self, cpu_limit_s: float | None = None) -> SuiteInfo:
        """What the answer says about the suite."""
        return SuiteInfo(
            id=self.suite.id,
            test_hashes=list(self.test_hashes),
            invalid_tests=sorted(self.invalid),
            cpu_limit_s=cpu_limit_s,
        )


def check_suite(suite: Suite) -> CheckedSuite:
    """Look at every test of a suite by itself; never raises, whatever the tests contain."""
    return CheckedSuite(suite, tuple(hash_tests(suite)), _invalid(suite))


def _invalid(suite: Suite) -> dict[int, str]:
    if suite.io is not None:
        return {}
    if fault := compile_fault(suite.setup):
        return dict.fromkeys(range(suite.size), f"setup: {fault}")
    if suite.check is not None:
        faults = {0: fault_of_check(suite.check, suite.setup)}
    else:
        faults = {t: fault_of_assert(test) for t, test in enumerate(suite.asserts or ())}
    return {t: fault for t, fault in faults.items() if fault}


@lru_cache(maxsize=4096)
def fault_of_assert(source: str) -> str:
    """Why the text is no test, or an empty string."""
    if fault := compile_fault(source):
        return fault
    body = _parse(source).body
    if not any(_says_something(node) for node in body):
        return "holds no statement; write one that fails by raising, or leave the test out"
    if all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Compare) for node in body):
        return "compares and asserts nothing; write 'assert' before it"
    if all(
        isinstance(node, ast.Assert) and isinstance(node.test, ast.Tuple) and node.test.elts for node in body
    ):
        return "asserts a tuple, which always holds; take the parentheses away"
    return ""


@lru_cache(maxsize=1024)
def fault_of_check(source: str, setup: str) -> str:
    """Why the text is no ``check``, or an empty string."""
    if fault := compile_fault(source):
        return fault
    body = _parse(source).body
    if not any(_says_something(node) for node in body):
        return "holds no statement; define check(candidate)"
    defined = [node for node in body if isinstance(node, _FUNCTIONS) and node.name == "check"]
    if not defined:
        bound = any(_binds(text, "check") for text in (source, setup))
        return "" if bound else "defines no function 'check'; define check(candidate)"
    found = defined[-1]
    if isinstance(found, ast.AsyncFunctionDef):
        return "its 'check' is async and would never run; write a plain def"
    if not any(_says_something(node) for node in found.body):
        return "its 'check' holds no statement"
    return "" if _takes_one(found.args) else "its 'check' does not take one argument; define check(candidate)"


def _parse(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def _says_something(node: ast.stmt) -> bool:
    return not isinstance(node, ast.Pass) and not (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _takes_one(arguments: ast.arguments) -> bool:
    places = len(arguments.posonlyargs) + len(arguments.args)
    needed = places - len(arguments.defaults)
    named = any(default is None for default in arguments.kw_defaults)
    return needed <= 1 and (places >= 1 or arguments.vararg is not None) and not named


def _binds(source: str, name: str) -> bool:
    """Whether running the text may bind the name; a star import may bind any."""
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in _parse(source).body):
        return True
    table = symtable.symtable(source, "<test>", "exec")
    if name not in table.get_identifiers():
        return False
    symbol = table.lookup(name)
    return symbol.is_assigned() or symbol.is_imported()


@lru_cache(maxsize=4096)
def compile_fault(source: str) -> str:
    """Why the text is not Python, or an empty string. Costs what it costs once: suites come again."""
    if len(source) > MAX_SOURCE_CHARS:
        return f"longer than {MAX_SOURCE_CHARS} characters; put data into an 'io' test"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a test's "invalid escape sequence" is not this service's
            compile(
                ast.parse(source), "<test>", "exec", dont_inherit=True
            )  # as the guest does, with its limits
    except SyntaxError as exc:
        return f"SyntaxError: {exc.msg} (line {exc.lineno or 0})"
    except (ValueError, RecursionError, MemoryError, OverflowError) as exc:
        return f"{type(exc).__name__}: too deeply nested, or not text that Python reads"
    return ""
