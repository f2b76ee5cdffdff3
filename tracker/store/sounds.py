"""What tracks are compared by: a point in the space of sounds, twelve dimensions, the user's labels."""

from __future__ import annotations

import apsw

from tracker.mixing.hamms import WEIGHTS
from tracker.model import Analysis, Tags, TrackId
from tracker.store.shown import order

DIMENSIONS = tuple(WEIGHTS)


def keep(db: apsw.Connection, track: TrackId, analysis: Analysis) -> None:
    """Follow what was measured now."""
    if "embedding" in analysis.measured:
        db.execute("DELETE FROM vector WHERE track = ?", (track,))
    if "hamms" in analysis.measured:
        db.execute("DELETE FROM hamms WHERE track = ?", (track,))
    if analysis.embedding:
        db.execute(
            "INSERT INTO vector VALUES (?, ?, ?)",
            (track, analysis.measured["embedding"], analysis.embedding.vector),
        )
    if analysis.hamms:
        values = [getattr(analysis.hamms, name) for name in DIMENSIONS]
        db.execute(
            f"INSERT INTO hamms VALUES (?, ?, {', '.join('?' * len(values))})",
            (track, analysis.measured["hamms"], *values),
        )


def label(db: apsw.Connection, track: TrackId, tags: Tags) -> None:
    """Follow what the tags call it, each label once however it is spelled."""
    found = {
        (kind, order(name)): name
        for kind, names in (("genre", tags.genres), ("mood", tags.moods))
        for name in reversed(names)
        if order(name)
    }
    kept = {
        (kind, folded): name
        for kind, folded, name in db.execute(
            "SELECT kind, folded, label FROM label WHERE track = ?", (track,)
        )
    }
    if found == kept:
        return
    db.execute("DELETE FROM label WHERE track = ?", (track,))
    db.executemany(
        "INSERT INTO label VALUES (?, ?, ?, ?)",
        ((track, kind, folded, name) for (kind, folded), name in found.items()),
    )
