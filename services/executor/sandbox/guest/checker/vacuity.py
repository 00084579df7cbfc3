"""Finds tests that never look at the program: no program could change how they end.

The rule is about the test, never about the program. A test is vacuous if it ended without asking the program anything,
and ends the same way once more in a namespace from which the program's names are missing, without looking one of them
up. Up to its first look at the program a test runs the same for every program. So whether it looks at all is the same
for every program too, and no program can make a test invalid to escape a failure. A test that looks up a name of the
program stays valid, even if it then asks nothing (``assert callable(f)``): a program may lack the name.

The second run happens at most once for each test of a suite, and only for tests that asked nothing.
"""

import dis
import random
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from ..wire.program_watch import SEES_UNASKED, ProgramWatch, names_in, watched_candidate
from .special_names import TEST_MODULE

CANDIDATE = "_acecoder_candidate"
"""The name under which a second run passes a placeholder argument to ``check``."""
NEVER_ASKS = (
    "it never uses the program, so no program could fail it; call the program and assert what it returns"
)
SKIPS_ITSELF = "it skips itself before it uses the program"


class _WithoutProgram(dict[str, Any]):
    """Globals of a test from which the program's names are missing; notices when one is looked up."""

    def __init__(self, names: Mapping[str, Any], program_names: Collection[str], watch: ProgramWatch) -> None:
        super().__init__({name: value for name, value in names.items() if name not in program_names})
        self._program_names = program_names
        self._watch = watch

    def __missing__(self, name: str) -> Any:
        if name in self._program_names:
            self._watch.look()
        raise KeyError(name)


class SecondRun:
    """Runs a test once more without the program."""

    def __init__(
        self, setup: Sequence[CodeType], base: Mapping[str, Any], program_names: Collection[str]
    ) -> None:
        """``base`` are the globals of the test that are not the program's."""
        self._setup = setup
        self._watch = ProgramWatch()
        names = {**base, CANDIDATE: watched_candidate(self._watch)}
        self._namespace = _WithoutProgram(names, program_names, self._watch)

    def setup_looks(self) -> bool:
        """Run the setup; return whether it looked at the program, or did not come to its end, as it did at first."""
        return self._run(self._setup) is not None or self._watch.looked

    def reason(self, test: CodeType, error: BaseException | None) -> str:
        """Return why a test is invalid that ended with ``error``; an empty string if it is valid.

        ``test`` may pass ``CANDIDATE`` to ``check`` in place of the program's function.
        """
        again = self._run([test])
        if self._watch.looked or type(again) is not type(error):
            return ""
        if not SEES_UNASKED.isdisjoint(names_in([*self._setup, test])):
            return ""
        return NEVER_ASKS if error is None else SKIPS_ITSELF

    def _run(self, codes: Iterable[CodeType]) -> BaseException | None:
        random.seed(0)
        try:
            for code in codes:
                exec(code, self._namespace)  # noqa: S102
        except BaseException as error:  # noqa: BLE001  -- compared with how the first run ended
            return error
        return None


def reason_behind_setup(
    test: CodeType, setup: Iterable[CodeType], namespace: Mapping[str, Any], program_names: Collection[str]
) -> str:
    """Return why a test is invalid that asked nothing, behind a setup that looks at the program; else an empty string.

    Such a setup is not run twice, since it may change the program. The test is vacuous if its text uses no name that
    the program has, or that the setup binds to anything that is not imported. ``namespace`` is what the test ran in.
    """
    stored = {
        line.argval
        for code in setup
        for line in dis.get_instructions(code)
        if line.opname.startswith("STORE_")
    }
    own = {name for name in stored if not _is_imported(namespace.get(name))}
    used = names_in([test])
    return NEVER_ASKS if used.isdisjoint({*own, *program_names, *SEES_UNASKED, "exec", "eval"}) else ""


def is_skip(error: BaseException | None) -> bool:
    """Whether a test ended by asking its runner to skip it."""
    case = sys.modules.get("unittest.case")
    return case is not None and isinstance(error, vars(case)["SkipTest"])


def _is_imported(value: Any) -> bool:
    """Whether a value is a module, or was defined in one. By its real type: a proxy would ask the program."""
    kind = type(value)
    if issubclass(kind, type | FunctionType | BuiltinFunctionType):
        return bool(value.__module__ != TEST_MODULE)
    return issubclass(kind, ModuleType)
