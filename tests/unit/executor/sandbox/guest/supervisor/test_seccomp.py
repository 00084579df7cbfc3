"""The system-call filter, executed here as the kernel executes it: instruction by instruction."""

import errno
import struct

import pytest

from services.executor.sandbox.guest.supervisor import seccomp

ALLOW = 0x7FFF0000
MACHINES = {"x86_64": (0xC000003E, seccomp._X86_64), "aarch64": (0xC00000B7, seccomp._AARCH64)}
SPECIAL = {
    "x86_64": {"clone": 56, "clone3": 435, "ioctl": 16, "prctl": 157, "openat2": 437},
    "aarch64": {"clone": 220, "clone3": 435, "ioctl": 29, "prctl": 167, "openat2": 437},
}
ATTRIBUTES = {"x86_64": range(188, 200), "aarch64": range(5, 17)}
"""setxattr, lsetxattr, fsetxattr, and so on for get, list and remove."""
FILTERS = {machine: list(struct.iter_unpack("HBBI", seccomp.build(machine))) for machine in MACHINES}


OWN_PID = 4321
ON_SHARED_HOST = {
    machine: list(
        struct.iter_unpack("HBBI", seccomp.build(machine, forks=False, own_pid=OWN_PID, opens_pidfds=False))
    )
    for machine in MACHINES
}
"""The filters of a candidate of profile D."""


def run(machine, number, *args, arch=None, filters=FILTERS):
    """Return the result of the filter for one call: 0 for allowed, -1 for a call that does nothing, else the errno."""
    arguments = (*args, 0, 0)
    data = struct.pack(
        "IIQQQ",
        number & 0xFFFFFFFF,
        MACHINES[machine][0] if arch is None else arch,
        0,
        arguments[0],
        arguments[1],
    )
    at, accumulator = 0, 0
    program = filters[machine]
    while True:
        code, jump_true, jump_false, value = program[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("I", data, value)
        elif code == 0x06:
            assert value == ALLOW or value >> 16 == 0x0005, hex(value)
            return 0 if value == ALLOW else value & 0xFFFF or -1
        elif code == 0x05:
            at += value
        elif code == 0x54:
            accumulator &= value
        else:
            met = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[
                code
            ]
            at += jump_true if met else jump_false


def allowed(machine):
    return {int(entry.split("=")[1]) for entry in MACHINES[machine][1].split()}


@pytest.mark.parametrize("machine", MACHINES)
def test_exactly_the_listed_calls_are_allowed(machine):
    special = set(SPECIAL[machine].values())
    for number in range(1024):
        if number in special:
            continue
        if number in ATTRIBUTES[machine]:
            assert run(machine, number) == errno.ENOTSUP, number
            continue
        assert run(machine, number) == (0 if number in allowed(machine) else errno.EPERM), number


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("number", [1 << 30, 0x40000000, 0x40000001, 0x40000000 + 39, -1, 0xFFFFFFFF])
def test_numbers_beyond_any_table_are_refused(machine, number):
    assert run(machine, number) == errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_another_architectures_calls_are_refused(machine):
    for arch in (0x40000003, 0, 0xC00000B7 if machine == "x86_64" else 0xC000003E):
        for number in allowed(machine):
            assert run(machine, number, arch=arch) == errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_no_flag_of_clone_makes_a_namespace(machine):
    clone = SPECIAL[machine]["clone"]
    new = {
        "NEWTIME": 0x80,
        "NEWNS": 0x20000,
        "NEWCGROUP": 0x2000000,
        "NEWUTS": 0x4000000,
        "NEWIPC": 0x8000000,
        "NEWUSER": 0x10000000,
        "NEWPID": 0x20000000,
        "NEWNET": 0x40000000,
    }
    del new["NEWTIME"]  # of clone3 and unshare alone: clone takes these bits for the signal sent at exit
    for flag in new.values():
        for more in (0, 0x11, 0x3D0F00):
            assert run(machine, clone, flag | more) == errno.EPERM
    for flags in (0x11, 0x1200011, 0x3D0F00, 0x4111):  # fork, libc's fork, a thread, vfork
        assert run(machine, clone, flags) == 0


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_that_libraries_fall_back_from_do_not_exist(machine):
    assert run(machine, SPECIAL[machine]["clone3"]) == errno.ENOSYS
    assert run(machine, SPECIAL[machine]["openat2"]) == errno.ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_ioctl_and_prctl_by_their_request(machine):
    ioctl, prctl = SPECIAL[machine]["ioctl"], SPECIAL[machine]["prctl"]
    for request in range(0x5400, 0x5480):
        assert run(machine, ioctl, 0, request) == (0 if request in seccomp._IOCTLS else errno.EPERM)
    for option in range(80):
        assert run(machine, prctl, option) == (0 if option in seccomp._PRCTLS else errno.EPERM)
    assert run(machine, ioctl, 0, 0x5412) == errno.EPERM  # TIOCSTI types into a terminal
    assert run(machine, prctl, 22) == errno.EPERM  # another filter


def test_calls_that_would_leave_the_jail_are_on_no_list():
    names = {entry.split("=")[0] for _arch, table in MACHINES.values() for entry in table.split()}
    forbidden = "mount umount2 unshare setns chroot pivot_root ptrace socket connect bind listen accept keyctl add_key bpf io_uring_setup perf_event_open "
    forbidden += "userfaultfd process_vm_readv process_vm_writev init_module kexec_load shmget semget msgget mknod mknodat personality setuid setgid capset reboot"
    assert not names & set(forbidden.split())


@pytest.mark.parametrize("machine", MACHINES)
def test_a_name_and_a_number_once(machine):
    entries = [entry.split("=") for entry in MACHINES[machine][1].split()]
    assert len({name for name, _ in entries}) == len({number for _, number in entries}) == len(entries)


def test_a_machine_without_a_table_has_no_filter():
    assert seccomp.build("riscv64") is None


@pytest.mark.parametrize("machine", MACHINES)
def test_the_kernel_takes_a_filter_of_this_length(machine):
    assert 0 < len(FILTERS[machine]) <= 4096


def on_shared_host(machine, name, *args):
    numbers = dict(entry.split("=") for entry in MACHINES[machine][1].split())
    return run(machine, int(numbers[name]), *args, filters=ON_SHARED_HOST) if name in numbers else None


@pytest.mark.parametrize("machine", MACHINES)
def test_on_a_shared_host_only_calls_on_the_own_process_are_allowed(machine):
    for name in ("kill", "tgkill", "rt_sigqueueinfo", "pidfd_open"):
        assert on_shared_host(machine, name, OWN_PID) == 0
        for other in (0, 1, OWN_PID + 1, 2**32 - 1, 2**32 - OWN_PID):
            assert on_shared_host(machine, name, other) == errno.EPERM, name
    assert on_shared_host(machine, "tkill", OWN_PID) == errno.EPERM
    assert on_shared_host(machine, "prlimit64", 0) == 0
    assert on_shared_host(machine, "prlimit64", 1) == errno.EPERM
    for command in range(2048):
        refused = command in (8, 10, 15, 1024, 1026)
        assert on_shared_host(machine, "fcntl", 0, command) == (errno.EPERM if refused else 0)
    assert on_shared_host(machine, "execve") == 0  # Landlock refuses it


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("pid", [2, 0xFFFF, 2**22])
def test_a_filter_for_any_process_becomes_one_for_a_process(machine, pid):
    any_pid, own = (
        seccomp.build(machine, own_pid=number, opens_pidfds=False) for number in (seccomp.ANY_PID, pid)
    )
    assert seccomp.with_pid(any_pid, pid) == own


@pytest.mark.parametrize("machine", MACHINES)
def test_on_a_shared_host_a_checker_may_watch_the_candidate(machine):
    text = seccomp.build(machine, forks=False, own_pid=OWN_PID)
    assert run(machine, 434, 1, filters={machine: list(struct.iter_unpack("HBBI", text))}) == 0


@pytest.mark.parametrize("machine", MACHINES)
def test_on_a_shared_host_no_process_is_started_and_no_mode_changed(machine):
    clone = SPECIAL[machine]["clone"]
    for flags in (0x11, 0x1200011, 0x4111):
        assert run(machine, clone, flags, filters=ON_SHARED_HOST) == errno.EPERM
    assert run(machine, clone, 0x3D0F00, filters=ON_SHARED_HOST) == 0  # a thread
    assert on_shared_host(machine, "fork") in {None, errno.EPERM}
    assert on_shared_host(machine, "vfork") in {None, errno.EPERM}
    for name in ("chmod", "fchmod", "fchmodat", "utime", "utimes", "utimensat"):
        assert on_shared_host(machine, name) in {None, -1}, name
    assert on_shared_host(machine, "fallocate") == errno.ENOTSUP


@pytest.mark.parametrize("machine", MACHINES)
def test_on_a_shared_host_a_pair_of_sockets_cannot_send_to_an_address(machine):
    for kind in range(16):
        for flags in (0, 0o4000, 0o2000000):
            expected = 0 if kind in (1, 5) else errno.EPERM
            assert on_shared_host(machine, "socketpair", 1, kind | flags) == expected
            assert on_shared_host(machine, "socketpair", 2, kind | flags) == errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_every_other_call_is_as_in_the_jail(machine):
    handled = (
        "kill tgkill rt_sigqueueinfo pidfd_open tkill prlimit64 fcntl fork vfork fallocate socketpair".split()
    )
    handled += "chmod fchmod fchmodat utime utimes utimensat".split()
    numbers = dict(entry.split("=") for entry in MACHINES[machine][1].split())
    different = {int(numbers[name]) for name in handled if name in numbers} | {SPECIAL[machine]["clone"]}
    for number in set(range(1024)) - different:
        assert run(machine, number, filters=ON_SHARED_HOST) == run(machine, number), number
