"""The warm parent: an interpreter with its modules loaded, forked for every session.

It reads nobody's test or program: it receives descriptors and passes them to the session it forks. What it
imports is imported by every candidate for free; what it holds, every candidate could read, so it holds nothing.

Started as ``python zygote.py CONTROL CONFIG_JSON``, where CONTROL is a descriptor's number or a socket's path.
Messages on the control socket: ``{}`` is a ping; a session's terms come with two descriptors, the worker's
leash and the checker's channel.
"""

import _sitebuiltins
import builtins
import gc
import importlib
import json
import os
import signal
import socket
import sys
from typing import Any

COMMON = (
    "abc", "array", "bisect", "collections", "collections.abc", "contextlib", "copy", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "heapq", "io", "itertools", "json", "math", "numbers", "operator",
    "os", "random", "re", "statistics", "string", "struct", "textwrap", "time", "typing",
)  # fmt: skip
"""What model-written programs import most; each costs a fork a little and saves an import a lot."""
_LOOKS = 30
"""At the machine's pace, in each of the pauses of a start: 0.3 ms each, some of them undisturbed."""


def main() -> None:
    """Warm up, then serve the worker until it hangs up."""
    control = _control(sys.argv[1])
    config = json.loads(sys.argv[2])
    sys.argv = [""]
    os.environ.pop("LD_LIBRARY_PATH", None)  # it has done its work; programs see an environment without it
    confine, seccomp, session_supervisor, warmup, cpu_speed = _own_modules(config["root"])
    cpu_speed.learn(_LOOKS)
    failed = warm(config)
    cpu_speed.learn(_LOOKS)
    warmup.run()
    cpu_speed.learn(_LOOKS)
    filtered = seccomp.build() if config["seccomp"] else None
    grants = confine.probe(namespaces=config["namespaces"], filtered=filtered)
    if config["namespaces"]:
        confine.hide_proc()
    confine.no_new_privileges()
    _settle()
    control.send(json.dumps({"failed": failed}).encode())
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(control, 4096, 2)
        if not message:
            return
        terms = json.loads(message)
        if not terms:
            control.send(b"{}")
            continue
        if grants.spaces:
            grants.spaces.new_pid()
        cpu_speed.learn(1)
        pid = confine.fork()
        if pid == 0:
            try:
                control.detach()
                leash, channel = (socket.socket(fileno=descriptor) for descriptor in descriptors)
                session_supervisor.main(grants, leash, channel, terms)
            finally:
                os._exit(0)
        if grants.spaces:
            grants.spaces.back_from_pid()
        for descriptor in descriptors:
            os.close(descriptor)


def _settle() -> None:
    """Leave signals and garbage as every fork is to find them."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # sessions are reaped by the kernel
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.disable()
    gc.freeze()


def _control(place: str) -> socket.socket:
    if place.isdigit():
        return socket.socket(fileno=int(place))
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(place)
    return control


def _own_modules(root: str) -> list[Any]:
    """Import the guest as the package ``guest`` under ``root``, which then leaves the programs' path."""
    sys.path.insert(0, root)
    modules = [
        importlib.import_module(f"guest.{name}")
        for name in (
            "supervisor.confine",
            "supervisor.seccomp",
            "supervisor.session_supervisor",
            "supervisor.warmup",
            "checker.cpu_speed",
        )
    ]
    sys.path.remove(root)
    return modules


def warm(config: dict[str, Any]) -> list[str]:
    """Import what programs will, and give them ``exit``, ``quit`` and ``help``; return what could not be imported."""
    for name in ("exit", "quit"):
        setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D"))
    builtins.help = _sitebuiltins._Helper()  # noqa: SLF001
    sys.path += config["paths"]
    failed = []
    for name in (*COMMON, *config["modules"]):
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001  -- reported to the worker, which refuses to start
            failed.append(f"{name}: {error}")
    return failed


if __name__ == "__main__":
    main()
