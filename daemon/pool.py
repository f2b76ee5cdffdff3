"""Worker processes, one pipe each: a crash costs one job, and another worker takes its place."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Self

from daemon import sense, worker
from daemon.forker import Program
from daemon.template import Child, Template, how
from daemon.worker import Versions
from tracker import cage
from tracker.cage import MIB, Limits
from tracker.config import Workers
from tracker.errors import (
    Away,
    Broken,
    Changed,
    Costly,
    Garbled,
    Invalid,
    NotFound,
    Refused,
    TrackerError,
    Unreadable,
    WorkerDied,
)
from tracker.model import Analysis, JobId, Kind, Reading, Seconds
from tracker.rpc import wire
from tracker.text import clean

log = logging.getLogger(__name__)

HEAVY = (
    *("numpy", "scipy.fft", "scipy.signal", "soxr", "soundfile", "av", "mutagen", "xxhash"),
    *("tracker.analysis", "tracker.files.reading", "daemon.worker"),
    "tracker.analysis.warm:warm",
)
"""Loaded once and shared by all workers; what has a colon is called."""
DEFAULT = Workers()
STARTING = 30.0  # s, for a fork to say hello
LEAVING = 5.0  # s, for a killed process to be gone; one that hangs in the kernel is left behind
TRIES = 3
"""Workers that die before they say hello, one after the other, until the installation is at fault."""
TAIL = 1 << 16
"""Bytes of a worker's last words that are kept."""
HANDS_OVER = {kind.code: kind for kind in (Away, Changed, Invalid, NotFound, Refused, Unreadable)}
"""What a worker may fail with; the rest is about us, and not for it to say."""
ABANDONED = 4
"""Ended processes, beside one for each worker, that may hang in the kernel before we wait."""
HANGING_UP = 1.0  # s, between the end of a process's pipe and its own
PAUSE = 0.5  # s
NONSENSE = "the worker process spoke nonsense and was ended"


class Pool:
    """Workers, and the template they are forked from: a process without our threads and SQLite."""

    def __init__(
        self,
        size: int = 2,
        *,
        limits: Limits = Limits(DEFAULT.memory * MIB, DEFAULT.cpu),  # noqa: B008 - frozen
        patience: Seconds = Seconds(DEFAULT.patience),  # noqa: B008 - a float
        recycle: int = DEFAULT.recycle,
        program: Program = worker.main,
        preload: Sequence[str] = HEAVY,
    ) -> None:
        self.size, self.limits = size, limits
        self.patience, self.recycle = patience, recycle
        self.program, self.preload = f"{program.__module__}:{program.__qualname__}", tuple(preload)
        self.versions: Versions = {}
        """What workers can do, once one has said hello."""
        self.broken: Broken | None = None
        """Why there will be no workers, whoever asks."""
        self.failures = 0
        self._template: Template | None = None
        self._starting = asyncio.Lock()

    @classmethod
    def of(cls, config: Workers) -> Self:
        return cls(
            config.count or len(os.sched_getaffinity(0)),
            limits=Limits(config.memory * MIB, config.cpu),
            patience=Seconds(config.patience),
            recycle=config.recycle,
        )

    async def __aenter__(self) -> Self:
        missing = ", ".join(name for name, offer in cage.report().items() if offer is None)
        if missing:
            log.warning("workers are caged less than they could be: this kernel has no %s", missing)
        return self

    async def __aexit__(self, *_: object) -> None:
        """All processes are gone; only one that hangs in the kernel may take longer."""
        if template := self._template:
            self._template = None
            await template.close()

    async def hello(self) -> Versions:
        """What workers can do; starts one, if none has been yet. Raises Broken."""
        while not self.versions:
            try:
                async with self.worker():
                    pass
            except WorkerDied as death:
                log.warning("a worker did not start: %s", death)
                await asyncio.sleep(PAUSE)
        return self.versions

    @asynccontextmanager
    async def worker(self) -> AsyncGenerator[Worker, None]:
        """A process of our own, gone when the block ends.

        Raises:
            WorkerDied: it did not live to say hello.
            Broken: nor will another.
        """
        found = Worker(self)
        try:
            await found.renew()
            yield found
        finally:
            await found.end()

    @property
    def template(self) -> int | None:
        """Its process, which all workers share memory with."""
        process = self._template and self._template.process
        return process.pid if process else None

    async def fork(self) -> Child:
        async with self._starting:
            template = self._template
            if template is None or not template.alive:
                template = await self._another(template)
        await template.room(self.size + ABANDONED)
        return await template.fork()

    async def _another(self, old: Template | None) -> Template:
        if self.broken:
            raise self.broken
        if old:
            log.warning("the template of the workers is gone; another is started")
            await old.close()
        self._template = template = Template(self.program, self.preload, self.limits)
        try:
            await template.start()
        except BaseException as error:
            self._template = None
            await template.close()
            if isinstance(error, Broken):
                self.broken = error
            if isinstance(error, WorkerDied):
                self.failed(error)
            raise
        return template

    def failed(self, death: WorkerDied) -> None:
        """A worker did not get so far as a job. Raises Broken when that happened too often."""
        self.failures += 1
        if self.failures >= TRIES:
            self.broken = Broken(f"workers cannot start: {death}; reinstall tracker")
            raise self.broken from death

    def greeted(self, versions: Versions) -> None:
        self.failures, self.versions = 0, versions


class Worker:
    """One process after another, each for as many jobs as it survives."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.loop = asyncio.get_running_loop()
        self.child: Child | None = None
        self.job: JobId | None = None
        self.stage = "starting"
        """The kind of job it does, or "idle"."""
        self.started: float | None = None
        """When it began the job, on the monotonic clock."""
        self.jobs = 0
        self._words = bytearray()

    @property
    def fresh(self) -> bool:
        """Whether its process lives, and is not due to make room for another."""
        return self.child is not None and self.jobs < self.pool.recycle

    @property
    def pid(self) -> int | None:
        return self.child.pid if self.child else None

    @property
    def log_tail(self) -> str | None:
        """What decoders printed over the last job, and a crash left, cleaned line by line."""
        lines = self._words.decode("utf-8", "replace").splitlines()
        return "\n".join(map(clean, lines))[-TAIL:].strip() or None

    async def run(
        self, job: JobId, kind: Kind, file: int, name: bytes, params: Sequence[str] = ()
    ) -> Reading | Analysis:
        """What the task found in the open *file*, which stays ours to close.

        Whoever stops waiting for it ends the process: a cancelled job is over at once.

        Raises:
            WorkerDied: the process did not live to say it, or had to be ended.
            Unreadable: or Changed, or whatever the task raised.
        """
        if not self.fresh:
            self.drop()
            await self.renew()
        child = self._present()
        self._drain(child)
        self._words.clear()
        self.job, self.stage, self.started = job, str(kind), time.monotonic()
        self.jobs += 1
        try:
            call = wire.Call(job, kind, wire.packed((name, params)))
            answer = await self._asked(child, call, file)
            self._drain(child)
            return understood(answer, job, kind, params, self.pool.limits)
        except BaseException as error:
            if isinstance(error, WorkerDied) or not isinstance(error, TrackerError):
                self.drop()
            raise
        finally:
            self.job, self.stage, self.started = None, "idle", None

    async def renew(self) -> None:
        """Get a process that said hello. Raises as `Pool.worker` does."""
        self.stage, self.jobs = "starting", 0
        self._words.clear()
        self.child = child = await self.pool.fork()
        self.loop.add_reader(child.log, self._listen, child)
        try:
            versions = greeting(await self._answered(child, STARTING))
        except WorkerDied as death:
            self.drop()
            said = (self.log_tail or "").rpartition("\n")[2][-300:]
            self.pool.failed(WorkerDied(f"{death}: {said}" if said else str(death)))
            raise
        except BaseException:
            self.drop()
            raise
        self.pool.greeted(versions)
        self.stage = "idle"

    def drop(self) -> Child | None:
        """End the process; nobody waits for it."""
        child, self.child = self.child, None
        if child:
            self._drain(child)
            self.loop.remove_reader(child.log)
            os.close(child.log)
            child.pipe.close()
            child.kill()
        return child

    async def end(self) -> None:
        """End the process, and wait for that a little."""
        if child := self.drop():
            await asyncio.wait([child.ended], timeout=LEAVING)

    async def _asked(self, child: Child, call: wire.Call, file: int) -> wire.Answer:
        frame = wire.frame(call)
        try:
            sent = socket.send_fds(child.pipe, [frame], [file])
            await self.loop.sock_sendall(child.pipe, frame[sent:])
        except ConnectionError as error:
            raise await self._death(child) from error
        return await self._answered(child, self.pool.patience)

    async def _answered(self, child: Child, patience: float) -> wire.Answer:
        try:
            async with asyncio.timeout(patience):
                prefix = await self._exactly(child, wire.PREFIX)
                size = wire.length(prefix, worker.MAX_REPLY)
                return wire.answer(await self._exactly(child, size))
        except TimeoutError as error:
            raise WorkerDied(f"it took more than {patience:g} s and was ended") from error
        except Garbled as error:
            raise WorkerDied(NONSENSE) from error
        except (EOFError, ConnectionError) as error:
            raise await self._death(child) from error

    async def _exactly(self, child: Child, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            piece = await self.loop.sock_recv(child.pipe, size - len(found))
            if not piece:
                raise EOFError
            found += piece
        return bytes(found)

    async def _death(self, child: Child) -> WorkerDied:
        """How a process ended that hung up."""
        await asyncio.wait([child.ended], timeout=HANGING_UP)
        status = child.ended.result() if child.ended.done() else None
        if status == -signal.SIGXCPU:
            return Costly("it needs more processor time than a job may use")
        if status is None:
            return WorkerDied("the worker process went away in the middle")
        return WorkerDied(f"the worker process {how(status)} over it; is the file damaged?")

    def _present(self) -> Child:
        if self.child is None:
            raise WorkerDied("the worker process is gone")
        return self.child

    def _drain(self, child: Child) -> None:
        """Take in what was printed, though not a flood of it."""
        for _ in range(64):
            if not self._listen(child):
                return

    def _listen(self, child: Child) -> bool:
        try:
            piece = os.read(child.log, TAIL)
        except BlockingIOError:
            return False
        if not piece:
            self.loop.remove_reader(child.log)
        self._words += piece
        del self._words[:-TAIL]
        return bool(piece)


def greeting(answer: wire.Answer) -> Versions:
    """Raises WorkerDied where it is none."""
    try:
        if isinstance(answer, wire.Result):
            return sense.versions(answer.value)
    except Exception as error:
        raise WorkerDied(NONSENSE) from error
    raise WorkerDied(NONSENSE)


def understood(
    answer: wire.Answer, job: JobId, kind: Kind, params: Sequence[str], limits: Limits
) -> Reading | Analysis:
    """The result in an answer, or its failure raised; WorkerDied where it makes no sense."""
    match answer:
        case wire.Result(id=number, value=value) if number == job:
            try:
                return sense.result(kind, value, params)
            except Exception as error:  # UnicodeDecodeError and RecursionError among them
                raise WorkerDied(NONSENSE) from error
        case wire.Failure(id=number, code=worker.MEMORY) if number == job:
            raise WorkerDied(f"it needs more than {limits.memory // MIB} MiB of memory")
        case wire.Failure(id=number, code=code, message=message) if number == job:
            raise HANDS_OVER.get(code, TrackerError)(clean(message[:2_000]))
    raise WorkerDied(NONSENSE)
