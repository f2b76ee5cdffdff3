"""Background work, one piece at a time."""

from __future__ import annotations

import os
from enum import StrEnum

import msgspec

from tracker.model.units import FileId, JobId, Moment, Seconds, TrackId

LATEST = 2**63 - 1  # ns


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    FAILED = "failed"
    """The circumstances said no (a permission, an I/O error); `retry` when they are mended."""
    QUARANTINED = "quarantined"
    """The file is at fault: it cannot be read, costs too much, or ended its worker three times."""


class Kind(StrEnum):
    READ = "read"
    """Hashes and tags: which track it is."""
    MEASURE = "measure"
    """Decode it, measure what is missing."""


class Stamp(msgspec.Struct, frozen=True):
    """By what we see that a file changed; ctime catches tools that put the mtime back."""

    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """That of a file; times after the year 2262 are all one, the catalogue has 64 bits."""
        return cls(
            status.st_size,
            max(-LATEST, min(status.st_mtime_ns, LATEST)),
            max(-LATEST, min(status.st_ctime_ns, LATEST)),
        )


class Job(msgspec.Struct, frozen=True):
    """One run of a task about one version of a file. What is done leaves the queue."""

    id: JobId
    kind: Kind
    file: FileId
    path: str
    """For display."""
    state: JobState = JobState.QUEUED
    attempts: int = 0
    priority: int = 0
    error: str | None = None
    log_tail: str | None = None
    """The last words of the worker about it, cleaned."""
    track: TrackId | None = None


class Running(msgspec.Struct, frozen=True):
    """A job that a worker has now."""

    job: Job
    seconds: Seconds


class Work(msgspec.Struct, frozen=True):
    """How far the work is."""

    queued: int = 0
    running: tuple[Running, ...] = ()
    failed: int = 0
    quarantined: int = 0
    done: int = 0
    """Since the queue was last empty."""
    eta: Seconds | None = None
    """Until the queue is empty, at the rate of the last minutes; None while unknown."""
    paused: bool = False
    workers: int = 0
    settling: int = 0
    """Files seen but still growing, or not yet at rest."""

    @property
    def idle(self) -> bool:
        return not (self.queued or self.running or self.settling)


class Status(msgspec.Struct, frozen=True):
    """The daemon in one glance."""

    pid: int
    version: str
    protocol: int
    state: str
    """"starting", "ready", "read-only" or "stopping"."""
    uptime: Seconds
    tracks: int
    files: int
    missing: int
    work: Work
    host: str = ""
    complaint: str | None = None
    """Why it is read-only, one sentence with the next step."""
    since: Moment | None = None
