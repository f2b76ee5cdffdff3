"""Reading the catalogue, and keeping what is shown of a track in step with what is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any, get_type_hints

import apsw
import msgspec

from tracker import query as queries
from tracker.errors import Invalid, NotFound
from tracker.model import (
    IN_ROW,
    Analysis,
    File,
    FileId,
    FileState,
    Page,
    RootId,
    Stream,
    Tags,
    Track,
    TrackId,
    TrackRow,
)
from tracker.store import sounds
from tracker.store.selection import Selection
from tracker.store.shown import Shown, columns, worth
from tracker.text import clean

FEATURES: dict[str, Any] = {
    name: kind for name, kind in get_type_hints(Analysis).items() if name != "measured"
}
"""Feature -> what it finds, or None."""
ROW = """
    track.id, title, artist, album, bpm, bpm_confidence, key, key_confidence, energy, duration,
    rating, genre, year, track.state, (SELECT root FROM file WHERE file.id = track.file), name,
    complaint, measured, differs
"""
_pack = msgspec.msgpack.Encoder().encode
_tags = msgspec.msgpack.Decoder(Tags).decode
_stream = msgspec.msgpack.Decoder(Stream | None).decode
_values: dict[str, Callable[[bytes], Any]] = {
    name: msgspec.msgpack.Decoder(kind).decode for name, kind in FEATURES.items()
}


def page(
    db: apsw.Connection, query: str = "", *, sort: str = "", offset: int = 0, limit: int = 200
) -> Page[TrackRow]:
    """One window of the tracks that match *query*. Raises Invalid for an unknown sort field."""
    chosen = Selection(db, query, sort)
    rows = chosen.window(ROW, offset, limit)
    return Page([msgspec.convert(row, TrackRow, strict=False) for row in rows], chosen.total)


def find(
    db: apsw.Connection, query: str = "", *, sort: str = "", offset: int = 0, limit: int = 200
) -> Page[Track]:
    """The same window, with everything that is known."""
    chosen = Selection(db, query, sort)
    rows = [get(db, TrackId(number)) for (number,) in chosen.window("track.id", offset, limit)]
    return Page(rows, chosen.total)


def rows(db: apsw.Connection, ids: Iterable[TrackId]) -> dict[TrackId, TrackRow]:
    """These tracks, as far as they are to be seen."""
    some = ",".join(str(int(one)) for one in ids)
    found = db.execute(f"SELECT {ROW} FROM track WHERE file IS NOT NULL AND id IN ({some})")
    return {row[0]: msgspec.convert(row, TrackRow, strict=False) for row in found}


def count(db: apsw.Connection) -> int:
    return db.execute("SELECT count(*) FROM track WHERE file IS NOT NULL").get


def place(db: apsw.Connection, track: TrackId, query: str = "", *, sort: str = "") -> int | None:
    """The offset of the track in that list; None where it is not in it."""
    chosen = Selection(db, query, sort)
    order = ", ".join(
        f"{column} IS NULL, {column}{' DESC' if reverse else ''}"
        for column, reverse in chosen.sorting
    )
    last = "id DESC" if chosen.sorting[-1].reverse else "id"
    return db.execute(
        f"""
        SELECT place FROM (
            SELECT id, row_number() OVER (ORDER BY {order}, {last}) - 1 AS place
            FROM track WHERE file IS NOT NULL AND {chosen.matches}
        ) WHERE id = ?
        """,
        (*chosen.values, track),
    ).get


def get(db: apsw.Connection, track: TrackId) -> Track:
    """Everything known about one track. Raises NotFound."""
    row = db.execute("SELECT added, file, complaint FROM track WHERE id = ?", (track,)).get
    if row is None:
        raise absent(track)
    added, best, complaint = row
    files, streams = _files(db, track)
    file = next((one for one in files if one.id == best), None)
    shown = Shown.of(file.tags if file else Tags(), streams.get(best), _analysis(db, track))
    return Track(
        id=track,
        path=file.path if file else "",
        path_raw=file.path_raw if file else None,
        state=file.state if file else FileState.MISSING,
        added=added,
        files=tuple(files),
        size=file.size if file else None,
        error=complaint,
        **shown.fields(),
    )


def _files(db: apsw.Connection, track: TrackId) -> tuple[list[File], dict[FileId, Stream | None]]:
    files, streams = [], {}
    for number, root, top, path, state, size, tags, stream, since, rule, complaint in db.execute(
        """
        SELECT file.id, root, root.path, file.path, file.state, size, tags, stream, missing_since,
               rule, complaint
        FROM file JOIN root ON root.id = file.root WHERE track = ? ORDER BY file.state DESC, file.id
        """,
        (track,),
    ):
        whole = top.rstrip(b"/") + b"/" + path
        shown = clean(whole)
        files.append(
            File(
                id=FileId(number),
                root=RootId(root),
                path=shown,
                path_raw=None if shown.encode() == whole else whole,
                state=FileState(state),
                size=size,
                tags=_tags(tags) if tags else Tags(),
                missing_since=since,
                rule=rule,
                complaint=complaint,
            )
        )
        streams[FileId(number)] = _stream(stream) if stream else None
    return files, streams


def named(db: apsw.Connection, name: bytes) -> Track:
    """The one track of this id, path or query. Raises NotFound."""
    if re.fullmatch(rb"\d{1,15}", name):
        return get(db, TrackId(int(name)))
    if b"/" in name and (track := _at(db, name)) is not None:
        return get(db, track)
    text = name.decode("utf-8", "replace")
    if not queries.parse(text).terms:  # that would be any track
        raise NotFound(
            f"{clean(name[:200])!r} names no track; name one by its id, which `tracker search` shows"
        )
    matching = find(db, text, limit=2)
    if matching.total != 1:
        many = f"{matching.total} tracks match" if matching.total else "no track matches"
        raise NotFound(f"{many} {clean(text)!r}; name one by its id, which `tracker search` shows")
    return matching.rows[0]


def _at(db: apsw.Connection, path: bytes) -> TrackId | None:
    """The track whose file lies at this whole path."""
    roots: list[Any] = db.execute("SELECT id, path FROM root ORDER BY length(path) DESC").fetchall()
    for root, top in roots:
        inside = top.rstrip(b"/") + b"/"
        if path.startswith(inside):
            track = db.execute(
                "SELECT track FROM file WHERE (root, path) = (?, ?) AND track IS NOT NULL",
                (root, path[len(inside) :]),
            ).get
            if track is not None:
                return TrackId(track)
    return None


def save_analysis(db: apsw.Connection, track: TrackId, analysis: Analysis) -> None:
    """Remember what was measured, feature by feature; what was not measured now stays."""
    for name, version in analysis.measured.items():
        if name in FEATURES:
            db.execute(
                "INSERT OR REPLACE INTO analysis VALUES (?, ?, ?, ?)",
                (track, name, version, _pack(getattr(analysis, name))),
            )
    sounds.keep(db, track, analysis)
    refresh(db, track)


def heard(db: apsw.Connection, track: TrackId, features: Collection[str] = ()) -> Analysis:
    """What was measured of these features, of all where none is named.

    Raises:
        NotFound: there is no such track.
        Invalid: there is no such feature.
    """
    if unknown := sorted(set(features) - FEATURES.keys()):
        raise Invalid(f"there is no feature {clean(unknown[0])!r}; known are {', '.join(FEATURES)}")
    if db.execute("SELECT 1 FROM track WHERE id = ?", (track,)).get is None:
        raise absent(track)
    return _analysis(db, track, features or FEATURES.keys())


def absent(track: TrackId) -> NotFound:
    return NotFound(f"there is no track {track}; `tracker search` shows their numbers")


def _analysis(
    db: apsw.Connection, track: TrackId, features: Collection[str] = FEATURES.keys()
) -> Analysis:
    measured, values = {}, {}
    for name, version, value in db.execute(
        f"""
        SELECT feature, version, value FROM analysis
        WHERE track = ? AND feature IN ({",".join("?" * len(features))})
        """,
        (track, *features),
    ):
        if name in FEATURES:
            measured[name], values[name] = version, _values[name](value)
    return Analysis(measured=measured, **values)


def refresh(db: apsw.Connection, track: TrackId) -> None:
    """Show the track as its files, tags and measured values are now."""
    files, streams = _files(db, track)
    best = max(files, key=lambda file: worth(file, streams[file.id]), default=None)
    if best is None:  # its last file holds other audio now
        db.execute("UPDATE track SET file = NULL WHERE id = ?", (track,))
        sounds.label(db, track, Tags())
        return
    sounds.label(db, track, best.tags)
    shown = Shown.of(best.tags, streams[best.id], _analysis(db, track, IN_ROW))
    values = columns(shown, best, _trouble(db, track))
    db.execute(
        f"UPDATE track SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?",
        (*values.values(), track),
    )


def _trouble(db: apsw.Connection, track: TrackId) -> str | None:
    """Why something about the track is not known, one sentence."""
    return db.execute(
        """
        SELECT error FROM job JOIN file ON file.id = job.file
        WHERE file.track = ?1 AND job.state IN ('failed', 'quarantined')
        UNION ALL SELECT complaint FROM file WHERE track = ?1 AND complaint IS NOT NULL LIMIT 1
        """,
        (track,),
    ).get
