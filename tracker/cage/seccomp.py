"""seccomp: system calls that no job needs fail with EPERM (Linux: `seccomp_filter.rst`).

The filter is a classic BPF program over the number and the arguments of a call; it sees values,
not what pointers point to.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
import termios
from collections.abc import Iterable, Iterator

from tracker.cage import kernel

FILTER = 2  # SECCOMP_MODE_FILTER
GET_ACTION_AVAILABLE = 2
ALLOW, ERRNO, KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000

ARCHITECTURES = {"x86_64": (0xC000_003E, 0, 317), "aarch64": (0xC000_00B7, 1, 277)}
"""Machine -> its AUDIT_ARCH, its column below, the number of `seccomp`."""

NEWEST = 462
"""The last call this filter was written for; what came later is answered like on an older kernel."""

CLONE_THREAD = 0x0001_0000
OPEN_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | 0o20000000  # __O_TMPFILE
HARMLESS_IOCTLS = (0x5450, 0x5451, 0x5421, termios.FIONREAD, termios.TCGETS)
"""Close on exec or not, blocking or not, how much can be read, is it a terminal."""
F_SETOWN_EX = 15
MEDDLING_FCNTLS = (fcntl.F_SETOWN, fcntl.F_SETSIG, fcntl.F_SETLEASE, F_SETOWN_EX)
"""Signals to other processes, and leases that hold up whoever writes the file."""

DENIED = """
socket 41 198, socketpair 53 199, connect 42 203, bind 49 200, listen 50 201, accept 43 202,
accept4 288 242, sendmmsg 307 269, mq_open 240 180, shmget 29 194, semget 64 190, msgget 68 186,
fork 57 -, vfork 58 -, execve 59 221, execveat 322 281, ptrace 101 117, kcmp 312 272,
process_vm_readv 310 270, process_vm_writev 311 271, process_madvise 440 440,
process_mrelease 448 448, pidfd_open 434 434, pidfd_getfd 438 438, pidfd_send_signal 424 424,
tkill 200 130, rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240, setpriority 141 140,
ioprio_set 251 30, sched_setparam 142 118, sched_setscheduler 144 119, sched_setattr 314 274,
sched_setaffinity 203 122, migrate_pages 256 238, move_pages 279 239,
chmod 90 -, fchmod 91 52, fchmodat 268 53, fchmodat2 452 452, chown 92 -, lchown 94 -,
fchown 93 55, fchownat 260 54, setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7,
removexattr 197 14, lremovexattr 198 15, fremovexattr 199 16, utime 132 -, utimes 235 -,
futimesat 261 -, utimensat 280 88, symlink 88 -, symlinkat 266 36, link 86 -, linkat 265 37,
mknod 133 -, mknodat 259 33, name_to_handle_at 303 264, open_by_handle_at 304 265,
fanotify_init 300 262, mount 165 40, umount2 166 39, pivot_root 155 41, chroot 161 51,
open_tree 428 428, move_mount 429 429, fsopen 430 430, fsconfig 431 431, fsmount 432 432,
fspick 433 433, mount_setattr 442 442, setns 308 268, unshare 272 97, setuid 105 146,
setgid 106 144, setreuid 113 145, setregid 114 143, setresuid 117 147, setresgid 119 149,
setgroups 116 159, setfsuid 122 151, setfsgid 123 152, capset 126 91, personality 135 92,
bpf 321 280, perf_event_open 298 241, userfaultfd 323 282, memfd_secret 447 447,
io_uring_setup 425 425, io_uring_enter 426 426, io_uring_register 427 427, add_key 248 217,
request_key 249 218, keyctl 250 219, kexec_load 246 104, kexec_file_load 320 294,
init_module 175 105, finit_module 313 273, delete_module 176 106, reboot 169 142, syslog 103 116,
acct 163 89, swapon 167 224, swapoff 168 225, quotactl 179 60, quotactl_fd 443 443,
settimeofday 164 170, adjtimex 159 171, clock_settime 227 112, clock_adjtime 305 266,
sethostname 170 161, setdomainname 171 162, vhangup 153 58, ioperm 173 -, iopl 172 -,
modify_ldt 154 -
"""
DENIED_WITHOUT_WRITING = """
rename 82 -, renameat 264 38, renameat2 316 276, unlink 87 -, unlinkat 263 35, rmdir 84 -,
mkdir 83 -, mkdirat 258 34, truncate 76 45, creat 85 -
"""
OTHERS = """
clone 56 220, clone3 435 435, kill 62 129, tgkill 234 131, prlimit64 302 261, sendto 44 206,
ioctl 16 29, fcntl 72 25, open 2 -, openat 257 56, openat2 437 437
"""

LOAD, EQUAL, GREATER, ANY_BIT, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
NUMBER, ARCHITECTURE = 0, 4  # offsets in struct seccomp_data

Instruction = tuple[int, int, int, int]
"""Operation, how many to skip if true, if not, and the operand."""


class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def available() -> bool:
    if kernel.MACHINE not in ARCHITECTURES:
        return False
    action = ctypes.create_string_buffer(struct.pack("=I", ERRNO), 4)
    try:
        kernel.syscall(ARCHITECTURES[kernel.MACHINE][2], GET_ACTION_AVAILABLE, 0, action)
    except OSError:
        return False
    return True


def restrict(*, writing: bool) -> None:
    """*writing* leaves making, renaming and removing files to Landlock."""
    instructions = list(program(kernel.MACHINE, os.getpid(), writing=writing))
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    kernel.prctl(kernel.SET_SECCOMP, FILTER, Program(len(instructions), code))


def program(machine: str, pid: int, *, writing: bool) -> Iterator[Instruction]:
    """The filter. Each part below loads what it looks at, and leaves the call's number loaded."""
    architecture, column, _ = ARCHITECTURES[machine]
    number = numbers(OTHERS, column)
    yield LOAD, 0, 0, ARCHITECTURE
    yield EQUAL, 1, 0, architecture
    yield RETURN, 0, 0, KILL  # 32-bit calls have other numbers
    yield LOAD, 0, 0, NUMBER
    yield GREATER, 0, 1, NEWEST  # x32 calls too have a high bit set
    yield RETURN, 0, 0, ERRNO | errno.ENOSYS
    denied = DENIED if writing else DENIED + "," + DENIED_WITHOUT_WRITING
    for call in numbers(denied, column).values():
        yield from _deny(call, errno.EPERM)
    for name in ("clone3", "openat2"):  # their flags are behind a pointer: the C library falls back
        yield from _deny(number[name], errno.ENOSYS)
    yield from _only_with_bit(number["clone"], 0, CLONE_THREAD)
    for name in ("kill", "tgkill"):
        yield from _only(number[name], 0, [pid])
    yield from _only(number["prlimit64"], 0, [0, pid])
    yield from _only(number["ioctl"], 1, HARMLESS_IOCTLS)
    yield from _never(number["fcntl"], 1, MEDDLING_FCNTLS)
    yield from _only_without_address(number["sendto"])
    if not writing:
        if "open" in number:
            yield from _never_with_bits(number["open"], 1, OPEN_TO_WRITE)
        yield from _never_with_bits(number["openat"], 2, OPEN_TO_WRITE)
    yield RETURN, 0, 0, ALLOW


def numbers(table: str, column: int) -> dict[str, int]:
    """Call -> its number, for those this machine has."""
    rows = [row.split() for row in table.split(",")]
    return {name: int(given[column]) for name, *given in rows if given[column] != "-"}


def _deny(call: int, error: int) -> Iterable[Instruction]:
    yield EQUAL, 0, 1, call
    yield RETURN, 0, 0, ERRNO | error


def _judged(call: int, verdict: list[Instruction]) -> Iterable[Instruction]:
    """*verdict* returns on every way through it."""
    yield EQUAL, 0, len(verdict), call
    yield from verdict


def _only(call: int, argument: int, values: Iterable[int]) -> Iterable[Instruction]:
    return _judged(call, _match(argument, values, ALLOW, ERRNO | errno.EPERM))


def _never(call: int, argument: int, values: Iterable[int]) -> Iterable[Instruction]:
    return _judged(call, _match(argument, values, ERRNO | errno.EPERM, ALLOW))


def _match(argument: int, values: Iterable[int], then: int, otherwise: int) -> list[Instruction]:
    tests = [test for v in values for test in ((EQUAL, 0, 1, v), (RETURN, 0, 0, then))]
    return [(LOAD, 0, 0, _low(argument)), *tests, (RETURN, 0, 0, otherwise)]


def _only_with_bit(call: int, argument: int, bit: int) -> Iterable[Instruction]:
    return _judged(call, _bits(argument, bit, ALLOW, ERRNO | errno.EPERM))


def _never_with_bits(call: int, argument: int, bits: int) -> Iterable[Instruction]:
    return _judged(call, _bits(argument, bits, ERRNO | errno.EPERM, ALLOW))


def _bits(argument: int, bits: int, then: int, otherwise: int) -> list[Instruction]:
    return [
        (LOAD, 0, 0, _low(argument)),
        (ANY_BIT, 0, 1, bits),
        (RETURN, 0, 0, then),
        (RETURN, 0, 0, otherwise),
    ]


def _only_without_address(call: int) -> Iterable[Instruction]:
    """`send` on a connected socket is `sendto` nobody."""
    verdict = [
        (LOAD, 0, 0, _low(4)),
        (EQUAL, 1, 0, 0),
        (RETURN, 0, 0, ERRNO | errno.EPERM),
        (LOAD, 0, 0, _low(4) + 4),
        (EQUAL, 1, 0, 0),
        (RETURN, 0, 0, ERRNO | errno.EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    return _judged(call, verdict)


def _low(argument: int) -> int:
    """Where the low half of an argument stands, on little-endian machines."""
    return 16 + 8 * argument
