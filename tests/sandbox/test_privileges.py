"""The jail under fewer and fewer rights: which jail each privilege level can start, and the message where it cannot.

Each case runs for real, in a process that has dropped privileges with ``setpriv``. The table of the results is in
``docs/privileges.md``.
"""

import os
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox.backends import privileges
from services.executor.sandbox.backends.privileges import PrivilegeLevel
from tests.support.dropped_privileges import USER, WITHOUT_USER_NAMESPACES, find_public_python, run

ROOT = Path(__file__).parents[2]
SLOT = 20
"""Not used by the jails of other tests, and low: a user namespace of 65536 ids has room for 32 slots."""
PROBE = f"""
import sys
sys.path[:0] = {[str(ROOT), sysconfig.get_paths()["purelib"]]!r}
from services.executor.sandbox import SandboxFault, selfcheck
from services.executor.sandbox.backends import privileges
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
print("level:", privileges.detect().value)
sandbox = open_sandbox(BackendName.NSJAIL, EnvironmentSpec("base"), slot={SLOT})
try:
    sandbox.start()
    print("profile:", sandbox.profile.value)
    failed = [f"{{check.name}}: {{check.message}}" for check in selfcheck.run(sandbox) if not check.ok]
    print("failed:", failed) if failed else print("all behaviours hold")
except SandboxFault as fault:
    print("fault:", fault)
finally:
    sandbox.close()
"""
MASKED = """
mount --make-rprivate /
for part in acpi scsi; do
  if [ -d /proc/$part ]; then mount -t tmpfs -o ro none /proc/$part; fi
done
for part in kcore keys timer_list; do
  if [ -e /proc/$part ]; then mount --bind /dev/null /proc/$part; fi
done
for part in bus fs irq sys; do
  if [ -d /proc/$part ]; then
    mount --bind /proc/$part /proc/$part
    mount -o remount,bind,ro /proc/$part
  fi
done
mount -t tmpfs -o ro none /sys/fs/cgroup
exec "$@"
"""
"""What container engines do to a container's /proc and cgroups."""
IN_A_USER_NAMESPACE = [
    sys.executable,
    "-c",
    """
import ctypes, os, sys, warnings
ready, go = os.pipe(), os.pipe()
pid = os.fork()
if not pid:
    if ctypes.CDLL(None).unshare(0x10000000):
        sys.exit("no user namespace")
    os.write(ready[1], b"x")
    os.read(go[0], 1)
    os.setgid(0)
    os.setuid(0)
    os.execvp(sys.argv[3], sys.argv[3:])
os.read(ready[0], 1)
for kind in ("uid", "gid"):
    with open(f"/proc/{pid}/{kind}_map", "w") as table:
        table.write(f"0 {sys.argv[1]} {sys.argv[2]}")
os.write(go[1], b"x")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""",
    "100000",
    "65536",
]
"""Root of a new user namespace that has ids 0 to 65535."""
WITHOUT_A_CALL = """
import ctypes, os, struct, sys
code = [(0x20, 0, 0, 0), (0x15, 0, 1, int(sys.argv[1])), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
text = b"".join(struct.pack("HBBI", *one) for one in code)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]
libc = ctypes.CDLL(None)
assert not libc.prctl(22, 2, ctypes.byref(Program(len(code), text)), 0, 0)
os.execvp(sys.argv[2], sys.argv[2:])
"""
"""A seccomp filter that refuses one system call with EPERM, as container engines' default ones do."""
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop privileges one by one"),
    pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv, of util-linux"),
]


def public_python() -> str:
    """Return an interpreter that any user may run and that can load the packages installed beside ours."""
    return find_public_python() or pytest.skip(
        "no Python of our version, or no checkout, that other users may read"
    )


def probe(*prefix: str, python: str = sys.executable) -> str:
    return run([*prefix, python, "-c", PROBE])


def caps(*names: str) -> list[str]:
    return [
        "setpriv",
        "--inh-caps=-all",
        "--bounding-set=" + ",".join(["-all", *(f"+{name}" for name in names)]),
    ]


def assert_works(shown: str, level: PrivilegeLevel, profile: str = "A") -> None:
    assert shown.splitlines() == [f"level: {level.value}", f"profile: {profile}", "all behaviours hold"]


def test_root_with_nothing_dropped():
    assert_works(probe(), PrivilegeLevel.ROOT)


@pytest.mark.parametrize("more", [[], ["dac_override"]], ids=["least", "and cgroups"])
def test_root_with_the_capabilities_it_needs_and_no_others(more):
    assert_works(probe(*caps("sys_admin", "setuid", "setgid", *more)), PrivilegeLevel.ROOT)


def test_root_with_a_containers_capabilities_and_a_python_that_all_users_can_read():
    engine = (
        "chown dac_override fsetid fowner mknod net_raw setgid setuid setfcap setpcap sys_chroot kill".split()
    )
    assert_works(probe(*caps(*engine), python=public_python()), PrivilegeLevel.ROOT_WITHOUT_MOUNTS)


def test_root_that_may_only_change_users():
    assert_works(probe(*caps("setuid", "setgid"), python=public_python()), PrivilegeLevel.ROOT_WITHOUT_MOUNTS)


@pytest.mark.parametrize("kept", [[], ["sys_admin"], ["sys_admin", "setuid"]])
def test_root_that_cannot_change_users_is_refused(kept):
    shown = probe(*caps(*kept))
    assert f"level: {PrivilegeLevel.ROOT_AS_ITSELF.value}" in shown
    assert "add CAP_SETUID and CAP_SETGID, or run the worker as an ordinary user" in shown
    assert "hold" not in shown


@pytest.mark.parametrize("more", [[], ["--no-new-privs"]])
def test_an_ordinary_user(more):
    assert_works(probe("setpriv", *USER, *more, python=public_python()), PrivilegeLevel.USER)


def test_where_there_are_no_user_namespaces():
    none = ["sh", "-c", 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"', "sh"]
    user = [
        "setpriv",
        "--inh-caps=-all",
        "--bounding-set=-all",
        "--reuid=1000",
        "--regid=1000",
        "--clear-groups",
    ]
    shown = probe(*IN_A_USER_NAMESPACE, *none, *user, python=public_python())
    assert "fault: the jail did not start: user namespaces are not available" in shown
    # the container's root is no root of the host
    assert_works(probe(*IN_A_USER_NAMESPACE, *none, python=public_python()), PrivilegeLevel.ROOT, "C")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of system calls are x86-64's")
def test_capabilities_of_the_host_in_place_of_a_user_namespace():
    least = caps("sys_admin", "sys_chroot", "setuid", "setgid", "setpcap", "kill")
    refused = [sys.executable, "-c", WITHOUT_USER_NAMESPACES]
    assert_works(probe(*least, *refused), PrivilegeLevel.ROOT, "B")
    shown = probe(*caps("sys_admin", "setuid", "setgid"), *refused)
    assert "user namespaces are not available" in shown
    assert "SYS_CHROOT" in shown


def test_behind_the_masks_of_a_container():
    masked = ["unshare", "-m", "sh", "-ec", MASKED, "sh"]
    assert_works(probe(*masked), PrivilegeLevel.ROOT)
    assert_works(
        probe(*masked, "setpriv", *USER, "--no-new-privs", python=public_python()), PrivilegeLevel.USER
    )


def test_root_of_a_user_namespace():
    """Rootless containers, and pods with users of their own."""
    assert_works(probe(*IN_A_USER_NAMESPACE, python=public_python()), PrivilegeLevel.ROOT)
    masked = ["unshare", "-m", "sh", "-ec", MASKED, "sh"]
    assert_works(probe(*masked, *IN_A_USER_NAMESPACE, python=public_python()), PrivilegeLevel.ROOT)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of system calls are x86-64's")
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (155, "seccomp filter refuses pivot_root"),
        (272, "seccomp filter refuses new namespaces"),
        (165, "mounting is refused, by AppArmor or a seccomp filter"),
    ],
    ids=["pivot_root", "unshare", "mount"],
)
def test_a_filter_that_refuses_a_call_a_jail_needs_is_named(number, words):
    assert words in probe(sys.executable, "-c", WITHOUT_A_CALL, str(number))


def test_a_python_that_others_cannot_read_is_named(tmp_path):
    if public_python() == str(Path(sys.executable).resolve()):
        pytest.skip("every user can read this Python")
    assert "the jail's Python can be read by its owner only" in probe(*caps("setuid", "setgid"))


def test_an_unknown_failure_has_no_explanation():
    assert privileges.explain("a new kind of failure") == ""


def test_host_ids_are_above_all_others_or_the_last_ones_of_the_namespace(tmp_path, monkeypatch):
    table = tmp_path / "map"
    monkeypatch.setattr(privileges, "MAPS", (table, table))
    table.write_text("0 0 4294967295\n")
    assert privileges.first_host_id(3) == 1_900_003_072
    table.write_text("0 1000 1\n1 100000 65536\n")
    assert [privileges.first_host_id(slot) for slot in (0, 1)] == [65537 - 1024, 65537 - 2048]
    table.write_text("0 1000 1\n")
    with pytest.raises(SandboxUnavailable, match="has the ids 0 to 0, too few for worker 0"):
        privileges.first_host_id(0)
