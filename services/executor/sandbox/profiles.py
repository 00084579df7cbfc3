"""Describes the isolation profiles: what each one covers, what it does not, and what it needs.

This is the only place with these sentences. ``acecoder doctor``, ``GET /v1/environments``, the worker's messages and
``docs/privileges.md`` show them. A sandbox reports which profile it reached; ``EXECUTOR_MIN_PROFILE`` decides
whether a worker may start with it. Decides nothing about how a backend isolates.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from clients.contract import IsolationProfile, SandboxInfo
from services.executor.sandbox import Sandbox, SandboxUnavailable
from services.executor.sandbox.environment import BackendName

_VERDICT = (
    "A process that the program cannot reach decides the verdict, and it alone knows the expected values."
)
_NAMESPACES = (
    "The program runs in pid, mount, network and ipc namespaces apart from the host's: it sees no process, file or "
    "network of the host, except Python's files."
)
_CALLS = "System calls outside an allow list are refused: sockets, mounts, namespaces, tracing and others."
_LIMITS = (
    "CPU time, memory, processes, files and output have limits that are enforced from outside of the program."
)
_ENDED = "All processes of a program end with it. Its scratch folder has a limited size and is deleted."
_KERNEL = "Bugs of the kernel, which the program shares with the host."
_SIDE = "Timing and caches shared with other programs, and locks on files that several programs can read."
_IN_NAMESPACES = (_VERDICT, _NAMESPACES, _ENDED, _CALLS, _LIMITS)


@dataclass(frozen=True, slots=True)
class ProfileCard:
    """What an operator has to know about one profile."""

    profile: IsolationProfile
    title: str
    """What isolates, in a few words."""
    needs: str
    """What a machine must offer for it."""
    covered: tuple[str, ...]
    """What it prevents, one sentence each."""
    not_covered: tuple[str, ...]
    """What a program may still do, one sentence each."""
    tested: str
    """Where it was run and attacked, in one sentence."""

    def info(self) -> SandboxInfo:
        """Return what ``GET /v1/environments`` reports."""
        return SandboxInfo(
            profile=self.profile, covered=list(self.covered), not_covered=list(self.not_covered)
        )


CARDS: tuple[ProfileCard, ...] = (
    ProfileCard(
        IsolationProfile.A,
        "nsjail with a user namespace",
        "a kernel and a container that allow user namespaces; no privilege",
        (
            *_IN_NAMESPACES,
            "What confines programs has no privilege on the host, even if a program takes it over.",
        ),
        (
            _KERNEL,
            _SIDE,
            "Without writable cgroups: the memory of a jail as a whole.",
            "As an ordinary user: a user id for each program, and a process limit that does not count its neighbours.",
        ),
        "Attacked with the whole corpus.",
    ),
    ProfileCard(
        IsolationProfile.C,
        "nsjail with capabilities in a user namespace of the container",
        "hostUsers: false, with the capabilities of profile B",
        (
            *_IN_NAMESPACES,
            "The container's root, which confines programs, is an unprivileged user of the host.",
        ),
        (
            _KERNEL,
            _SIDE,
            (
                "Code of ours that confines programs has CAP_SYS_ADMIN in the container: a program that takes it over "
                "is the container's root."
            ),
        ),
        "Self-check only, as root of a user namespace; no cluster has run it.",
    ),
    ProfileCard(
        IsolationProfile.B,
        "nsjail with capabilities of the host, or the docker backend",
        "root with SYS_ADMIN, SYS_CHROOT, SETUID, SETGID, SETPCAP and KILL; no user namespaces",
        _IN_NAMESPACES,
        (
            _KERNEL,
            _SIDE,
            (
                "Code of ours that confines programs has CAP_SYS_ADMIN on the host: a program that takes it over is "
                "the host's root."
            ),
        ),
        "Attacked with the whole corpus, nsjail and the docker backend.",
    ),
    ProfileCard(
        IsolationProfile.D,
        "Landlock, seccomp and resource limits, without namespaces",
        (
            "Landlock version 3 (Linux 6.2); a worker that is an ordinary user; EXECUTOR_BACKEND=landlock and "
            "EXECUTOR_MIN_PROFILE=D"
        ),
        (
            _VERDICT,
            "The program opens no file of the host except Python's, and writes to its own scratch folder only.",
            _CALLS,
            (
                "It starts no process, and reads, traces and signals no other one: it ends as a whole. Its scratch "
                "folder is deleted."
            ),
            "CPU time, memory, output and the size of each file have limits, enforced from outside of the program.",
        ),
        (
            _KERNEL,
            _SIDE,
            (
                "What is seen without opening anything: whether a path of the host exists, its size, owner and times, "
                "which processes exist, and the host's name."
            ),
            "All files of a program together: it can fill the file system of TMPDIR until it ends.",
            "The memory of all programs together, and the number of a program's threads below 4096.",
            (
                "Programs that start processes, use the locks of multiprocessing, write below /tmp and not to their "
                "working directory, or need the mode or times of a file that they changed: right ones fail, too."
            ),
            "Tests that use files are invalid.",
        ),
        "Attacked with the whole corpus, as an ordinary user on Linux 6.18.",
    ),
    ProfileCard(
        IsolationProfile.E,
        "no isolation of its own, inside gVisor or Apptainer",
        "a worker inside gVisor or Apptainer with EXECUTOR_BACKEND=unsafe_process",
        ("The outer sandbox keeps programs from the host, as far as it does so for the worker.",),
        (
            (
                "The worker itself: programs reach its memory, its files, its network and its Redis, so a program can "
                "earn a reward that it did not earn."
            ),
            "Other programs: they share files, network and processes.",
            "System calls have no filter of ours.",
        ),
        "Recognised by its signs only; never run.",
    ),
    ProfileCard(
        IsolationProfile.NONE,
        "no isolation at all",
        "EXECUTOR_BACKEND=unsafe_process",
        ("Limits on CPU time and address space.",),
        (
            (
                "Everything else: files, network, processes and memory of the machine, the worker's too, are open to "
                "programs, so a program can earn a reward that it did not earn."
            ),
        ),
        "The harmless part of the corpus.",
    ),
)
"""Strongest first."""

_RANKS = {card.profile: rank for rank, card in enumerate(CARDS)}


def card_of(profile: IsolationProfile) -> ProfileCard:
    """Return the card of a profile."""
    return CARDS[_RANKS[profile]]


def is_weaker(profile: IsolationProfile, other: IsolationProfile) -> bool:
    """Whether ``profile`` is below ``other`` on the ladder."""
    return _RANKS[profile] > _RANKS[other]


def weakest(profiles: Iterable[IsolationProfile]) -> IsolationProfile | None:
    """Return the lowest of the profiles; ``None`` if there are none."""
    return max(profiles, key=_RANKS.__getitem__, default=None)


def next_better(profile: IsolationProfile) -> ProfileCard | None:
    """Return the next profile above ``profile``; ``None`` above the first."""
    rank = _RANKS[profile]
    return CARDS[rank - 1] if rank else None


def lowest_allowed(minimum: IsolationProfile | None, backend: BackendName) -> IsolationProfile:
    """Return the lowest profile that a worker may start with; ``minimum`` is the operator's setting, if there is one.

    By default that is B. The name of ``unsafe_process`` is itself the permission to do without isolation.
    """
    if minimum is not None:
        return minimum
    return IsolationProfile.NONE if backend is BackendName.UNSAFE_PROCESS else IsolationProfile.B


def check_allowed(sandbox: Sandbox, minimum: IsolationProfile | None, backend: BackendName) -> None:
    """Check that a started sandbox reaches a profile that is allowed (``lowest_allowed``).

    Raises:
        SandboxUnavailable: it does not. The message has the reason, what is not covered, and what would allow it.
    """
    lowest = lowest_allowed(minimum, backend)
    if is_weaker(sandbox.profile, lowest):
        raise SandboxUnavailable(_refusal(card_of(sandbox.profile), lowest, sandbox.profile_reason))


def _refusal(card: ProfileCard, lowest: IsolationProfile, reason: str) -> str:
    return (
        f"the sandbox reaches only isolation profile {card.profile.value} ({card.title}): {reason}. The lowest profile "
        f"that is allowed is {lowest.value}. Profile {card.profile.value} does not cover: {' '.join(card.not_covered)} "
        f"To allow it, set EXECUTOR_MIN_PROFILE={card.profile.value}"
    )
