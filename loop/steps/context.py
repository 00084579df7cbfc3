"""Defines what a step is given: the folder and configuration of the run, addresses of services, and its progress.

A step is a function ``run(context: StepContext) -> None``, plain or ``async``. It runs in a process of its own, while
the services that the registry names for it run. It writes its results with ``context.folder.write_results``; it raises
``StepError`` for what the user can mend. A step that was interrupted runs again: it uses the files that it finds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from loop.config import LoopConfig, RealModels
from loop.folder import RunFolder
from loop.services.specs import ServiceName

__all__ = ["ServiceName", "SilentProgress", "StepContext", "StepError", "StepProgress"]


class StepError(Exception):
    """A step cannot go on; the message says what is wrong and what to do."""


class StepProgress(Protocol):
    """Shows the progress of a step in the live view, and keeps its lines in the step's log."""

    def count(self, done: int, total: int, noun: str = "") -> None:
        """Show that ``done`` of ``total`` are finished; ``noun`` names them, for example ``programs``."""

    def line(self, text: str) -> None:
        """Show one line of text."""


class SilentProgress:
    """Shows nothing: for tests, and for a step that is called alone."""

    def count(self, done: int, total: int, noun: str = "") -> None:
        """Ignore the count."""

    def line(self, text: str) -> None:
        """Ignore the line."""


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step works with."""

    folder: RunFolder
    config: LoopConfig
    progress: StepProgress = field(default_factory=SilentProgress)
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Service → address, of the services that the registry names for the step; keys are ``ServiceName``."""

    @property
    def base_policy(self) -> str:
        """Folder of the base policy, or its name on the hub."""
        world = self.config.world
        return world.policy if isinstance(world, RealModels) else str(self.folder.policy)

    def address(self, service: ServiceName) -> str:
        """Return the address of a running service.

        Raises:
            StepError: the service was not started for this step.
        """
        try:
            return self.addresses[service]
        except KeyError:
            raise StepError(
                f"the service {service} is not running; name it for the step in loop/steps/registry.py"
            ) from None
