"""Calls a program as ``CandidateClient`` does, and hashes what it answers to each test (``values`` of the request)."""

from typing import Any

from .answer_hash import AnswerHash
from .candidate_process import CandidateLost
from .outcomes import AnswerTooLargeError
from .rpc_client import CandidateClient

_ENDED = frozenset({"passed", "wrong_answer", "runtime_error"})
"""Outcomes after which the program's answers are complete. After a limit they depend on when it was reached."""


class ValueClient(CandidateClient):
    """The RPC client of one loaded program whose answers are hashed."""

    _answers: AnswerHash

    def start_test(self, *, is_first: bool, is_prefetched: bool) -> None:
        """Begin a test and its hash."""
        super().start_test(is_first=is_first, is_prefetched=is_prefetched)
        self._answers = AnswerHash()

    def value_hash(self, outcome: str) -> str | None:
        """Return the hash of what the program answered to a test with this outcome; ``None`` if there is none."""
        return self._answers.hexdigest() if outcome in _ENDED and not self.link.lost else None

    def _decode_answer(self, line: list[Any], tracked: list[Any]) -> Any:
        try:
            value = super()._decode_answer(line, tracked)
        except (CandidateLost, AnswerTooLargeError):
            raise
        except BaseException as error:
            self._answers.add_exception(error)
            raise
        self._answers.add_value(value)
        return value
