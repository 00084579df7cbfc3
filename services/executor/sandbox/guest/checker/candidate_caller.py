"""Describes what a proxy needs of the checker: to ask the candidate, and to note what the program decided."""

from typing import Any, Protocol


class CandidateCaller(Protocol):
    """What a proxy needs of the checker."""

    def perform(self, operation: str, /, *args: Any, **kwargs: Any) -> Any:
        """Perform an operation in the candidate; raise what it raised."""
        ...

    def mark_rests_on_program(self) -> None:
        """Note that the program's code had a say in the running test."""
        ...

    def mark_truth_of_program(self, proxy: Any) -> None:
        """Note that the running test asked for the truth of the program's object, which its own code decides."""
        ...

    def made_by_test(self, proxy: Any) -> bool:
        """Whether the test constructed this object from a class that the suite names."""
        ...

    def adopt_numpy(self, value: Any) -> Any:
        """Return the form in which a test gets an array of the program's."""
        ...

    def was_raised_by_program(self, error: BaseException) -> bool:
        """Whether the program raised it, rather than the test."""
        ...
