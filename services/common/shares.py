"""Decides whether a run has room for more items under a limit that it shares with others. Pure."""

MOST_OF_CALLER = 2
"""A run that has nothing yet gets room while its caller has less than so many times the limit: enough for an
evaluation beside a bulk run that fills the limit, and a bound for a caller that names a new run in each request."""


def has_room(items: int, *, own: int, of_caller: int, total: int, limit: int, share: float) -> bool:
    """Return whether a run that has ``own`` items may have so many more.

    All together have ``total``, and the run's caller has ``of_caller`` of them. Below the limit everything has room,
    and so has anything if there is nothing yet. Above it, a run may fill its ``share`` of the limit, and one without
    items may send any number once: so a run that fills the limit does not keep out the others.
    """
    if not total or total + items <= limit:
        return True
    if of_caller >= MOST_OF_CALLER * limit:
        return False
    return not own or own + items <= share
