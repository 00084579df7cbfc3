"""Defines a preference pair: two answers to one prompt and which one is better. ``clients.pairs`` writes them."""

from typing import Annotated

from pydantic import Field

from clients.contract.base import ResponseModel


class PreferencePair(ResponseModel):
    """Two answers to one prompt, one of which passed more tests."""

    question: str
    """Id of the question. Training and held-out parts are split by question, never by row."""
    prompt: str
    """The prompt that both answers answer."""
    chosen: str
    """The better answer."""
    rejected: str
    """The worse answer."""
    margin: Annotated[float, Field(ge=0, le=1)] | None = None
    """Pass rate of the chosen answer minus that of the rejected answer; ``None`` if the rates are not known."""
    chosen_rate: float | None = None
    """Passed tests of the chosen answer divided by the valid ones."""
    rejected_rate: float | None = None
    """The same rate of the rejected answer, over the same tests."""
    chosen_id: str = ""
    """Id of the chosen candidate."""
    rejected_id: str = ""
    """Id of the rejected candidate."""
    chosen_tests: str = ""
    """One character per test of the suite: ``1`` passed, ``0`` not passed, ``-`` invalid and not counted."""
    rejected_tests: str = ""
    """The same for the rejected answer."""
    test_hashes: list[str] = []  # noqa: RUF012  -- pydantic copies defaults
    """Hash of each test, so that the tests behind the rates can be identified."""
