"""What sounds alike, where a track stands among all, and what its neighbours' labels suggest.

Vectors are compared by sqlite-vec, all of them and exactly: of 100 000 that takes some 20 ms, and
there is no index that could be out of step.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence
from math import hypot
from typing import Any, NamedTuple

import apsw

from tracker.errors import Broken
from tracker.mixing import neighbours, reasons
from tracker.mixing.neighbours import Census, Neighbour
from tracker.model import Alike, Suggestion, TrackId, TrackRow
from tracker.store import tracks
from tracker.store.sounds import DIMENSIONS

AROUND = 200
"""Neighbours among which they are looked for: what is farther by rank is no neighbour."""
FEWEST = 5
"""Other tracks from which on a share of them says something."""
PLACES = ("key",)
"""Dimensions of which more is not more."""


class Sound(NamedTuple):
    """Points of one version, and what is like all of them together."""

    version: int
    points: dict[TrackId, array[float]]
    middle: bytes
    """Of length 1, as all are."""
    many: int
    """How many there are of the kind."""
    alone: bool
    """There is no other kind."""


def similar(db: apsw.Connection, asked: Collection[TrackId], *, limit: int = 20) -> list[Alike]:
    """The tracks that sound most like those asked about, taken together; none where none is known."""
    sound = _sound(db, asked)
    if sound is None:
        return []
    found = _nearest(db, sound, asked, limit)
    others = sound.many - len(sound.points)
    near = tracks.rows(db, [track for track, _, _ in found])
    ours = tracks.rows(db, sound.points)
    return [
        _alike(ours[_likest(sound, point)], near[track], likeness, place, others)
        for place, (track, likeness, point) in enumerate(found)
        if track in near
    ]


def _alike(ours: TrackRow, theirs: TrackRow, likeness: float, place: int, others: int) -> Alike:
    return Alike(
        track=theirs,
        to=ours.id,
        likeness=round(likeness, 4),
        percentile=round(1 - place / (others - 1), 4) if others > FEWEST else None,
        reasons=reasons.between(ours, theirs),
        key_move=reasons.key_move(ours.key, theirs.key),
        pitch_percent=reasons.pitch(ours.bpm, theirs.bpm),
    )


def _sound(db: apsw.Connection, asked: Collection[TrackId]) -> Sound | None:
    """The points of the tracks asked about. Raises NotFound where one is no track."""
    found: dict[int, dict[TrackId, array[float]]] = {}
    for track in asked:
        row = db.execute(
            "SELECT version, value FROM track LEFT JOIN vector ON track = id WHERE id = ?", (track,)
        ).get
        if row is None:
            raise tracks.absent(track)
        if row[0] is not None:
            found.setdefault(row[0], {})[track] = array("f", row[1])
    if not found:
        return None
    version = max(found)
    points = found[version]
    sums = [sum(values) for values in zip(*points.values(), strict=True)]
    if not (length := hypot(*sums)):
        return None
    middle = array("f", [value / length for value in sums]).tobytes()
    alone = _one_kind(db)
    of_kind = "" if alone else "WHERE version = ? AND length(value) = ?"
    count = f"SELECT count(*) FROM vector {of_kind}"
    many = db.execute(count, () if alone else (version, len(middle))).get
    return Sound(version, points, middle, many, alone)


def _nearest(
    db: apsw.Connection, sound: Sound, without: Collection[TrackId], limit: int
) -> list[tuple[TrackId, float, bytes]]:
    """Track, cosine and point of the nearest, the most alike first.

    Among points of length 1 those are nearest whose angle is least, and that takes less to tell.
    """
    left_out = ",".join(str(int(track)) for track in without)
    # To look at each row's kind would cost as much again as to compare it; "+" keeps the index out.
    kind = "?2 AND ?3" if sound.alone else "+version = ?2 AND +length(value) = ?3"
    # Few catalogues hold tracks without any file; to ask of each row whether it is one costs too.
    lost = "SELECT id FROM track WHERE file IS NULL"
    kept = f"AND track NOT IN ({lost})" if db.execute(f"{lost} LIMIT 1").get else ""
    try:
        rows: list[Any] = db.execute(
            f"""
            SELECT track, vec_distance_l2(value, ?1) AS distance FROM vector NOT INDEXED
            WHERE {kind} AND track NOT IN ({left_out}) {kept}
            ORDER BY distance LIMIT ?4
            """,
            (sound.middle, sound.version, len(sound.middle), limit),
        ).fetchall()
    except apsw.SQLError as error:
        raise Broken(
            "what sounds alike is found by sqlite-vec, which is missing; `pip install sqlite-vec`"
        ) from error
    points = dict(_chosen(db, "SELECT track, value FROM vector WHERE track IN", dict(rows)))
    return [
        (TrackId(track), max(-1.0, min(1.0, 1 - distance**2 / 2)), points[track])
        for track, distance in rows
        if distance is not None
    ]


def _one_kind(db: apsw.Connection) -> bool:
    """Whether all vectors have one version and length: then both ends of their index are alike."""
    first, last = (
        db.execute(
            f"SELECT version, length(value) FROM vector ORDER BY 1 {way}, 2 {way} LIMIT 1"
        ).get
        for way in ("ASC", "DESC")
    )
    return bool(first == last)


def _likest(sound: Sound, point: bytes) -> TrackId:
    """Which of the tracks asked about the point is nearest to."""
    theirs = array("f", point)
    return max(sound.points, key=lambda track: _product(sound.points[track], theirs))


def _product(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _chosen(db: apsw.Connection, sql: str, ids: Iterable[int]) -> list[Any]:
    return db.execute(f"{sql} ({','.join(str(int(one)) for one in ids)})").fetchall()


# Where it stands


def standing(db: apsw.Connection, track: TrackId) -> dict[str, float]:
    """Energy and dimensions -> the share of the other tracks that have less, ties half."""
    energy = db.execute("SELECT energy_value FROM track WHERE id = ?", (track,)).get
    found = {} if energy is None else _share(db, "energy", energy)
    row = db.execute("SELECT * FROM hamms WHERE track = ?", (track,)).get
    if row is None:
        return found
    _, version, *values = row
    known = {
        name: value
        for name, value in zip(DIMENSIONS, values, strict=True)
        if value is not None and name not in (*PLACES, *found)
    }
    return found | _shares(db, track, version, known)


def _share(db: apsw.Connection, name: str, value: float) -> dict[str, float]:
    """By the index of the order."""
    count = "SELECT count(*) FROM track WHERE file IS NOT NULL AND energy_value"
    others = db.execute(f"{count} IS NOT NULL").get - 1
    less = db.execute(f"{count} < ?", (value,)).get
    same = db.execute(f"{count} = ?", (value,)).get - 1
    return {name: round((less + same / 2) / others, 4)} if others >= FEWEST else {}


def _shares(
    db: apsw.Connection, track: TrackId, version: int, known: dict[str, float]
) -> dict[str, float]:
    """In one pass through all rows: of each the mean of 1 for less, 1/2 for the same, 0 for more."""
    others = "FROM hamms WHERE version = ?1 AND track <> ?2"
    told = {
        name: value
        for name, value in known.items()
        if db.execute(
            f"SELECT count(*) FROM (SELECT 1 {others} AND {name} IS NOT NULL LIMIT {FEWEST})",
            (version, track),
        ).get
        == FEWEST
    }
    if not told:
        return {}
    means = ", ".join(
        f"avg(({name} < ?{place}) + ({name} <= ?{place})) / 2" for place, name in enumerate(told, 3)
    )
    shares: list[Any] = db.execute(
        f"SELECT {means} {others}", (version, track, *told.values())
    ).fetchall()
    return {name: round(share, 4) for name, share in zip(told, shares[0], strict=True)}


# What the neighbours say


def suggested(db: apsw.Connection, track: TrackId) -> list[Suggestion]:
    """What the user calls most of the tracks that sound like it, for what this one is not called."""
    kinds = [
        kind
        for kind in ("genre", "mood")
        if not db.execute("SELECT 1 FROM label WHERE track = ? AND kind = ?", (track, kind)).get
        and db.execute("SELECT 1 FROM label WHERE kind = ? LIMIT 1", (kind,)).get
    ]
    sound = _sound(db, [track]) if kinds else None
    if sound is None:
        return []
    near = [Neighbour(row, likeness) for row, likeness, _ in _nearest(db, sound, [track], AROUND)]
    found = [_suggested(db, kind, near) for kind in kinds]
    return [one for one in found if one]


def _suggested(db: apsw.Connection, kind: str, near: list[Neighbour]) -> Suggestion | None:
    labels: dict[int, set[str]] = {}
    spelled: dict[tuple[int, str], str] = {}
    for row, folded, label in _chosen(
        db,
        f"SELECT track, folded, label FROM label WHERE kind = '{kind}' AND track IN",
        [one.row for one in near],
    ):
        labels.setdefault(row, set()).add(folded)
        spelled[row, folded] = label
    voices = [one for one in near if one.row in labels][: neighbours.ASKED]
    found = neighbours.suggest(voices, labels, lambda: _census(db, kind))
    if found is None:
        return None
    label = spelled[found.agreeing[0], found.label]
    voters = tracks.rows(db, [TrackId(row) for row in found.agreeing])
    return Suggestion(
        field=kind,
        value=label,
        confidence=found.confidence,
        why=found.explained(label),
        voters=tuple(voters[TrackId(row)] for row in found.agreeing if row in voters),
    )


def _census(db: apsw.Connection, kind: str) -> Census:
    counts = db.execute(
        "SELECT folded, count(*) FROM label WHERE kind = ? GROUP BY folded", (kind,)
    )
    labelled = "SELECT count(*) FROM (SELECT 1 FROM label WHERE kind = ? GROUP BY track)"
    return Census(db.execute(labelled, (kind,)).get, dict(counts))
