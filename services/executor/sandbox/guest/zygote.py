"""Forks sessions from an interpreter that has its modules loaded and its caches warm.

The zygote reads no test and no program: it receives descriptors and passes them to the session that it forks. Modules
that it imports are loaded in every candidate at no cost. Candidates inherit its memory and could read all of it, so
it must not hold tests or secrets.

Started as ``python zygote.py CONTROL CONFIG_JSON``, where CONTROL is the number of a descriptor or the path of a
socket. Messages on the zygote's control socket: ``{}`` is a ping; any other is the terms of a session, with two
descriptors: the control socket of the session, and the channel between worker and checker.
"""

import _sitebuiltins
import builtins
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

COMMON = (
    "abc", "array", "bisect", "collections", "collections.abc", "contextlib", "copy", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "heapq", "io", "itertools", "json", "math", "numbers", "operator",
    "os", "random", "re", "statistics", "string", "struct", "textwrap", "time", "typing",
)  # fmt: skip
"""The modules that model-written programs import most. Each makes a fork a little slower and saves a slow import."""
set_by_modules: set[str] = set()
"""Environment variables that modules set when they were imported (matplotlib, OpenMP). They belong to the environment;
every other variable came from outside. The self-check reads it in a program: this module is ``__main__`` there.
"""
_READS_PROC = {"sklearn.utils.parallel": "_get_threadpool_controller"}
"""Module → a function of it that reads ``/proc/self/maps`` once and keeps the result. Sessions have no ``/proc``:
without this, programs that fit a model of scikit-learn would raise ``FileNotFoundError``."""
_SPEED_SAMPLES = 30
"""Measurements of the core's speed, at each of three moments of a start: 0.3 ms each, some of them undisturbed."""


def main() -> None:
    """Warm up, then fork sessions until the worker closes the control socket."""
    control = _open_control(sys.argv[1])
    config = json.loads(sys.argv[2])
    sys.argv = [""]
    os.environ.pop("LD_LIBRARY_PATH", None)  # needed to start the interpreter, and not by programs
    (huge_pages,) = _own_modules(config["root"], "supervisor.huge_pages")
    kept: list[object] = [*huge_pages.reserve()]
    confine, session_supervisor, fork_loop, warmup, cpu_speed = _own_modules(
        config["root"],
        "supervisor.confine",
        "supervisor.session_supervisor",
        "supervisor.fork_loop",
        "supervisor.warmup",
        "checker.cpu_speed",
    )
    code_pages, hot_code = _own_modules(config["root"], "supervisor.code_pages", "supervisor.hot_code")
    cpu_speed.measure_best(_SPEED_SAMPLES)
    failed = import_modules(config)
    cpu_speed.measure_best(_SPEED_SAMPLES)
    kept += warmup.run(hot_code.codes_of(confine, session_supervisor))
    cpu_speed.measure_best(_SPEED_SAMPLES)
    grants = confine.probe(config)
    code_pages.prepare()
    compiled = fork_loop.load() if config["compiled"] else None
    if config["namespaces"]:
        confine.hide_proc()
    confine.no_new_privileges()
    kept += _prepare_for_forks(config["root"])
    control.send(json.dumps({"failed": failed}).encode())
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(control, 4096, 2)
        if not message:
            return
        terms = json.loads(message)
        if not terms:
            control.send(b"{}")
            continue
        cpu_speed.measure_best(1)
        if confine.fork_in_pid_namespace(grants) == 0:
            _run_session(partial(session_supervisor.main, grants, compiled), control, descriptors, terms)
        for descriptor in descriptors:
            os.close(descriptor)


def _run_session(
    run: Callable[..., None], control: socket.socket, descriptors: list[int], terms: dict[str, float]
) -> NoReturn:
    """Run a session in the calling process, which was just forked."""
    try:
        control.detach()
        session_control, channel = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        run(session_control, channel, terms)
    finally:
        os._exit(0)


def _prepare_for_forks(root: str) -> list[object]:
    """Set signal handling, garbage collection and memory for all sessions; return the objects that must be kept."""
    free_memory, immortal = _own_modules(root, "supervisor.free_memory", "supervisor.immortal")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel then reaps sessions
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.disable()
    gc.freeze()
    immortal.make_immortal()
    kept: list[object] = free_memory.fill()
    return kept


def _open_control(address: str) -> socket.socket:
    """Return the control socket at ``address``: the number of a descriptor, or a path."""
    if address.isdigit():
        return socket.socket(fileno=int(address))
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(address)
    return control


def _own_modules(root: str, *names: str) -> list[Any]:
    """Import modules of the guest as the package ``guest`` from ``root``, which programs do not have on their path."""
    sys.path.insert(0, root)
    modules = [importlib.import_module(f"guest.{name}") for name in names]
    sys.path.remove(root)
    return modules


def import_modules(config: dict[str, Any]) -> list[str]:
    """Import the modules that programs will import, and define ``exit``, ``quit`` and ``help``.

    Returns a line for each module that could not be imported.
    """
    inherited = dict(os.environ)
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
    for name, function in _READS_PROC.items():
        if name in sys.modules:
            # another version of the library: programs may find it missing
            with contextlib.suppress(Exception):
                getattr(sys.modules[name], function)()
    set_by_modules.update(name for name, value in os.environ.items() if inherited.get(name) != value)
    return failed


if __name__ == "__main__":
    main()
