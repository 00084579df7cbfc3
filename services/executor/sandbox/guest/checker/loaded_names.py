"""Receives the answer to a load: the values of the program's names, or why it could not be loaded."""

from typing import Any

from ..wire import codec
from ..wire.decoder import decode
from . import outcomes
from .candidate_link import CandidateLink
from .namespace import Bindings
from .refs import CheckerRefs


class LoadedNames:
    """The names of one loaded program; the base of its RPC client."""

    def __init__(self, link: CandidateLink, refs: CheckerRefs) -> None:
        self.link = link
        self.refs = refs
        self.load_failure: tuple[str, str] | None = None
        """Outcome and message of a program that could not be loaded."""
        self.values: dict[str, Any] = {}
        """The values of the program's names after the load."""
        self._bindings = Bindings({}, self._fetch)

    def namespace(self, base: dict[str, Any]) -> dict[str, Any]:
        """Return the globals of one test, of which ``base`` are those that are not the program's."""
        return self._bindings.namespace(base)

    def perform(self, operation: str, /, *args: Any, **kwargs: Any) -> Any:
        """Perform an operation in the candidate."""
        raise NotImplementedError

    def _receive_names(self, names: list[str]) -> bool:
        """Receive the answer to a load; return whether it succeeded. Raises ``CandidateLost``."""
        line = self.link.receive()
        assert line is not None
        values = {}
        try:
            if line[0] == "broken":
                self._take_load_failure(line)
                return False
            if line[0] != "loaded" or type(line[1]) is not dict:
                raise codec.WireError
            self.link.time.take_report(line[2])
            for name in names:
                if name in line[1]:
                    values[name] = decode(line[1][name], self.refs)
        except Exception:  # noqa: BLE001  -- a line may have any shape: reading it may raise anything
            self.link.lose("runtime_error", outcomes.FORGED)
        self.refs.provenance.add_named_classes(values)
        self.values = values
        self._bindings = Bindings(values, self._fetch)
        return True

    def _take_load_failure(self, line: list[Any]) -> None:
        _kind, kind, described, cpu_s = line
        self.link.time.take_report(cpu_s)
        outcome, message = outcomes.outcome_of_failed_program(kind, described)
        self.load_failure = (outcome, message if outcome == "syntax_error" else f"while loading: {message}")

    def _fetch(self, name: str) -> Any:
        return self.perform("global", name)
