"""The cage: what a process gives up before it touches the bytes of a foreign file.

The kernel's own means, each where the kernel has it: rlimits everywhere, Landlock for files and
network, seccomp for everything else. `report` says what this kernel offers.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil

from tracker.cage import kernel, landlock, seccomp

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    memory: int
    """Bytes of address space a job may map, beyond what the process holds when it begins."""
    cpu: int
    """CPU seconds a job may use."""
    file_size: int = 64 * MIB
    """Bytes up to which any file may be written."""
    files: int = 64
    """Descriptors open at once."""


def enter(
    limits: Limits, *, writable: Sequence[bytes] = (), readable: Sequence[bytes] = ()
) -> None:
    """Once in the life of a process, for good, and before it starts a thread.

    Afterwards it can use the descriptors it holds or is handed, read the program and its
    libraries and *readable*, write beneath *writable*, and nothing else. What is imported
    later must lie where Python keeps its modules.
    """
    if len(os.listdir("/proc/self/task")) > 1:
        raise RuntimeError("the cage closes around one thread; enter it before starting others")
    _yield_to_others()
    _fix(resource.RLIMIT_CORE, 0)
    _fix(resource.RLIMIT_FSIZE, limits.file_size)
    _fix(resource.RLIMIT_NOFILE, limits.files)
    # Dumpable we stay: without it our user could not see how much memory we take.
    kernel.prctl(kernel.NO_NEW_PRIVS, 1)
    if abi := landlock.abi():
        landlock.restrict(abi, writable=writable, readable=readable)
    if seccomp.available():
        seccomp.restrict(writing=bool(writable))


def per_job(limits: Limits) -> None:
    """Set anew what one job may use: the process has used some, and mapped much, before it."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _allow(resource.RLIMIT_CPU, ceil(usage.ru_utime + usage.ru_stime) + limits.cpu)
    _allow(resource.RLIMIT_AS, _mapped() + limits.memory)


def between_jobs() -> None:
    """Lift the limit of memory, so that a job which met it can be reported."""
    _allow(resource.RLIMIT_AS, resource.RLIM_INFINITY)


def report() -> dict[str, str | None]:
    """What this kernel offers; None where a mechanism is missing."""
    abi = landlock.abi()
    return {
        "landlock": f"ABI {abi}" if abi else None,
        "seccomp": "filter" if seccomp.available() else None,
    }


def die_with_parent(parent: int) -> None:
    """Be killed when the process *parent*, which started us, ends, whatever we are doing then."""
    kernel.prctl(kernel.PARENT_DEATH_SIGNAL, kernel.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def _yield_to_others() -> None:
    """The last to get the processor and the disk, the first to go when memory is short."""
    niceness = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, max(niceness, 10))
    with suppress(OSError):  # some schedulers of the disk know no classes
        kernel.idle_io()
    with suppress(OSError), open("/proc/self/oom_score_adj", "r+b", buffering=0) as file:
        if int(file.read(16)) < 800:
            file.write(b"800")


def _mapped() -> int:
    with open("/proc/self/statm", "rb", buffering=0) as file:
        return int(file.read(64).split()[0]) * resource.getpagesize()


def _fix(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


def _allow(what: int, soft: int) -> None:
    """Only the soft limit, which can be raised again for the next job."""
    hard = resource.getrlimit(what)[1]
    if hard != resource.RLIM_INFINITY:
        soft = hard if soft == resource.RLIM_INFINITY else min(soft, hard)
    resource.setrlimit(what, (soft, hard))
