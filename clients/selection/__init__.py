"""Picks the best of the N candidates of one prompt, by tests, consensus or a reward model, and says why.

``clients.best_of_n`` does all of it. For the rule ``pass_rate`` it comes down to this:

    results = executor.execute_request(request).results  # one verdict per candidate
    outcomes = [tuple(test.outcome for test in result.tests) for result in results]
    marked = [sum(test.rests_on_program for test in result.tests) for result in results]
    scorable = [at for at, result in enumerate(results) if has_verdict(result)]
    ranking = sorted(
        scorable,
        key=lambda at: (
            -results[at].pass_rate,
            marked[at],  # fewer passes in which the program's code had a say
            -outcomes.count(outcomes[at]),  # more candidates with the same outcomes
            len(programs[at]),  # the shorter program
            at,
        ),
    )
    winner = ranking[0] if ranking else None

The modules add the rest: ``rules`` has the other rules (``By``), ``consensus`` the rules for tests that may be
wrong, ``values`` the rules by what programs return, ``probability`` the probability that a pick is right. ``ranking``
combines rules in order and gives reasons, ``problems`` puts many problems into one request, and ``best_of_n`` calls the
executor and the reward model. All but ``best_of_n`` are pure; this package imports those.
"""

from clients.selection.consensus import Consensus, ProgramGroup, agreement, majority, posterior
from clients.selection.problems import Problem
from clients.selection.ranking import BestOfN, rank
from clients.selection.rules import By, has_verdict
from clients.selection.values import max_pass, overlap, returned

__all__ = [
    "BestOfN",
    "By",
    "Consensus",
    "Problem",
    "ProgramGroup",
    "agreement",
    "has_verdict",
    "majority",
    "max_pass",
    "overlap",
    "posterior",
    "rank",
    "returned",
]
