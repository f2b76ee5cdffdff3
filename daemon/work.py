"""The queue at work: claim, run in a worker process, record, announce."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar

import apsw

from daemon.events import Events
from daemon.pool import Pool, Worker
from daemon.tasks import measure
from tracker.api import WorkChanged
from tracker.config import Config
from tracker.errors import (
    Away,
    Broken,
    Changed,
    Costly,
    NotFound,
    ReadOnly,
    Refused,
    TrackerError,
    Unreadable,
    Unusable,
    WorkerDied,
    sentence,
)
from tracker.files.roots import away, open_beneath
from tracker.model import (
    Analysis,
    JobId,
    JobState,
    Kind,
    Reading,
    RunId,
    Running,
    Seconds,
    Stamp,
    TrackId,
)
from tracker.model import Work as Progress
from tracker.store import files, jobs, tracks
from tracker.store.database import Database
from tracker.store.jobs import Order
from tracker.text import clean

log = logging.getLogger(__name__)
PAUSE = 0.2  # s, before a dead worker is replaced
AGAIN = 5.0  # s, before a result that found no room on the disk is written again
TAIL = 4_000
"""Characters of a worker's last words that are kept with a failed job."""
RATE_WINDOW = 300.0  # s: the work of the last minutes tells when it will be done
FEWEST = 3
"""Measured files from which a rate can be told."""
DID = {Kind.READ: "read", Kind.MEASURE: "measured"}
BAD = (JobState.FAILED, JobState.QUARANTINED)
T = TypeVar("T")


class Work:
    def __init__(self, database: Database, events: Events, pool: Pool, config: Config) -> None:
        self.database, self.events, self.pool, self.config = database, events, pool, config
        self.look_again: Callable[[bytes], None] = lambda _: None
        """Told of a whole path that is not as the catalogue says."""
        self.well: Callable[[bytes], Awaitable[bool]] = _well
        """Asked whether the drive of a whole path, which could not be read, is there."""
        self.running: dict[JobId, tuple[Order, float, asyncio.Task[Reading | Analysis]]] = {}
        self.waiting: dict[JobId, float] = {}
        """Jobs whose worker died, and when on our clock they may run again."""
        self.paused = False
        self.full: str | None = None
        """Why results cannot be written, while they cannot."""
        self.broken: str | None = None
        """Why no worker starts."""
        self.reader = ""
        self.done = 0
        self.finished: deque[float] = deque(maxlen=1_000)
        self.news = asyncio.Event()
        self.quiet = asyncio.Condition()

    def wake(self) -> None:
        """There may be something to do, or nothing more."""
        self.news.set()
        self.events.publish(WorkChanged())

    async def run(self) -> None:
        """As many jobs at once as there are workers, until cancelled."""
        try:
            await self._work()
        except* Broken as trouble:
            self.broken = clean(str(trouble.exceptions[0]))
            log.error("%s", self.broken)
            self.wake()
            await asyncio.Event().wait()  # what is known can still be looked at

    async def _work(self) -> None:
        versions = await self.pool.hello()
        self.reader = " ".join(f"{name}:{v}" for name, v in sorted(versions["read"].items()))
        run = await self._write(jobs.begin)
        features = self.wanted(versions["measure"])
        await self._write(partial(jobs.learn, features=features, reader=self.reader))
        self.wake()
        try:
            async with asyncio.TaskGroup() as hands:
                for _ in range(self.pool.size):
                    hands.create_task(self.hand(run))
        finally:
            with suppress(ReadOnly, Unusable):  # then the next run takes them back
                await self.database.write(jobs.give_back, run)

    def wanted(self, features: Mapping[str, int]) -> dict[str, int]:
        """All that the workers can measure, under our range of tempi."""
        tempi = self.config.analysis.tempo_range
        return {name: tempi.version(name, version) for name, version in features.items()}

    async def hand(self, run: RunId) -> None:
        """One worker after another, each for as many jobs as it survives."""
        while True:
            try:
                async with self.pool.worker() as worker:
                    while worker.fresh:
                        await self.do(await self.next(run), worker)
            except WorkerDied as death:
                log.warning("a worker is replaced: %s", death)
                await asyncio.sleep(PAUSE)

    async def next(self, run: RunId) -> Order:
        """The next job, when there is one."""
        while True:
            self.news.clear()
            now = time.monotonic()
            self.waiting = {job: at for job, at in self.waiting.items() if at > now}
            order = await self._write(
                partial(jobs.claim, run=run, waiting=self.waiting, paused=self.paused)
            )
            if order:
                self.news.set()  # there may be more: wakes the other hands as well
                return order
            async with self.quiet:
                self.quiet.notify_all()
            soonest = min(self.waiting.values(), default=None)
            with suppress(TimeoutError):
                async with asyncio.timeout(None if soonest is None else soonest - now):
                    await self.news.wait()

    async def do(self, order: Order, worker: Worker) -> None:
        """Run one job and record what became of it. Raises WorkerDied where the worker did."""
        job = order.job
        try:
            result = await self._attempt(order, worker)
        except Costly as fault:  # what it costs does not hang on chance: once is enough
            await self._fail(order, JobState.QUARANTINED, fault, last_words(worker))
            raise
        except WorkerDied as death:
            await self._lost(order, death, last_words(worker))
            raise
        except (Changed, NotFound) as passing:
            log.info("%s: %s", job.path, passing)
            await self._write(partial(jobs.done, job=job))
            self.look_again(whole_path(order))
        except Away as trouble:
            if await self.well(whole_path(order)):  # so it is this file alone
                await self._fail(order, JobState.FAILED, trouble, last_words(worker))
            else:
                await self._wait(order)
        except (Unreadable, Refused) as fault:
            await self._fail(order, JobState.QUARANTINED, fault, last_words(worker))
        except Exception as trouble:
            if not isinstance(trouble, TrackerError | OSError):
                log.exception("%s failed", job.path)
            await self._fail(order, JobState.FAILED, trouble, last_words(worker))
        else:
            self.events.tracks(
                await self._write(partial(record, order=order, result=result, reader=self.reader))
            )
            self._count(order)
            log.info("%s: %s", DID[job.kind], job.path)
        finally:
            self.running.pop(job.id, None)
            self.events.publish(WorkChanged())
            async with self.quiet:
                self.quiet.notify_all()

    async def _attempt(self, order: Order, worker: Worker) -> Reading | Analysis:
        job = order.job
        descriptor = await asyncio.to_thread(open_version, order)
        try:
            work = asyncio.create_task(
                worker.run(job.id, job.kind, descriptor, name_of(order), self._params(order))
            )
            self.running[job.id] = (order, time.monotonic(), work)
            self.events.publish(WorkChanged())
            try:
                return await work
            except asyncio.CancelledError:
                if (us := asyncio.current_task()) and us.cancelling():
                    work.cancel()
                    raise
                raise WorkerDied("it was cancelled") from None
        finally:
            os.close(descriptor)

    def _params(self, order: Order) -> list[str]:
        """What the worker is told of the job beside its file."""
        if order.job.kind is not Kind.MEASURE:
            return []
        return measure.params(order.lacking, self.config.analysis.tempo_range)

    async def _wait(self, order: Order) -> None:
        """Until its root is there again."""
        log.info("%s waits: its drive is gone", order.job.path)
        await self._write(partial(jobs.wait, job=order.job))
        self.waiting[order.job.id] = time.monotonic() + self.config.workers.pause

    async def _lost(self, order: Order, death: WorkerDied, log_tail: str | None) -> None:
        job = order.job
        change = partial(jobs.lost, job=job, reason=sentence(death), log_tail=log_tail)
        state = await self._end(change, job.track)
        if state is JobState.QUEUED:
            pause = self.config.workers.pause * 4 ** (job.attempts - 1)
            self.waiting[job.id] = time.monotonic() + pause
            self.news.set()

    async def _fail(
        self, order: Order, state: JobState, why: Exception, log_tail: str | None
    ) -> None:
        error = clean(sentence(why))
        change = partial(jobs.fail, job=order.job, state=state, error=error, log_tail=log_tail)
        await self._end(change, order.job.track)

    async def _end(self, change: Callable[[apsw.Connection], T], track: TrackId | None) -> T:
        """Write what became of a job and what its track complains of now, at once."""

        def both(db: apsw.Connection) -> T:
            result = change(db)
            if track is not None:
                tracks.refresh(db, track)
            return result

        result = await self._write(both)
        self.events.tracks([] if track is None else [track])
        return result

    async def _show(self, track: TrackId | None) -> None:
        """The track has, or has no longer, something to complain of."""
        if track is not None:
            await self._write(partial(tracks.refresh, track=track))
            self.events.tracks([track])

    async def _write(self, change: Callable[[apsw.Connection], T]) -> T:
        """Write when there is room: a result that was worked for is not thrown away."""
        while True:
            try:
                written = await self.database.write(change)
            except ReadOnly as trouble:
                if self.full is None:
                    log.error("%s", trouble)
                self.full = str(trouble)
                self.events.publish(WorkChanged())
                await asyncio.sleep(AGAIN)
                continue
            self.full = None
            return written

    async def retry(self, chosen: Collection[JobId]) -> int:
        """Queue these failed jobs again, or all; says how many."""
        again = await self.database.write(jobs.retry, chosen)
        for job in again:
            self.waiting.pop(job.id, None)
            await self._show(job.track)
        self.wake()
        return len(again)

    async def cancel(self, chosen: Collection[JobId]) -> int:
        """Take these out of the queue, stop them where they run; says how many."""
        stopped = await self.database.write(jobs.cancel, chosen)
        for job in stopped:
            if running := self.running.get(job.id):
                running[2].cancel()
            await self._show(job.track)
        self.wake()
        return len(stopped)

    async def idle(self) -> bool:
        """Whether no job waits or runs; one that is just claimed counts."""
        counts = await self.database.read(jobs.counts)
        return bool(self.reader) and not any(
            count for (state, _), count in counts.items() if state not in BAD
        )

    async def progress(self) -> Progress:
        """How far it is."""
        counts = await self.database.read(jobs.counts)
        by_state = dict.fromkeys(JobState, 0)
        for (state, _), count in counts.items():
            by_state[state] += count
        if not by_state[JobState.QUEUED] and not self.running:
            self.done = 0
        now = time.monotonic()
        return Progress(
            queued=by_state[JobState.QUEUED],
            running=tuple(
                Running(order.job, Seconds(round(now - since, 1)))
                for order, since, _ in self.running.values()
            ),
            failed=by_state[JobState.FAILED],
            quarantined=by_state[JobState.QUARANTINED],
            done=self.done,
            eta=self._eta(counts.get((JobState.QUEUED, Kind.MEASURE), 0), now),
            paused=self.paused,
            workers=self.pool.size,
        )

    def _count(self, order: Order) -> None:
        self.done += 1
        if order.job.kind is Kind.MEASURE:
            self.finished.append(time.monotonic())

    def _eta(self, queued: int, now: float) -> Seconds | None:
        """At the rate at which files were measured in the last minutes."""
        recent = [at for at in self.finished if now - at < RATE_WINDOW]
        if not queued or self.paused or len(recent) < FEWEST or now - recent[0] < 1:
            return None
        return Seconds(round(queued * (now - recent[0]) / len(recent)))


def record(
    db: apsw.Connection, *, order: Order, result: Reading | Analysis, reader: str
) -> list[TrackId]:
    """Write a result and end its job in one transaction; the tracks that look different now.

    Nothing where the job was taken back meanwhile: then the result is about an older version.
    """
    job = order.job
    if isinstance(result, Reading):
        if not jobs.running(db, job):
            return []
        changed = files.read(db, job.file, result, reader, priority=job.priority)
        jobs.done(db, job)
        return changed
    if job.track is None or not jobs.done(db, job):
        return []
    tracks.save_analysis(db, job.track, result)
    return [job.track]


async def _well(_: bytes) -> bool:
    return True


def last_words(worker: Worker) -> str | None:
    said = worker.log_tail
    return said[-TAIL:] if said else None


def whole_path(order: Order) -> bytes:
    return order.root.rstrip(b"/") + b"/" + order.path


def name_of(order: Order) -> bytes:
    """The file's own name, for messages."""
    return order.path.rpartition(b"/")[2]


def open_version(order: Order) -> int:
    """A descriptor of the file, if it is still the version that the job is about.

    Raises:
        Away: its drive is.
        Changed: it is another one; a look at it queues it again.
        NotFound: it is gone.
        Refused: it is no regular file, or lies behind a link.
    """
    descriptor = open_beneath(order.root, order.path)
    try:
        if Stamp.of(os.fstat(descriptor)) != order.stamp:
            raise Changed("it changed since it was queued")
    except OSError as error:
        os.close(descriptor)
        raise away(error) or error from None
    except Changed:
        os.close(descriptor)
        raise
    return descriptor
