"""Judges suites in a warm jail: the ``Sandbox`` over any isolation backend."""

from collections.abc import Callable, Iterator, Sequence

from clients.contract import IsolationProfile, Suite
from services.executor.sandbox import Judgement, Rules
from services.executor.sandbox.jail import Jail, JailBackend
from services.executor.sandbox.scheduler.attempts import Attempts
from services.executor.sandbox.scheduler.offers import Offers
from services.executor.sandbox.scheduler.run import SuiteRun
from services.executor.sandbox.scheduler.session_pool import SessionPool
from services.executor.sandbox.scheduler.tasks import ProgramTask


class WarmSandbox:
    """``Sandbox`` over one isolation backend."""

    def __init__(self, backend: JailBackend) -> None:
        self.pool = SessionPool(backend)
        self._backend = backend

    @property
    def profile(self) -> IsolationProfile:
        """How strongly it isolates programs. Valid after ``start``."""
        return self._backend.profile

    @property
    def profile_reason(self) -> str:
        """Why the profile is not a better one, as the end of a sentence. Valid after ``start``."""
        return self._backend.profile_reason

    def start(self) -> None:
        """Start the jail. Raises ``SandboxUnavailable``."""
        self.pool.jail()

    def jail(self) -> Jail:
        """Return the running jail; start another if it died. Raises ``SandboxUnavailable``."""
        return self.pool.jail()

    def renew_idle(self) -> None:
        """See ``Sandbox.renew_idle``."""
        self.pool.renew_idle()

    def close(self) -> None:
        """End the jail. May be called twice."""
        self.pool.close()

    def judge(
        self,
        suite: Suite,
        programs: Sequence[str],
        rules: Rules,
        *,
        on_asleep: Callable[[], None] = lambda: None,
        cancelled: Callable[[], bool] = lambda: False,
        accept: Callable[[Sequence[int]], bool] = lambda _: False,
    ) -> Iterator[Judgement]:
        """See ``Sandbox.judge``."""
        wall_s = rules.limits.total_wall_s  # repeated attempts may take as long as the first may be idle
        tasks = [ProgramTask(index, text, Attempts(wall_s)) for index, text in enumerate(programs)]
        run = SuiteRun(self.pool, suite, rules, tasks)
        try:
            yield from run.judgements(on_asleep, cancelled, Offers(accept))
        finally:
            run.close()
