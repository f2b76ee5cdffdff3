"""The template as the daemon sees it: it is started, forks when asked, and says who ended how."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from tracker import cage, paths
from tracker.errors import Broken, WorkerDied
from tracker.text import clean

BOOT = (
    "import sys; sys.path[:] = sys.argv[2:]; from daemon.forker import main; main(int(sys.argv[1]))"
)
PATIENCE = 120.0  # s, to load everything, from a cold disk too
FAREWELL = 5.0  # s, to end
ONE_THREAD = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
    "NUMBA_NUM_THREADS",
)
"""Processes are the parallelism."""
PASSED_ON = ("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
"""The environment may hold secrets, and workers handle foreign bytes: they get only these."""


@dataclass(eq=False)
class Child:
    """A worker process and our ends of what it was born with."""

    template: Template
    pid: int
    pipe: socket.socket
    log: int
    ended: asyncio.Future[int | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    """Its exit status, negative for a signal; None where nobody was left to see it."""
    killed: bool = False

    def kill(self) -> None:
        """Now, whatever it does; `ended` follows, or never where it hangs in the kernel."""
        if not self.killed and not self.ended.done():
            self.killed = True
            self.template.kill(self)


class Birth(NamedTuple):
    """A worker we asked for."""

    pipe: socket.socket
    log: int
    child: asyncio.Future[Child]


class Template:
    def __init__(self, program: str, preload: tuple[str, ...], limits: cage.Limits) -> None:
        self.setup = {
            "parent": os.getpid(),
            "program": program,
            "preload": preload,
            "limits": asdict(limits),
        }
        self.loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = self.loop.create_future()
        self.births: deque[Birth] = deque()
        self.children: dict[int, Child] = {}
        self.link, self._its_link = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.link.setblocking(False)
        self.words = os.memfd_create("template")
        self.process: subprocess.Popen[bytes] | None = None
        self.alive = True
        self.loop.add_reader(self.link, self._hear)

    async def start(self) -> None:
        """Begin, and wait until it is warm; `close` it in any case.

        Raises:
            Broken: it cannot load what workers need, and will not another time.
            WorkerDied: it was ended while it loaded.
        """
        self.process = self._launched()
        try:
            self._tell(self.setup)
            async with asyncio.timeout(PATIENCE):
                await self.ready
        except TimeoutError as error:
            raise WorkerDied(f"workers were not ready after {PATIENCE:.0f} s") from error
        except WorkerDied as error:
            status = await asyncio.to_thread(self.process.wait, FAREWELL)
            words = f"{how(status)} while it loaded: {self.last_words()}"
            raise WorkerDied(f"the process that workers are forked from {words}") from error

    def _launched(self) -> subprocess.Popen[bytes]:
        places = [os.path.abspath(place) for place in sys.path]
        with self._its_link as link:
            return subprocess.Popen(
                [sys.executable, "-c", BOOT, str(link.fileno()), *places],
                pass_fds=[link.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self.words,
                stderr=self.words,
                env=environment(),
            )

    async def fork(self) -> Child:
        """A new worker. Raises WorkerDied where there can be none."""
        pipe, its_pipe = socket.socketpair()
        log, its_log = os.pipe()
        pipe.setblocking(False)
        os.set_blocking(log, False)
        birth = Birth(pipe, log, self.loop.create_future())
        try:
            self._tell(["fork"], its_pipe.fileno(), its_log)
            self.births.append(birth)
            return await birth.child
        except BaseException:
            pipe.close()
            os.close(log)
            raise
        finally:
            its_pipe.close()
            os.close(its_log)

    def kill(self, child: Child) -> None:
        with suppress(WorkerDied):  # then the kernel kills it, with the template
            self._tell(["kill", child.pid])

    async def room(self, most: int) -> None:
        """Wait while more than *most* killed processes are not gone: a drive hangs, and they on it."""
        while len(hanging := [c.ended for c in self.children.values() if c.killed]) > most:
            await asyncio.wait(hanging, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """End it, and with it all workers."""
        self._lost()
        if self.words < 0:
            return
        self._its_link.close()
        os.close(self.words)
        self.words = -1
        if self.process:
            self.process.kill()
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self.process.wait, FAREWELL)

    def _tell(self, message: object, *descriptors: int) -> None:
        try:
            if not self.alive:
                raise BrokenPipeError
            socket.send_fds(self.link, [json.dumps(message).encode()], descriptors)
        except OSError as error:
            raise WorkerDied("the template of the workers went away") from error

    def _hear(self) -> None:
        try:
            message = self.link.recv(1 << 12)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        match json.loads(message) if message else None:
            case ["ready"]:
                self.ready.set_result(None)
            case ["broken", str(why)]:
                self.ready.set_exception(Broken(f"workers cannot start: {clean(why)}"))
            case ["born", int(pid)]:
                self._born(pid)
            case ["ended", int(pid), int(status)]:
                self._ended(self.children.pop(pid, None), status)
            case None:
                self._lost()

    def _born(self, pid: int) -> None:
        birth = self.births.popleft()
        if birth.child.cancelled():
            self._tell(["kill", pid])
        elif pid < 0:
            birth.child.set_exception(WorkerDied("no process could be started; is memory short?"))
        else:
            self.children[pid] = Child(self, pid, birth.pipe, birth.log)
            birth.child.set_result(self.children[pid])

    def _ended(self, child: Child | None, status: int | None) -> None:
        if child and not child.ended.done():
            child.ended.set_result(status)

    def _lost(self) -> None:
        """The template is gone, or we let go of it: the kernel kills what it forked."""
        if not self.alive:
            return
        self.alive = False
        self.loop.remove_reader(self.link)
        self.link.close()
        gone = WorkerDied("the process that workers are forked from ended")
        if not self.ready.done():
            self.ready.set_exception(gone)
        for birth in self.births:
            if not birth.child.done():
                birth.child.set_exception(gone)
        for child in self.children.values():
            self._ended(child, None)
        self.births.clear()
        self.children.clear()

    def last_words(self) -> str:
        """What it printed before it ended, cleaned, one line."""
        size = os.fstat(self.words).st_size
        return clean(os.pread(self.words, 500, max(0, size - 500)).strip())


def environment() -> dict[str, str]:
    """What the template, and so every worker, may know of ours."""
    known = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(("LC_", "PYTHON"))
    }
    numba = {"NUMBA_CACHE_DIR": str(paths.cache() / "numba")}
    # every arena reserves address space, of which a job has only so much
    return known | dict.fromkeys(ONE_THREAD, "1") | numba | {"MALLOC_ARENA_MAX": "2"}


def how(status: int) -> str:
    """How a process ended, in words."""
    if status >= 0:
        return f"left with exit status {status}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"
