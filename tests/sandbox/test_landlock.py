"""Profile D: what a program cannot do without namespaces, and what an honest one still can.

The sandbox runs in a process without any right, once with the kernel's version of Landlock and once with version 3,
where the system-call filter alone refuses signals and sockets. The whole corpus runs with
``python -m tests.sandbox.attack_shares D``.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from services.executor.sandbox.backends import landlock
from tests.support.dropped_privileges import ROOT, USER, find_public_python

UID = 54321
SECRET = "a secret of the worker's user"
pytestmark = pytest.mark.skipif(
    landlock.landlock_version() < landlock.MINIMUM,
    reason=f"the kernel has no Landlock of version {landlock.MINIMUM} (Linux 6.2), which profile D needs",
)

TRIES = """
import ctypes, fcntl, os, resource, shutil, signal, socket, subprocess, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
parent = os.getppid()
def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0: raise OSError(ctypes.get_errno(), "refused")
def f():
    for n, reach in enumerate(TRIES):
        try: reach()
        except OSError: continue
        return f"number {n}"
    return "kept"
"""
HOSTILE = {
    "reads the memory and the environment of others": """
TRIES = [lambda path=path: open(path, "rb") for pid in (parent, "self", "1", "thread-self")
         for path in (f"/proc/{pid}/{name}" for name in ("mem", "environ", "cmdline", "maps", "status"))]
TRIES += [lambda name=name: os.readlink(f"/proc/{parent}/{name}") for name in ("cwd", "root", "exe", "fd/0")]
TRIES += [lambda: os.listdir(f"/proc/{parent}/fd"), lambda: os.stat(f"/proc/{parent}/cwd/")]
""",
    "traces others": """
import platform
x86 = platform.machine() == "x86_64"
TRIES = [lambda: call(101 if x86 else 117, 16, parent, 0, 0), lambda: call(310 if x86 else 270, parent, 0, 0, 0, 0, 0),
         lambda: call(438, 3, 0, 0), lambda: os.pidfd_open(parent)]
""",
    "sends signals to others": """
def owns(command, *argument):
    a, b = socket.socketpair()
    fcntl.fcntl(a, command, *argument)
def other_thread():
    call(234 if os.uname().machine == "x86_64" else 131, parent, parent, 0)
TRIES = [lambda pid=pid: os.kill(pid, 0) for pid in (parent, 1, -1, 0, -parent)]
TRIES += [lambda: os.killpg(os.getpgid(parent), 0), other_thread, lambda: owns(8, parent), lambda: owns(10, signal.SIGKILL)]
""",
    "uses the network and sockets of services": """
TRIES = [lambda family=family, kind=kind: socket.socket(family, kind)
         for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, 38, 40)
         for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET)]
TRIES += [lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM), lambda: socket.socketpair(socket.AF_UNIX, 2 | 0o4000)]
def sends(kind):
    a, b = socket.socketpair(socket.AF_UNIX, kind)
    a.sendto(b"x", "/dev/log")
TRIES += [lambda: sends(socket.SOCK_STREAM)]
""",
    "changes limits and priorities of others": """
TRIES = [lambda: resource.prlimit(parent, resource.RLIMIT_CPU), lambda: resource.prlimit(parent, resource.RLIMIT_CPU, (0, 0)),
         lambda: os.setpriority(os.PRIO_PROCESS, parent, 19), lambda: os.sched_setaffinity(parent, [0])]
""",
    "starts processes": """
TRIES = [os.fork, lambda: subprocess.run(["/bin/true"]), lambda: os.posix_spawn("/bin/true", ["true"], {}),
         lambda: os.execv("/bin/true", ["true"]), lambda: os.execv(sys.executable or "/usr/bin/python3", ["python"])]
""",
    "looks for the files of other programs": """
here = os.getcwd()
TRIES = [lambda path=path: os.listdir(path) for path in (os.path.dirname(here), here + "/..", "/tmp", "/", "/proc", "/home")]
TRIES += [lambda: os.mkdir(here + "/../x"), lambda: os.symlink("/", here + "/../y"), lambda: open("/dev/shm/x", "w")]
""",
    "touches a file of the worker's user": f"""
path = "THE_FILE"
TRIES = [lambda: open(path), lambda: open(path, "r+"), lambda: open(path, "ab"), lambda: os.truncate(path, 0), lambda: os.unlink(path),
         lambda: os.rename(path, "x"), lambda: os.rename(path, path + "2"), lambda: os.link(path, "y"), lambda: os.setxattr(path, "user.x", b""),
         lambda: os.chown(path, {UID}, {UID}), lambda: shutil.copy(path, "z"), lambda: open(os.path.dirname(path) + "/new", "w")]
os.chmod(path, 0o777)  # nothing happens
os.utime(path, (1, 1))
os.symlink(path, "link")
TRIES += [lambda: open("link"), lambda: open("link", "w")]
""",
    "a folder that is hard to remove": """
TRIES = []
for depth in range(300):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
    open("f", "w").close()
""",
}
HONEST = {
    "files": """
import os, shutil, tempfile
def f():
    os.makedirs("a/b")
    with open("a/b/x", "w") as file: file.write("1")
    shutil.copy("a/b/x", "y"); os.rename("y", "a/z"); shutil.move("a/z", "w")
    with tempfile.NamedTemporaryFile("w+") as file: file.write("2"); file.seek(0); two = file.read()
    shutil.rmtree("a")
    assert os.environ["HOME"] == os.getcwd() and os.listdir() == ["w"], os.listdir()
    return "kept" if open("w").read() + two == "12" else "lost"
""",
    "threads, sockets and signals of its own": """
import os, signal, socket, threading
def f():
    seen = []
    signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
    os.kill(os.getpid(), signal.SIGUSR1); signal.raise_signal(signal.SIGUSR1)
    threads = [threading.Thread(target=seen.append, args=(2,)) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    a, b = socket.socketpair(); a.send(b"x")
    return "kept" if seen == [1, 1, 2, 2, 2, 2] and b.recv(1) == b"x" else str(seen)
""",
    "libraries": """
import asyncio, concurrent.futures, ctypes, decimal, json, random, sqlite3, zoneinfo
def f():
    with concurrent.futures.ThreadPoolExecutor(2) as pool: assert list(pool.map(abs, [-1])) == [1]
    assert sqlite3.connect("x.db").execute("select 1").fetchone() == (1,)
    return asyncio.run(asyncio.sleep(0, "kept"))
""",
}
OF_SURROUNDINGS = {
    "a test of files": (
        "def f(): open('out', 'w').close()",
        "f()\nwith open('out') as file:\n    assert file.read() == ''",
    ),
    "a test of output": (
        "def f(): print('x')",
        "import io\nfrom contextlib import redirect_stdout\nwith redirect_stdout(io.StringIO()) as out:\n    f()\nassert out.getvalue() == 'x\\n'",
    ),
}
ENDS_ITS_CHECKER = "a test that ends its checker"


@pytest.fixture(scope="module")
def secret_file():
    """A file of the user that the sandbox runs as."""
    folder = Path(tempfile.mkdtemp(prefix="acecoder-secret-"))
    path = folder / "secret"
    path.write_text(SECRET)
    path.chmod(0o600)
    if os.geteuid() == 0:
        for each in (folder, path):
            os.chown(each, UID, UID)
    yield path
    shutil.rmtree(folder)


def judge(message: dict) -> dict:
    """Judge programs in a process without any right."""
    command, path = [sys.executable], [str(ROOT), sysconfig.get_paths()["purelib"]]
    if os.geteuid() == 0:
        python = find_public_python()
        if python is None or not shutil.which("setpriv"):
            pytest.skip("no setpriv, no Python of our version, or no checkout, that other users may read")
        command = ["setpriv", *USER, "--no-new-privs", python]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        environment = {"PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": folder}
        run = subprocess.run(
            [*command, "-m", "tests.sandbox.landlock_probe"],
            input=json.dumps(message),
            env=environment,
            cwd="/",
            stdout=subprocess.PIPE,
            text=True,
            timeout=200,
            check=True,
        )
    return json.loads(run.stdout.splitlines()[-1])


@pytest.fixture(scope="module", params=[None, 3], ids=["landlock of this kernel", "landlock 3"])
def answers(request, secret_file):
    hostile = {name: TRIES + tries.replace("THE_FILE", str(secret_file)) for name, tries in HOSTILE.items()}
    programs = {name: (program, "assert f() == 'kept'") for name, program in {**hostile, **HONEST}.items()}
    line = '["test", 0, 0, "invalid_test", 0.0, "", false]\\n'
    code = f"import os, posix; posix.write(3, {line.encode()!r} * 3); os._exit(0)"
    ending = {f"{ENDS_ITS_CHECKER}, {n}": (f"def f(): return {code!r}", "exec(f())") for n in range(6)}
    return judge({"programs": {**programs, **OF_SURROUNDINGS, **ending}, "landlock_version": request.param})


@pytest.mark.parametrize("name", [*HOSTILE, *HONEST])
def test_a_hostile_program_is_refused_and_an_honest_one_is_not(answers, name):
    assert answers[name] == ["passed", ""]


def test_the_sandbox_has_profile_d_passes_its_check_and_leaves_nothing_behind(answers):
    assert answers["profile"] == "D"
    assert answers["failed checks"] == []
    assert answers["left behind"] == []


def test_a_file_of_the_workers_user_is_as_it_was(answers, secret_file):
    assert answers["touches a file of the worker's user"] == ["passed", ""]
    status = secret_file.stat()
    assert status.st_mode & 0o777 == 0o600
    assert status.st_mtime > 1
    assert secret_file.read_text() == SECRET
    assert [path.name for path in secret_file.parent.iterdir()] == ["secret"]


def test_a_test_that_uses_files_is_invalid_and_one_that_catches_output_is_not(answers):
    outcome, message = answers["a test of files"]
    assert outcome == "invalid_test"
    assert "profile D" in message
    assert answers["a test of output"] == ["passed", ""]


def test_a_test_that_ends_its_checker_does_not_end_the_jail(answers):
    ended = [answer for name, answer in answers.items() if name.startswith(ENDS_ITS_CHECKER)]
    assert ended == [["runtime_error", "judging this test ended the checker, twice"]] * 6


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused")
def test_root_is_refused():
    from services.executor.sandbox import SandboxUnavailable
    from services.executor.sandbox.environment import BackendName, EnvironmentSpec
    from services.executor.sandbox.factory import open_sandbox

    with pytest.raises(SandboxUnavailable, match="run it as an ordinary user"):
        open_sandbox(BackendName.LANDLOCK, EnvironmentSpec("base")).start()
