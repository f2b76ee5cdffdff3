"""Landlock: which files may be opened, and no network (Linux: `userspace-api/landlock.rst`).

It judges the opening of a file; what is open already, or handed in, stays usable.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import suppress

import tracker
from tracker.cage import kernel

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every machine
VERSION = 1
BENEATH = 1

READ_FILE, READ_DIR = 1 << 2, 1 << 3
FILE_RIGHTS = 1 << 0 | 1 << 1 | READ_FILE | 1 << 14 | 1 << 15
"""Execute, write, read, truncate, ioctl: what can be granted on a file, not a folder."""
RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""From which ABI on the kernel knows how many rights over files."""
TCP = 1 << 0 | 1 << 1  # bind and connect, from ABI 4
SCOPES = 1 << 0 | 1 << 1  # abstract sockets and signals, from ABI 6

SYSTEM = (
    *("/usr", "/lib", "/lib64", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types"),
    *("/proc/self", "/dev/null", "/dev/urandom"),
)
"""What Python and the C libraries may open late."""


class Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class Rule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi() -> int:
    """0 where the kernel has none, or is told not to use it."""
    try:
        return kernel.syscall(CREATE_RULESET, None, 0, VERSION)
    except OSError:
        return 0


def restrict(abi: int, *, writable: Sequence[bytes], readable: Sequence[bytes]) -> None:
    everything = rights(abi)
    attributes = Ruleset(everything, TCP if abi >= 4 else 0, SCOPES if abi >= 6 else 0)
    known = 24 if abi >= 6 else 16 if abi >= 4 else 8  # bytes of it, to an older kernel
    ruleset = kernel.syscall(CREATE_RULESET, attributes, known, 0)
    try:
        for place in (*program_places(), *readable):
            _grant(ruleset, place, READ_FILE | READ_DIR)
        for place in writable:
            _grant(ruleset, place, everything & ~1)  # everything but to execute
        kernel.syscall(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def rights(abi: int) -> int:
    """Every right over files this ABI can withhold."""
    return (1 << max(count for since, count in RIGHTS.items() if since <= abi)) - 1


def program_places() -> Iterator[bytes]:
    """Where the interpreter, its modules and ours lie, wherever they were installed."""
    yield from map(os.fsencode, SYSTEM)
    paths = sysconfig.get_paths()
    found = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    found |= {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {place for place in sys.path if place.endswith(("-packages", "lib-dynload", ".zip"))}
    found |= {os.path.abspath(place) for place in tracker.__path__}  # an editable installation
    for place in found:
        yield os.fsencode(os.path.realpath(place))


def _grant(ruleset: int, place: bytes, allowed: int) -> None:
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                allowed &= FILE_RIGHTS
            kernel.syscall(ADD_RULE, ruleset, BENEATH, Rule(allowed, descriptor), 0)
        finally:
            os.close(descriptor)
