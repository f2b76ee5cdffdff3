"""The places where tracks lie, as the scans see them and as reading them tells.

Nothing is removed by a scan: a file that vanished is missing, with everything known about it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import apsw
import msgspec

from tracker.model import (
    FileId,
    FileState,
    Identity,
    Kind,
    Reading,
    RootId,
    Stamp,
    TrackId,
)
from tracker.store import jobs, tracks

_pack = msgspec.msgpack.Encoder().encode
SOON = 600.0
"""Seconds: a copy found so shortly before the original vanished was a move."""
WHOLE = "whole file"


class Known(NamedTuple):
    """A file as the catalogue has it."""

    id: FileId
    state: FileState
    stamp: Stamp


def known(db: apsw.Connection, root: RootId, place: bytes = b"") -> dict[bytes, Known]:
    """The files at or beneath a place of a root, by path; b"" is all of it."""
    beneath = "AND (path = ? OR path > ? AND path < ?)" if place else ""
    rows = db.execute(
        f"""
        SELECT path, id, state, size, mtime_ns, ctime_ns FROM file
        WHERE root = ? {beneath}
        """,
        (root, place, place + b"/", place + b"0") if place else (root,),
    )
    return {
        path: Known(FileId(number), FileState(state), Stamp(*stamp))
        for path, number, state, *stamp in rows
    }


def sample(db: apsw.Connection, root: RootId, count: int = 100) -> dict[bytes, Stamp]:
    """Some files that were there when last looked at: by them a volume is known again."""
    rows = db.execute(
        """
        SELECT path, size, mtime_ns, ctime_ns FROM file
        WHERE root = ? AND state = 'present' ORDER BY random() LIMIT ?
        """,
        (root, count),
    )
    return {path: Stamp(*stamp) for path, *stamp in rows}


def present(db: apsw.Connection, root: RootId, place: bytes = b"") -> int:
    """How many of the files at or beneath a place of a root were there when last looked at."""
    if place:
        known_there = known(db, root, place).values()
        return sum(one.state is FileState.PRESENT for one in known_there)
    return db.execute("SELECT count(*) FROM file WHERE root = ? AND state = 'present'", (root,)).get


def found(
    db: apsw.Connection, root: RootId, files: Mapping[bytes, Stamp], *, priority: int = 0
) -> list[TrackId]:
    """These files lie there at rest, new or changed: read them. Says which tracks look different."""
    touched: set[TrackId] = set()
    for path, stamp in files.items():
        number, track = db.execute(
            """
            INSERT INTO file (root, path, size, mtime_ns, ctime_ns, added) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (root, path) DO UPDATE SET
                size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,
                added = excluded.added, reader = NULL, state = 'present', missing_since = NULL
            RETURNING id, track
            """,
            (root, path, stamp.size, stamp.mtime_ns, stamp.ctime_ns, time.time()),
        ).get
        jobs.drop(db, [FileId(number)])  # what was to be measured was another version
        jobs.add(db, Kind.READ, [FileId(number)], priority=priority)
        if track is not None:
            touched.add(track)
    return _refreshed(db, touched)


def returned(db: apsw.Connection, files: Iterable[FileId]) -> list[TrackId]:
    """These missing files are back just as they were: nothing is read or measured again."""
    touched = set()
    for file in files:
        row = db.execute(
            """
            UPDATE file SET state = 'present', missing_since = NULL WHERE id = ?
            RETURNING track, reader
            """,
            (file,),
        ).get
        if row is None:  # forgotten meanwhile, for a copy was read: the next look finds it as new
            continue
        track, reader = row
        if reader is None:
            jobs.add(db, Kind.READ, [file])
        if track is not None:
            touched.add(track)
    changed = _refreshed(db, touched)
    for track in changed:
        jobs.want(db, track)
    return changed


def vanished(db: apsw.Connection, files: Iterable[FileId]) -> list[TrackId]:
    """These files are not where they were: they are missing from now on.

    Of those that were never read nothing is known, and nothing kept.
    """
    chosen, now, touched = list(files), time.time(), set()
    jobs.drop(db, chosen)
    for file in chosen:
        db.execute("DELETE FROM file WHERE id = ? AND track IS NULL", (file,))
        track = db.execute(
            """
            UPDATE file SET state = 'missing', missing_since = ?
            WHERE id = ? AND state = 'present' RETURNING track
            """,
            (now, file),
        ).get
        if track is not None:
            touched.add(track)
    for track in touched:
        _follow_moves(db, track)
    changed = _refreshed(db, touched)
    for track in changed:  # another copy may be measured instead
        jobs.want(db, track)
    return changed


def without_another(db: apsw.Connection, files: Iterable[FileId]) -> int:
    """How many of these files hold a track that lies nowhere else: the others were moved."""
    return sum(
        db.execute(
            """
            SELECT count(*) FROM file WHERE id = ? AND NOT EXISTS (
                SELECT 1 FROM file AS other WHERE other.track = file.track
                AND other.id <> file.id AND other.state = 'present'
            )
            """,
            (file,),
        ).get
        for file in files
    )


def read(
    db: apsw.Connection, file: FileId, reading: Reading, reader: str, *, priority: int = 0
) -> list[TrackId]:
    """Record what reading a file told, and queue what is to be measured; the tracks that changed.

    *reader* names the versions of hashing and tag reading; *priority* is that of the reading.
    """
    identity = reading.identity
    row = db.execute("SELECT track, rule FROM file WHERE id = ?", (file,)).get
    if row is None:
        return []
    before, rule = row
    track = _track_of(db, file, before, rule, identity)
    db.execute(
        """
        UPDATE file SET track = ?, xxh3 = ?, sha256 = ?, rule = ?, tags = ?, stream = ?,
            complaint = ?, reader = ?
        WHERE id = ?
        """,
        (
            track,
            identity.xxh3,
            identity.sha256,
            identity.rule,
            _pack(reading.tags),
            _pack(reading.stream),
            reading.complaint,
            reader,
            file,
        ),
    )
    _follow_moves(db, track)
    changed = _refreshed(db, {track, before} - {None})
    for one in changed:
        jobs.want(db, one, priority=max(0, priority - jobs.FIRST[Kind.READ]), reading=file)
    return changed


def _track_of(
    db: apsw.Connection, file: FileId, before: TrackId | None, rule: str | None, identity: Identity
) -> TrackId:
    """The track that this essence is; a new one where nobody has it."""
    if identity.essence is not None:
        same = db.execute("SELECT id FROM track WHERE essence = ?", (identity.essence,)).get
        if same is not None:
            return TrackId(same)
    if before is not None and _follows(db, before, file, rule, identity):
        return before
    return TrackId(
        db.execute(
            "INSERT INTO track (essence, added) VALUES (?, ?) RETURNING id",
            (identity.essence, time.time()),
        ).get
    )


def _follows(
    db: apsw.Connection, track: TrackId, file: FileId, rule: str | None, identity: Identity
) -> bool:
    """Whether the file's track goes with it though the essence is another.

    So it is where the essence said nothing: none was found, or it covers tags as well. What was
    measured is measured again.
    """
    essence, others = db.execute(
        "SELECT essence, (SELECT count(*) FROM file WHERE track = track.id AND id <> ?) "
        "FROM track WHERE id = ?",
        (file, track),
    ).get
    if others or not (essence is None or (rule == WHOLE and identity.rule == WHOLE)):
        return False
    if essence != identity.essence:
        db.execute("UPDATE track SET essence = ? WHERE id = ?", (identity.essence, track))
        db.execute("DELETE FROM analysis WHERE track = ?", (track,))
        db.execute(
            "DELETE FROM job WHERE kind = 'measure' AND file = ? AND state <> 'running'", (file,)
        )
    return True


def _follow_moves(db: apsw.Connection, track: TrackId) -> None:
    """A missing file and a newer one of the same audio were one move: the old place is forgotten.

    All those are that are the same to the byte: a file that was renamed twice lay in three places.
    """
    pairs: list[Any] = db.execute(
        """
        SELECT gone.id, gone.sha256 IS here.sha256
        FROM file AS gone JOIN file AS here ON here.track = gone.track
        WHERE gone.track = ? AND gone.state = 'missing'
          AND here.state = 'present' AND here.reader IS NOT NULL
          AND here.added >= gone.added AND here.added >= gone.missing_since - ?
        ORDER BY gone.sha256 IS here.sha256 DESC, gone.missing_since DESC, here.added DESC
        """,
        (track, SOON),
    ).fetchall()
    moved = {gone for gone, same in pairs if same} or {gone for gone, _ in pairs[:1]}
    for gone in moved:
        db.execute("UPDATE track SET file = NULL WHERE file = ?", (gone,))
        db.execute("DELETE FROM file WHERE id = ?", (gone,))


def _refreshed(db: apsw.Connection, touched: Iterable[TrackId]) -> list[TrackId]:
    chosen = sorted(touched)
    for track in chosen:
        tracks.refresh(db, track)
    return chosen


def counts(db: apsw.Connection) -> tuple[int, int]:
    """How many files are present, and how many missing."""
    missing = db.execute("SELECT count(*) FROM file WHERE state = 'missing'").get
    return db.execute("SELECT count(*) FROM file").get - missing, missing
