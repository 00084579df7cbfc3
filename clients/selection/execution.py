"""Sends a batch of best-of-N problems to the executor, and leaves out the problems whose tests it refuses."""

from clients._transport.refusals import CAUSED_BY_ITEMS, PartialRequest
from clients.contract import CandidateResult
from clients.executor import AsyncExecutor, Executor


def execute_usable(client: Executor, part: PartialRequest, *, is_any_judged: bool) -> list[CandidateResult]:
    """Judge a batch of problems. Those whose tests the service refuses are left out, and the others sent again.

    If it refuses all, and no earlier batch was judged, its error is raised: something is wrong with all problems.

    Raises:
        AceCoderError: see ``clients.errors``.
    """
    if isinstance(client, AsyncExecutor):
        raise TypeError("executor is an AsyncExecutor; give an Executor, or await best_of_n_async")
    while not part.is_empty:
        try:
            return part.results(client.execute_request(part.request).results)
        except CAUSED_BY_ITEMS as error:
            if not part.refuse(error) or (part.is_empty and not is_any_judged):
                raise
    return part.results([])


async def execute_usable_async(
    client: AsyncExecutor, part: PartialRequest, *, is_any_judged: bool
) -> list[CandidateResult]:
    """Do what ``execute_usable`` does."""
    if isinstance(client, Executor):
        raise TypeError("executor is an Executor; give an AsyncExecutor, or call best_of_n")
    while not part.is_empty:
        try:
            return part.results((await client.execute_request(part.request)).results)
        except CAUSED_BY_ITEMS as error:
            if not part.refuse(error) or (part.is_empty and not is_any_judged):
                raise
    return part.results([])
