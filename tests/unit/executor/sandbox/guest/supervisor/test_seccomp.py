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


def run(machine, number, *args, arch=None):
    """Return the result of the filter for one call: 0 for allowed, else the errno."""
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
    program = FILTERS[machine]
    while True:
        code, jump_true, jump_false, value = program[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("I", data, value)
        elif code == 0x06:
            assert value == ALLOW or value >> 16 == 0x0005, hex(value)
            return 0 if value == ALLOW else value & 0xFFFF
        elif code == 0x05:
            at += value
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
