"""Lists the filter policies. A new one is a function of ``FilterMatrix`` and one line in ``POLICIES``."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial

from services.synth.filtering.matrix import Policy
from services.synth.filtering.posterior import TestPrior, decide_by_posterior
from services.synth.filtering.votes import decide_by_any, decide_by_consensus, decide_by_proxy


class PolicyName(StrEnum):
    """How the filter decides which tests are right."""

    PROXY = "proxy"
    """Those that the first solver's program passes, as in AceCoder."""
    ANY_OF_K = "any_of_k"
    """Those that any program passes."""
    CONSENSUS = "consensus"
    """Those that the best group of agreeing programs passes, as in CodeT."""
    POSTERIOR = "posterior"
    """Those that are probably right by a model of programs and tests; the default."""


POLICIES: Mapping[PolicyName, Policy] = {
    PolicyName.PROXY: decide_by_proxy,
    PolicyName.ANY_OF_K: decide_by_any,
    PolicyName.CONSENSUS: decide_by_consensus,
    PolicyName.POSTERIOR: decide_by_posterior,
}


def policy_of(name: PolicyName, prior: TestPrior) -> Policy:
    """Return the policy of that name; ``prior`` is the posterior's."""
    return partial(decide_by_posterior, prior=prior) if name is PolicyName.POSTERIOR else POLICIES[name]
