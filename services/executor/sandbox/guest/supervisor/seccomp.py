"""Builds the system-call filter: an allow list, compiled to a BPF program.

A call that is not listed fails with EPERM, with ENOSYS where libraries then fall back to a call that is allowed, or
with ENOTSUP for extended attributes, which ``shutil.copytree`` treats as a file system without them. Not allowed are
sockets (except socket pairs), namespaces, mounts, tracing, keys, io_uring, bpf, perf, kernel modules and shared
segments. The filter is a binary search over the allowed numbers: when it is attached, the kernel runs it once for every
number, so the time depends on its depth, not on its length.

Covers x86-64 and aarch64. On other machines ``build`` returns ``None``, and the self-check reports it.
"""

import os
import struct

_X86_64 = """
    read=0 write=1 open=2 close=3 stat=4 fstat=5 lstat=6 poll=7 lseek=8 mmap=9 mprotect=10 munmap=11
    brk=12 rt_sigaction=13 rt_sigprocmask=14 rt_sigreturn=15 pread64=17 pwrite64=18 readv=19 writev=20
    access=21 pipe=22 select=23 sched_yield=24 mremap=25 msync=26 mincore=27 madvise=28 dup=32 dup2=33
    pause=34 nanosleep=35 getitimer=36 alarm=37 setitimer=38 getpid=39 sendfile=40 sendto=44 recvfrom=45
    sendmsg=46 recvmsg=47 shutdown=48 socketpair=53 getsockname=51 getpeername=52 setsockopt=54
    getsockopt=55 fork=57 vfork=58 exit=60 wait4=61 kill=62 uname=63 fcntl=72 flock=73 fsync=74
    fdatasync=75 truncate=76 ftruncate=77 getdents=78 getcwd=79 chdir=80 fchdir=81 rename=82 mkdir=83
    rmdir=84 creat=85 link=86 unlink=87 symlink=88 readlink=89 chmod=90 fchmod=91 umask=95
    gettimeofday=96 getrlimit=97 getrusage=98 sysinfo=99 times=100 getuid=102 getgid=104 geteuid=107
    getegid=108 setpgid=109 getppid=110 getpgrp=111 setsid=112 getgroups=115 getresuid=118 getresgid=120
    getpgid=121 rt_sigpending=127 rt_sigtimedwait=128 rt_sigqueueinfo=129 rt_sigsuspend=130
    sigaltstack=131 utime=132 statfs=137 fstatfs=138 getpriority=140 sched_getparam=143
    sched_getscheduler=145 sched_get_priority_max=146 sched_get_priority_min=147 arch_prctl=158
    gettid=186 futex=202 sched_getaffinity=204 set_tid_address=218 epoll_create=213 getdents64=217
    fadvise64=221 timer_create=222 timer_settime=223 timer_gettime=224 timer_getoverrun=225
    timer_delete=226 clock_gettime=228 clock_getres=229 clock_nanosleep=230 exit_group=231
    epoll_wait=232 epoll_ctl=233 tgkill=234 utimes=235 waitid=247 openat=257 mkdirat=258 newfstatat=262
    unlinkat=263 renameat=264 linkat=265 symlinkat=266 readlinkat=267 fchmodat=268 faccessat=269
    pselect6=270 ppoll=271 set_robust_list=273 get_robust_list=274 splice=275 tee=276 utimensat=280
    epoll_pwait=281 signalfd=282 timerfd_create=283 eventfd=284 fallocate=285 timerfd_settime=286
    timerfd_gettime=287 signalfd4=289 eventfd2=290 epoll_create1=291 dup3=292 pipe2=293 preadv=295
    pwritev=296 prlimit64=302 getcpu=309 renameat2=316 getrandom=318 execve=59 execveat=322
    copy_file_range=326 preadv2=327 pwritev2=328 statx=332 rseq=334 faccessat2=439 close_range=436
    epoll_pwait2=441 membarrier=324 pidfd_open=434 tkill=200 restart_syscall=219 mlock=149 munlock=150
"""
_AARCH64 = """
    read=63 write=64 close=57 fstat=80 lseek=62 mmap=222 mprotect=226 munmap=215 brk=214
    rt_sigaction=134 rt_sigprocmask=135 rt_sigreturn=139 pread64=67 pwrite64=68 readv=65 writev=66
    sched_yield=124 mremap=216 msync=227 mincore=232 madvise=233 dup=23 nanosleep=101 getitimer=102
    setitimer=103 getpid=172 sendfile=71 sendto=206 recvfrom=207 sendmsg=211 recvmsg=212 shutdown=210
    socketpair=199 getsockname=204 getpeername=205 setsockopt=208 getsockopt=209 exit=93 wait4=260
    kill=129 uname=160 fcntl=25 flock=32 fsync=82 fdatasync=83 truncate=45 ftruncate=46 getcwd=17
    chdir=49 fchdir=50 fchmod=52 umask=166 gettimeofday=169 getrlimit=163 getrusage=165 sysinfo=179
    times=153 getuid=174 getgid=176 geteuid=175 getegid=177 setpgid=154 getppid=173 setsid=157
    getgroups=158 getresuid=148 getresgid=150 getpgid=155 rt_sigpending=136 rt_sigtimedwait=137
    rt_sigqueueinfo=138 rt_sigsuspend=133 sigaltstack=132 statfs=43 fstatfs=44 getpriority=141
    sched_getparam=121 sched_getscheduler=120 sched_get_priority_max=125 sched_get_priority_min=126
    gettid=178 futex=98 sched_getaffinity=123 set_tid_address=96 getdents64=61 fadvise64=223
    timer_create=107 timer_settime=110 timer_gettime=108 timer_getoverrun=109 timer_delete=111
    clock_gettime=113 clock_getres=114 clock_nanosleep=115 exit_group=94 epoll_ctl=21 tgkill=131
    waitid=95 openat=56 mkdirat=34 newfstatat=79 unlinkat=35 renameat=38 linkat=37 symlinkat=36
    readlinkat=78 fchmodat=53 faccessat=48 pselect6=72 ppoll=73 set_robust_list=99 get_robust_list=100
    splice=76 tee=77 utimensat=88 epoll_pwait=22 timerfd_create=85 fallocate=47 timerfd_settime=86
    timerfd_gettime=87 signalfd4=74 eventfd2=19 epoll_create1=20 dup3=24 pipe2=59 preadv=69 pwritev=70
    prlimit64=261 getcpu=168 renameat2=276 getrandom=278 execve=221 execveat=281 copy_file_range=285
    preadv2=286 pwritev2=287 statx=291 rseq=293 faccessat2=439 close_range=436 epoll_pwait2=441
    membarrier=283 pidfd_open=434 tkill=130 restart_syscall=128 mlock=228 munlock=229
"""

# From linux/seccomp.h (with errno 1, 38 and 95), linux/bpf_common.h, struct seccomp_data and linux/sched.h.
_ALLOW, _EPERM, _ENOSYS, _ENOTSUP = 0x7FFF0000, 0x00050001, 0x00050026, 0x0005005F
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24
_AND, _NO_EFFECT = 0x54, 0x00050000
"""The bitwise "and" of the loaded word; a call that does nothing and returns 0."""
_AF_UNIX, _SOCK_STREAM, _SOCK_SEQPACKET, _SOCKET_TYPE = 1, 1, 5, 0xF
"""A datagram socket could send to the address of another process's socket, a connected one cannot."""
_NEW_NAMESPACES = 0x7E020000
"""All CLONE_NEW* bits that clone(2) takes."""
_CLONE_THREAD = 0x00010000
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: the requests that Python makes on files."""
_PRCTLS = (3, 15, 16, 4, 38, 39)
"""Get/set dumpable, get/set name, set/get no_new_privs."""
_CHANGES = ("chmod", "fchmod", "fchmodat", "utime", "utimes", "utimensat")
"""Calls that change modes or times of files."""
_FCNTLS_OF_OTHERS = (8, 10, 15, 1024, 1026)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX: which process gets a signal, and which one. F_SETLEASE, F_NOTIFY: on files of
others."""
_MACHINES = {
    # machine: (audit arch, allowed numbers, clone, clone3, ioctl, prctl, openat2, first of 12 calls on attributes)
    "x86_64": (0xC000003E, _X86_64, 56, 435, 16, 157, 437, 188),
    "aarch64": (0xC00000B7, _AARCH64, 220, 435, 29, 167, 437, 5),
}

ANY_PID = 0x7FFFFFF0
"""In place of a pid, for ``with_pid``. No process has so large a one."""

_Program = list[tuple[int, int, int, int]]


def build(
    machine: str = "", *, forks: bool = True, own_pid: int | None = None, opens_pidfds: bool = True
) -> bytes | None:
    """Return the filter as an array of ``sock_filter``, or ``None`` for a machine without a table.

    Without ``forks``, threads may be started and processes may not. ``own_pid`` is the pid of a process that shares its
    pid namespace and its files with the host (profile D). Then refused are also signals to other processes, limits of
    other processes, and sockets that can send to an address. Calls that would change modes or times of files appear to
    succeed and do nothing: Landlock does not restrict them, and the file may belong to the host. ``opens_pidfds``:
    whether such a process may watch other processes.
    """
    numbers = _MACHINES.get(machine or os.uname().machine)
    if numbers is None:
        return None
    arch, table, clone, clone3, ioctl, prctl, openat2, setxattr = numbers
    forking = set() if forks else {"fork", "vfork"}
    entries = [entry.split("=") for entry in table.split()]
    of_name = {name: int(number) for name, number in entries}
    allowed = {number for name, number in of_name.items() if name not in forking}
    threads_only = [] if forks else [(_ANY_BIT, 1, 0, _CLONE_THREAD), _returns(_EPERM)]
    special = {
        clone: [
            (_LOAD, 0, 0, _ARG0),
            (_ANY_BIT, 0, 1, _NEW_NAMESPACES),
            _returns(_EPERM),
            *threads_only,
            _returns(_ALLOW),
        ],
        clone3: [
            _returns(_ENOSYS)
        ],  # a filter cannot read its flags, which are behind a pointer; libc falls back to clone
        openat2: [_returns(_ENOSYS)],
        ioctl: _one_of(_ARG1, _IOCTLS),
        prctl: _one_of(_ARG0, _PRCTLS),
    }
    if own_pid is not None:
        special |= _special_on_shared_host(of_name, own_pid, opens_pidfds=opens_pidfds)
    head: _Program = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, arch), _returns(_EPERM), (_LOAD, 0, 0, _NUMBER)]
    for number, handler in special.items():
        head += [(_EQUAL, 0, len(handler), number), *handler]
    head += [(_AT_LEAST, 0, 2, setxattr), (_AT_LEAST, 1, 0, setxattr + 12), _returns(_ENOTSUP)]
    program = head + _search(_boundaries(allowed))
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def with_pid(program: bytes, pid: int) -> bytes:
    """Return a filter that was built for ``ANY_PID`` as one for ``pid``: a thousandth of the time of building one."""
    return program.replace(struct.pack("I", ANY_PID), struct.pack("I", pid))


def _special_on_shared_host(
    of_name: dict[str, int], own_pid: int, *, opens_pidfds: bool
) -> dict[int, _Program]:
    """Return the handlers of calls that reach beyond a process which shares its host."""
    local_stream: _Program = [
        (_LOAD, 0, 0, _ARG0),
        (_EQUAL, 0, 4, _AF_UNIX),
        (_LOAD, 0, 0, _ARG1),
        (_AND, 0, 0, _SOCKET_TYPE),
        (_EQUAL, 2, 0, _SOCK_STREAM),
        (_EQUAL, 1, 0, _SOCK_SEQPACKET),
        _returns(_EPERM),
        _returns(_ALLOW),
    ]
    own_process = _one_of(_ARG0, (own_pid,))
    of_call = {
        "socketpair": local_stream,
        "prlimit64": _one_of(_ARG0, (0,)),
        "fcntl": _none_of(_ARG1, _FCNTLS_OF_OTHERS),
        "tkill": [_returns(_EPERM)],  # its thread could be another process's
        "fallocate": [_returns(_ENOTSUP)],  # it takes space without writing; libc falls back to writing
        "kill": own_process,
        "tgkill": own_process,
        "rt_sigqueueinfo": own_process,
        **{name: [_returns(_NO_EFFECT)] for name in _CHANGES},
        **({} if opens_pidfds else {"pidfd_open": own_process}),
    }
    return {of_name[name]: handler for name, handler in of_call.items() if name in of_name}


def _returns(action: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, action)


def _one_of(argument: int, values: tuple[int, ...]) -> _Program:
    checks = [(_EQUAL, len(values) - index, 0, value) for index, value in enumerate(values)]
    return [(_LOAD, 0, 0, argument), *checks, _returns(_EPERM), _returns(_ALLOW)]


def _none_of(argument: int, values: tuple[int, ...]) -> _Program:
    checks = [(_EQUAL, len(values) - index, 0, value) for index, value in enumerate(values)]
    return [(_LOAD, 0, 0, argument), *checks, _returns(_ALLOW), _returns(_EPERM)]


def _boundaries(numbers: set[int]) -> list[int]:
    """Return the begin and the end (exclusive) of each run of consecutive numbers, in order.

    Numbers from a boundary at an even index up to the next boundary are allowed.
    """
    return sorted(
        {n for n in numbers if n - 1 not in numbers} | {n + 1 for n in numbers if n + 1 not in numbers}
    )


def _search(boundaries: list[int]) -> _Program:
    """Return a binary search that ends in one of two shared returns.

    A number just below a boundary at an even index is refused, just below one at an odd index it is allowed.
    """
    tests = _bisect(boundaries, 0, len(boundaries))
    program: _Program = []
    for position, (value, at_least, below) in enumerate(tests):
        jumps = [_jump(target, position, len(tests)) for target in (at_least, below)]
        program.append((_AT_LEAST, jumps[0], jumps[1], value))
    return [*program, _returns(_EPERM), _returns(_ALLOW)]


def _jump(target: int | bool, position: int, size: int) -> int:
    """Return the distance to a result (a bool: whether allowed) or to another test (its position)."""
    target_position = size + target if isinstance(target, bool) else target
    distance = target_position - position - 1
    if not 0 <= distance <= 255:
        raise ValueError("the table is too large for one-byte jumps")
    return distance


def _bisect(
    boundaries: list[int], low: int, high: int, base: int = 0
) -> list[tuple[int, int | bool, int | bool]]:
    """Return tests (value, target if at least, target if below) over ``boundaries[low:high]``."""
    middle = (low + high) // 2
    left = _bisect(boundaries, low, middle, base + 1) if low < middle else []
    right_base = base + 1 + len(left)
    right = _bisect(boundaries, middle + 1, high, right_base) if middle + 1 < high else []
    at_least: int | bool = right_base if right else middle % 2 == 0
    below: int | bool = base + 1 if left else middle % 2 == 1
    return [(boundaries[middle], at_least, below), *left, *right]
