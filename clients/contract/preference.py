"""Preferences: of two answers to one prompt, the better one. What pair building writes and training reads."""

from typing import Annotated

from pydantic import Field

from clients.contract.base import ResponseModel


class PreferencePair(ResponseModel):
    """Two answers to one prompt, of which tests say that one is better."""

    question: str
    """Id of the question; pairs are split into training and held-out parts by it, never by row."""
    prompt: str
    """What both answer."""
    chosen: str
    """The better answer."""
    rejected: str
    """The worse answer."""
    margin: Annotated[float, Field(ge=0, le=1)] | None = None
    """Pass rate of the chosen answer less that of the rejected; ``None`` if the rates are not known."""
    chosen_rate: float | None = None
    """Passed tests of the chosen answer divided by the valid ones."""
    rejected_rate: float | None = None
    """The same of the rejected answer, over the same tests."""
    chosen_id: str = ""
    """Which candidate was chosen."""
    rejected_id: str = ""
    """Which was rejected."""
    chosen_tests: str = ""
    """One sign per test of the suite: ``1`` passed, ``0`` not, ``-`` invalid and in no rate."""
    rejected_tests: str = ""
    """The same of the rejected answer."""
    test_hashes: list[str] = []  # noqa: RUF012  -- pydantic copies defaults
    """Names each test, so that the rates can be traced to what they are rates of."""
