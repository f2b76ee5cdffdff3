"""The calls to the kernel that Python has no function for."""

from __future__ import annotations

import ctypes
import os
import platform
from functools import cache

MACHINE = platform.machine()

SIGKILL = 9
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
SET_SECCOMP = 22
NO_NEW_PRIVS = 38

Argument = int | bytes | ctypes.Structure | ctypes.Array[ctypes.c_char] | None

IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_PROCESS = 1
_IDLE_CLASS = 3 << 13


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: Argument) -> int:
    """Raises OSError; structures are passed by reference."""
    return _checked(_libc().syscall(ctypes.c_long(number), *map(_passed, arguments)))


def prctl(option: int, *arguments: Argument) -> int:
    """Raises OSError; the kernel insists on zeros for what is not used."""
    five = (option, *arguments, 0, 0, 0, 0)[:5]
    return _checked(_libc().prctl(*map(_passed, five)))


def idle_io() -> None:
    """Let everybody else at the disk first."""
    if number := IOPRIO_SET.get(MACHINE):
        syscall(number, _PROCESS, 0, _IDLE_CLASS)


def _passed(argument: Argument) -> object:
    match argument:
        case int():
            return ctypes.c_long(argument)
        case ctypes.Structure():
            return ctypes.byref(argument)
        case _:
            return argument


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
