"""Measures which share of each class of attacks each isolation profile stops; prints the table of ``SECURITY.md``.

``python -m tests.sandbox.attack_shares A B D`` judges every attack on each profile, in a process of its own that has the
rights of that profile; it takes some minutes for each and must run as root. ``--class`` chooses classes.

An attack is stopped if no test had an outcome that it must not have, and the next honest program and the next wrong one
were judged rightly. One that tries to leave the jail is also stopped if the system refused what it does before it could
look at anything; what the system let it see counts as not stopped, however little that is.
"""

import argparse
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field

from clients.contract import Limits, Suite
from services.executor.sandbox import Rules, Sandbox
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.sandbox.corpus import PAIRS, Attack, attacks
from tests.sandbox.judging import SMALL, is_still_fair, results
from tests.support.dropped_privileges import ROOT, USER, WITHOUT_USER_NAMESPACES, find_public_python

SLOTS = {"A": 40, "B": 41, "D": 42}
"""Two jails of one slot share user ids, and profiles may be measured side by side."""
CLASSES = list(dict.fromkeys(attack.kind for attack in attacks()))


@dataclass
class ClassShare:
    """What became of the attacks of one class."""

    run: int = 0
    stopped: int = 0
    others: dict[str, str] = field(default_factory=dict)
    """Name of an attack that was not stopped → what it saw or did."""


def command_of(profile: str) -> list[str]:
    """Return the beginning of a command that runs Python with the rights of a profile."""
    if profile == "B":
        return [sys.executable, "-c", WITHOUT_USER_NAMESPACES, sys.executable]
    if profile == "D":
        python = find_public_python()
        if python is None:
            raise SystemExit(
                "profile D needs a Python of this version, and this checkout, readable for every user"
            )
        return ["setpriv", *USER, "--no-new-privs", python]
    return [sys.executable]


def measure(profile: str, chosen: list[str]) -> dict[str, ClassShare]:
    """Judge the attacks of the chosen classes with the rights of this process."""
    shares = {name: ClassShare() for name in chosen}
    backend = BackendName.LANDLOCK if profile == "D" else BackendName.NSJAIL
    for modules in sorted({attack.modules for attack in attacks() if attack.kind in chosen}):
        loaded = ("numpy", "pandas") if "pandas" in modules else modules
        sandbox = open_sandbox(backend, EnvironmentSpec("attacked", modules=loaded), slot=SLOTS[profile])
        try:
            sandbox.start()
            if sandbox.profile != profile:
                raise SystemExit(f"this machine reaches profile {sandbox.profile.value} and not {profile}")
            for attack in attacks():
                if attack.kind in chosen and attack.modules == modules:
                    _add(shares[attack.kind], attack, _seen(sandbox, attack))
                    judged = sum(share.run for share in shares.values())
                    print(f"\r{profile}: {judged} attacks judged", end="", file=sys.stderr, flush=True)
        finally:
            sandbox.close()
    return shares


def _add(share: ClassShare, attack: Attack, seen: str) -> None:
    share.run += 1
    share.stopped += not seen
    if seen:
        share.others[attack.name] = seen


def _seen(sandbox: Sandbox, attack: Attack) -> str:
    """Return what an attack saw or did; empty if it was stopped."""
    try:
        judged = list(_judged(sandbox, attack))
        is_still_fair(sandbox)
    except AssertionError as error:
        return f"disturbed the next program: {error}"[:200]
    looks = attack.outcomes == {"passed"}
    harm = [
        f"{outcome}: {message}"
        for outcome, message in judged
        if outcome not in attack.outcomes
        and (outcome == "passed" or not (looks and outcome == "runtime_error"))
    ]
    return "; ".join(harm)[:200] if looks or any(text.startswith("passed") for text in harm) else ""


def _judged(sandbox: Sandbox, attack: Attack) -> Iterator[tuple[str, str]]:
    """Judge an attack as ``test_attacks`` does; yield outcome and message of each test."""
    if attack.kind != PAIRS:
        for _ in range(1 + attack.twice):
            tests = results(
                sandbox,
                attack.program,
                *attack.tests,
                setup=attack.setup,
                io=attack.io,
                checker=attack.checker,
                **attack.limits,
            )
            yield from ((test.outcome.value, test.message) for test in tests)
        return
    planter, looker = (f"{attack.program}\nf = {name}\n" for name in ("plant", "look"))
    suite = Suite(id="s", asserts=list(attack.tests))
    rules = Rules(Limits(**{**SMALL, **attack.limits}))
    for programs in ([planter, looker], [planter], [looker]):
        for judgement in sandbox.judge(suite, programs, rules):
            yield from ((test.outcome.value, test.message) for test in judgement.tests)


def table(shares_of_profile: dict[str, dict[str, ClassShare]]) -> str:
    """Return a table: one row for each class, one column for each profile."""
    rows = [f"| class | {' | '.join(shares_of_profile)} |", "|---" * (1 + len(shares_of_profile)) + "|"]
    for name in CLASSES:
        cells = [shares[name] for shares in shares_of_profile.values() if name in shares]
        if cells:
            text = " | ".join(f"{share.stopped} of {share.run}" for share in cells)
            rows.append(f"| {name.replace('_', ' ')} | {text} |")
    return "\n".join(rows)


def main() -> None:
    """Measure the profiles that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("profiles", nargs="+", choices=["A", "B", "D"])
    parser.add_argument("--class", dest="classes", action="append", choices=CLASSES)
    parser.add_argument("--here", action="store_true", help="measure in this process, and print JSON")
    options = parser.parse_args()
    chosen = options.classes or CLASSES
    if options.here:
        shares = measure(options.profiles[0], chosen)
        print(json.dumps({name: vars(share) for name, share in shares.items()}))
        return
    path = os.pathsep.join([str(ROOT), sysconfig.get_paths()["purelib"]])
    measured = {}
    for profile in options.profiles:
        flags = [flag for name in chosen for flag in ("--class", name)]
        command = [*command_of(profile), "-m", "tests.sandbox.attack_shares", profile, "--here", *flags]
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        printed = subprocess.run(
            command, cwd="/", env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        shares = json.loads(printed.stdout.splitlines()[-1])
        measured[profile] = {name: ClassShare(**share) for name, share in shares.items()}
    print(table(measured))
    for profile, shares in measured.items():
        for share in shares.values():
            for name, seen in share.others.items():
                print(f"{profile}: {name}: {seen}")


if __name__ == "__main__":
    main()
