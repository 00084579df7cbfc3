"""Keeps the services running that the current step needs, and no other."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from loop.config import LoopConfig
from loop.folder import RunFolder
from loop.services.process import ServiceProcess
from loop.services.specs import ServiceName, given_address, spec_of

Listener = Callable[[str], None]
"""Is called with one line of text for each service that is started or stopped."""


class RunningServices:
    """The services of a loop, as a context manager that stops them at its end."""

    def __init__(self, config: LoopConfig, folder: RunFolder, listener: Listener = lambda _: None) -> None:
        self._config, self._folder, self._listener = config, folder, listener
        self._running: dict[ServiceName, ServiceProcess] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()

    def keep(self, names: Iterable[ServiceName]) -> Mapping[str, str]:
        """Stop the services that are not among ``names``, start the others, and return their addresses.

        Raises:
            ServiceError: one does not start. The others stay until ``stop_all``.
        """
        names = list(names)
        self._stop([name for name in self._running if name not in names])
        addresses = {name: given_address(name, self._config) for name in names}
        missing = [name for name in names if not addresses[name] and name not in self._running]
        for name in missing:  # all at once: each spends its start on imports
            self._listener(f"starting {name}")
            spec = spec_of(name, self._config, self._folder)
            service = ServiceProcess(spec, self._folder.log(f"service-{name}"))
            self._running[name] = service
            service.start()
        for name in missing:
            self._running[name].wait_until_healthy()
        return {str(name): addresses[name] or self._running[name].url for name in names}

    def check_alive(self) -> None:
        """Check that no service has ended for good.

        Raises:
            ServiceError: one has.
        """
        for service in self._running.values():
            service.check_alive()

    def stop_all(self) -> None:
        """Stop all services."""
        self._stop(list(self._running))

    def _stop(self, names: Iterable[ServiceName]) -> None:
        with ExitStack() as exits:  # a failure of one leaves none running
            for name in names:
                exits.callback(self._running.pop(name).stop)
