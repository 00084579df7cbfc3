"""Defines how strongly a worker isolates programs: a closed list of profiles, and what a server reports of one.

What each profile covers is written in one place, ``services/executor/sandbox/profiles.py``. Servers send it.
"""

from enum import StrEnum

from clients.contract.base import ResponseModel


class IsolationProfile(StrEnum):
    """How strongly a worker isolates programs. Strongest first, which is not the order of the letters: C is above B."""

    A = "A"
    """nsjail with a user namespace: what confines programs has no privileges on the host."""
    C = "C"
    """nsjail with capabilities, in a container whose users are none of the host's (``hostUsers: false``)."""
    B = "B"
    """nsjail with capabilities of the host, without a user namespace; or the docker backend."""
    D = "D"
    """Landlock, seccomp and resource limits, without namespaces."""
    E = "E"
    """No isolation of its own, inside gVisor or Apptainer."""
    NONE = "none"
    """No isolation at all: the ``unsafe_process`` backend."""


class SandboxInfo(ResponseModel):
    """How the workers of an environment isolate programs."""

    profile: IsolationProfile
    """The weakest profile of the workers that serve the environment now."""
    covered: list[str]
    """What this profile prevents, in sentences."""
    not_covered: list[str]
    """What a program may still do, in sentences."""
