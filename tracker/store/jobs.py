"""The queue of background work, kept in the catalogue so that it survives us.

What is done leaves the table; what a result or a scan changes and the job that follows from it
are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import apsw

from tracker.errors import NotFound
from tracker.model import (
    FileId,
    Job,
    JobId,
    JobState,
    Kind,
    Page,
    RunId,
    Stamp,
    TrackId,
)
from tracker.text import clean

ATTEMPTS = 3
FIRST = {Kind.READ: 10, Kind.MEASURE: 0}
"""Rows appear before they are measured."""
CANCELLED = "cancelled; retry it when you like"

JOB = """
    SELECT job.id, job.kind, job.file, root.path, file.path, job.state, job.attempts,
           job.priority, job.error, job.log_tail, file.track
    FROM job JOIN file ON file.id = job.file JOIN root ON root.id = file.root
"""
WATCHED = "root.state IN ('online', 'polling')"
ORDER = "CASE job.state WHEN 'running' THEN 0 WHEN 'queued' THEN 1 ELSE 2 END, job.priority DESC, job.id"


class Order(NamedTuple):
    """A claimed job with what a worker needs for it."""

    job: Job
    root: bytes
    path: bytes
    """Relative to the root."""
    stamp: Stamp
    """The version of the file that it is about."""
    lacking: tuple[str, ...]
    """Features to measure."""


def begin(db: apsw.Connection) -> RunId:
    """A new run of the daemon; what older runs left running waits again, or is quarantined."""
    run = RunId(db.execute("INSERT INTO run DEFAULT VALUES RETURNING id").get)
    for job in _jobs(db, JOB + "WHERE job.state = 'running'"):
        lost(db, job, "the daemon died each time while it worked on this file")
    return run


def add(db: apsw.Connection, kind: Kind, files: Iterable[FileId], *, priority: int = 0) -> None:
    """Queue a task for these files; an older job of the kind, whatever its state, gives way.

    Its row is a new one, so a worker that still has the old job cannot end this one.
    """
    for file in files:
        db.execute("DELETE FROM job WHERE kind = ? AND file = ?", (kind, file))
        db.execute(
            "INSERT INTO job (kind, file, priority) VALUES (?, ?, ?)",
            (kind, file, FIRST[kind] + priority),
        )


def drop(db: apsw.Connection, files: Iterable[FileId]) -> None:
    """These files cannot be worked on now: forget what waits for them."""
    db.executemany("DELETE FROM job WHERE file = ?", [(file,) for file in files])


def claim(
    db: apsw.Connection, run: RunId, waiting: Collection[JobId], *, paused: bool
) -> Order | None:
    """Take the first job that may run; the attempt counts from now.

    *waiting* are not to run yet. While *paused* only new files are read.
    """
    number = db.execute(
        f"""
        UPDATE job SET state = 'running', run = ?, attempts = attempts + 1
        WHERE id = (
            SELECT job.id FROM job JOIN file ON file.id = job.file JOIN root ON root.id = file.root
            WHERE job.state = 'queued' AND {WATCHED} AND (NOT ? OR job.kind = 'read')
              AND job.id NOT IN ({",".join(map(str, waiting))})
            ORDER BY job.priority DESC, job.id LIMIT 1
        )
        RETURNING id
        """,
        (run, paused),
    ).get
    return None if number is None else _order(db, number)


def _order(db: apsw.Connection, number: int) -> Order:
    [job] = _jobs(db, JOB + "WHERE job.id = ?", number)
    root, path, *stamp = db.execute(
        """
        SELECT root.path, file.path, size, mtime_ns, ctime_ns
        FROM file JOIN root ON root.id = file.root WHERE file.id = ?
        """,
        (job.file,),
    ).get
    missing = tuple(lacking(db, job.track)) if job.kind is Kind.MEASURE and job.track else ()
    return Order(job, root, path, Stamp(*stamp), missing)


def running(db: apsw.Connection, job: Job) -> bool:
    """Whether it was not taken back meanwhile."""
    return db.execute("SELECT 1 FROM job WHERE id = ? AND state = 'running'", (job.id,)).get == 1


def done(db: apsw.Connection, job: Job) -> bool:
    """The job is finished; False where it was taken back meanwhile, and its result is void."""
    return (
        db.execute("DELETE FROM job WHERE id = ? AND state = 'running' RETURNING id", (job.id,)).get
        is not None
    )


def fail(db: apsw.Connection, job: Job, state: JobState, error: str, log_tail: str | None) -> None:
    """It would say no again: *state* tells whose fault it is."""
    _end(db, job, state, error, log_tail)


def lost(db: apsw.Connection, job: Job, reason: str, log_tail: str | None = None) -> JobState:
    """Its process died: the job waits again, until its attempts are used up."""
    state = JobState.QUEUED if job.attempts < ATTEMPTS else JobState.QUARANTINED
    _end(db, job, state, reason, log_tail)
    return state


def wait(db: apsw.Connection, job: Job) -> None:
    """It could not run for no fault of its own: it waits again, and that does not count."""
    db.execute(
        """
        UPDATE job SET state = 'queued', run = NULL, attempts = attempts - 1
        WHERE id = ? AND state = 'running'
        """,
        (job.id,),
    )


def give_back(db: apsw.Connection, run: RunId) -> None:
    """The run stops with work undone; that is not the jobs' fault, and does not count."""
    db.execute(
        "UPDATE job SET state = 'queued', run = NULL, attempts = attempts - 1 WHERE run = ?", (run,)
    )


def retry(db: apsw.Connection, jobs: Collection[JobId]) -> list[Job]:
    """Queue failed and quarantined jobs again, all of them where none is named."""
    some = f"AND job.id IN ({','.join(str(int(job)) for job in jobs)})" if jobs else ""
    chosen = _jobs(db, f"{JOB} WHERE job.state IN ('failed', 'quarantined') {some}")
    for job in chosen:
        db.execute(
            """
            UPDATE job SET state = 'queued', attempts = 0, error = NULL, log_tail = NULL
            WHERE id = ?
            """,
            (job.id,),
        )
    if jobs and not chosen:
        raise NotFound("none of these jobs failed; `tracker jobs list` shows which did")
    return chosen


def cancel(db: apsw.Connection, jobs: Collection[JobId]) -> list[Job]:
    """Take jobs out of the queue; says which were queued or running."""
    some = ",".join(str(int(job)) for job in jobs)
    chosen = _jobs(db, f"{JOB} WHERE job.id IN ({some}) AND job.state IN ('queued', 'running')")
    for job in chosen:
        db.execute(
            "UPDATE job SET state = 'failed', run = NULL, error = ? WHERE id = ?",
            (CANCELLED, job.id),
        )
    return chosen


def page(
    db: apsw.Connection, states: Collection[JobState] = (), *, offset: int = 0, limit: int = 200
) -> Page[Job]:
    some = f"WHERE job.state IN ({','.join('?' * len(states))})" if states else ""
    return Page(
        rows=_jobs(db, f"{JOB} {some} ORDER BY {ORDER} LIMIT ? OFFSET ?", *states, limit, offset),
        total=db.execute(f"SELECT count(*) FROM job {some}", tuple(states)).get,
    )


def counts(db: apsw.Connection) -> dict[tuple[JobState, Kind], int]:
    """How many jobs there are by state and kind; of the queued ones those that can run now."""
    offline = db.execute("SELECT 1 FROM root WHERE state NOT IN ('online', 'polling')").get
    reachable = (
        f"JOIN file ON file.id = job.file JOIN root ON root.id = file.root AND {WATCHED}"
        if offline
        else ""
    )
    rows = db.execute(
        f"""
        SELECT 'queued', kind, count(*) FROM job {reachable} WHERE job.state = 'queued' GROUP BY kind
        UNION ALL
        SELECT state, kind, count(*) FROM job WHERE state <> 'queued' GROUP BY state, kind
        """
    )
    return {(JobState(state), Kind(kind)): count for state, kind, count in rows}


def learn(db: apsw.Connection, features: Mapping[str, int], reader: str) -> None:
    """Note what the workers can do now, and queue what older versions did, or nobody did yet.

    *reader* names the versions of hashing and tag reading.
    """
    db.execute("DELETE FROM feature")
    db.executemany("INSERT INTO feature VALUES (?, ?)", features.items())
    stale: list[Any] = db.execute(
        """
        SELECT id FROM file
        WHERE state = 'present' AND reader IS NOT ?
          AND NOT EXISTS (SELECT 1 FROM job WHERE kind = 'read' AND file = file.id)
        """,
        (reader,),
    ).fetchall()
    add(db, Kind.READ, [file for (file,) in stale], priority=-5)
    unmeasured: list[Any] = db.execute(
        """
        SELECT id FROM track
        WHERE (SELECT count(*) FROM analysis JOIN feature ON name = feature AND
               feature.version = analysis.version WHERE track = track.id)
              < (SELECT count(*) FROM feature)
        """
    ).fetchall()
    for (track,) in unmeasured:
        want(db, track)


def lacking(db: apsw.Connection, track: TrackId) -> list[str]:
    """Features of today's workers that the track has not, or of another version."""
    return [
        name
        for (name,) in db.execute(
            """
            SELECT name FROM feature LEFT JOIN analysis
            ON track = ? AND feature = name AND analysis.version = feature.version
            WHERE track IS NULL ORDER BY name
            """,
            (track,),
        )
    ]


def want(
    db: apsw.Connection, track: TrackId, *, priority: int = 0, reading: FileId | None = None
) -> None:
    """Queue the measuring of what the track lacks, unless that was tried or is under way.

    A file that waits to be read is not measured before; *reading* is just done with that.
    """
    if not lacking(db, track):
        return
    tried = db.execute(
        """
        SELECT 1 FROM file CROSS JOIN job ON job.file = file.id AND kind = 'measure'
        WHERE file.track = ?
        """,  # in this order: the other way round all jobs would be looked through for each track
        (track,),
    ).get
    best = db.execute(
        """
        SELECT file.id FROM track JOIN file ON file.id = track.file
        WHERE track.id = ? AND file.state = 'present' AND file.reader IS NOT NULL
          AND NOT EXISTS (
            SELECT 1 FROM job WHERE kind = 'read' AND file = track.file AND file IS NOT ?
          )
        """,
        (track, reading),
    ).get
    if not tried and best:
        add(db, Kind.MEASURE, [FileId(best)], priority=priority)


def _end(db: apsw.Connection, job: Job, state: JobState, error: str, log_tail: str | None) -> None:
    db.execute(
        """
        UPDATE job SET state = ?, error = ?, log_tail = ?, run = NULL
        WHERE id = ? AND state = 'running'
        """,
        (state, error, log_tail, job.id),
    )


def _jobs(db: apsw.Connection, sql: str, *values: Any) -> list[Job]:
    return [
        Job(
            id=JobId(number),
            kind=Kind(kind),
            file=FileId(file),
            path=clean(root.rstrip(b"/") + b"/" + path),
            state=JobState(state),
            attempts=attempts,
            priority=priority,
            error=error,
            log_tail=log_tail,
            track=None if track is None else TrackId(track),
        )
        for number, kind, file, root, path, state, attempts, priority, error, log_tail, track in db.execute(
            sql, values
        )
    ]
