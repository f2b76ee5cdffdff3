"""The watched folders."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import apsw

from tracker.errors import NotFound
from tracker.model import Moment, Root, RootId, RootState
from tracker.text import clean

COLUMNS = """
    id, path, state, reason, since,
    (SELECT count(*) FROM file WHERE root = root.id AND state = 'present'),
    (SELECT count(*) FROM file WHERE root = root.id AND state = 'missing')
"""


class Place(NamedTuple):
    """Where a root lies, and by what we know it again."""

    id: RootId
    path: bytes
    identity: str | None
    state: RootState


def all(db: apsw.Connection) -> list[Root]:  # noqa: A001
    """Those that are watched, by name."""
    return _roots(db, "SELECT {} FROM root WHERE state <> 'removed' ORDER BY path")


def get(db: apsw.Connection, root: RootId) -> Root:
    for found in _roots(db, "SELECT {} FROM root WHERE id = ?", root):
        return found
    raise NotFound("there is no such root; `tracker root list` shows them")


def places(db: apsw.Connection) -> list[Place]:
    """Those that are watched."""
    rows = db.execute("SELECT id, path, identity, state FROM root WHERE state <> 'removed'")
    return [
        Place(RootId(number), path, identity, RootState(state))
        for number, path, identity, state in rows
    ]


def get_place(db: apsw.Connection, root: RootId) -> Place:
    """Raises NotFound where it is not watched."""
    for place in places(db):
        if place.id == root:
            return place
    raise NotFound("the root is no longer watched; `tracker root add` it again")


def at(db: apsw.Connection, path: bytes) -> Place:
    """The watched root at exactly this path."""
    for place in places(db):
        if place.path == path:
            return place
    raise NotFound(f"{clean(path)} is no root; `tracker root list` shows them")


def add(db: apsw.Connection, path: bytes) -> Root:
    """Watch *path*; a root that was removed comes back with all that is known of it."""
    number = db.execute(
        """
        INSERT INTO root (path, added) VALUES (?, ?)
        ON CONFLICT (path) DO UPDATE SET state = 'online', reason = NULL, since = NULL
        WHERE state = 'removed'
        RETURNING id
        """,
        (path, time.time()),
    ).get
    return get(db, number or at(db, path).id)


def remove(db: apsw.Connection, root: RootId) -> None:
    """Watch it no longer. Its files are marked missing by `files.vanished`, before."""
    db.execute(
        "UPDATE root SET state = 'removed', reason = NULL, since = NULL WHERE id = ?", (root,)
    )


def identify(db: apsw.Connection, root: RootId, identity: str) -> None:
    """Remember by what the volume is known again."""
    db.execute("UPDATE root SET identity = ? WHERE id = ?", (identity, root))


def mounts(db: apsw.Connection, root: RootId) -> set[bytes]:
    """Folders, relative to the root, on which a drive was mounted."""
    rows: list[Any] = db.execute("SELECT path FROM mount WHERE root = ?", (root,)).fetchall()
    return {path for (path,) in rows}


def note_mounts(db: apsw.Connection, root: RootId, paths: Iterable[bytes]) -> None:
    db.execute("DELETE FROM mount WHERE root = ?", (root,))
    db.executemany("INSERT INTO mount VALUES (?, ?)", [(root, path) for path in paths])


def tell(db: apsw.Connection, root: RootId, state: RootState, reason: str | None) -> bool:
    """Note how the root is; says whether that is news."""
    now = time.time()
    changed = db.execute(
        """
        UPDATE root SET
            since = CASE WHEN ?1 <> 'offline' THEN NULL WHEN state = 'offline' THEN since ELSE ?3 END,
            state = ?1, reason = ?2
        WHERE id = ?4 AND state <> 'removed' AND (state, reason) IS NOT (?1, ?2)
        RETURNING id
        """,
        (state, reason, now, root),
    ).get
    return changed is not None


def _roots(db: apsw.Connection, sql: str, *values: Any) -> list[Root]:
    return [
        Root(
            id=RootId(number),
            path=clean(path),
            state=RootState(state),
            files=files,
            missing=missing,
            reason=reason,
            since=None if since is None else Moment(since),
            path_raw=None if clean(path).encode() == path else path,
        )
        for number, path, state, reason, since, files, missing in db.execute(
            sql.format(COLUMNS), values
        )
    ]
