"""`similar`: what sounds alike, and why."""

from __future__ import annotations

import os
from typing import Any

from tracker.errors import NotFound
from tracker.model import Alike, Track
from tracker.rpc.call import Caller
from tui.console import Table
from tui.verbs import Context, Parser, names, natural
from tui.verbs.tracks import brief, named

LIMIT = 20
COLUMNS = ("distance", "id", "artist", "title", "bpm", "key", "energy", "why")

EXAMPLES = """\
examples:
  tracker similar 17
  tracker similar ~/Music/a.flac --limit 50
  tracker similar 17 18 19 --json    what is like these three together
"""


def arguments(verb: str, parser: Parser) -> None:
    parser.epilog = EXAMPLES
    parser.add_argument(
        "tracks", nargs="+", metavar="TRACK", help="id, path or query; - reads them from stdin"
    )
    parser.add_argument("--limit", type=natural, default=LIMIT, metavar="N", help=f"N; {LIMIT}")
    parser.set_defaults(run=similar)


def similar(context: Context) -> int:
    console, options = context.console, context.options
    with context.daemon() as caller:
        asked = [named(caller, os.fsencode(name)) for name in names(options.tracks)]
        ids = tuple(dict.fromkeys(track.id for track in asked))
        found: list[Alike] = caller.call("tracks.similar", ids, limit=options.limit)
        if not found:
            raise NotFound(why_none(asked))
        if console.json:
            for one in found:
                console.record(record(caller, one))
            return 0
    table = Table(console, COLUMNS, right="distance id bpm key energy", elastic="why artist title")
    table.add(cells(one) for one in found)
    return 0


def why_none(asked: list[Track]) -> str:
    """There may be no sound in it, no other track, or nobody has measured it yet."""
    if any("embedding" in track.versions for track in asked):
        return "nothing sounds alike: there is no other track, or no sound in this one"
    return "its sound is not measured yet; `tracker wait` waits for it"


def cells(one: Alike) -> list[Any]:
    track = one.track
    return [
        f"{one.distance:.3f}",
        track.id,
        track.artist,
        track.title or track.name,
        None if track.bpm is None else f"{track.bpm:.1f}",
        track.key,
        track.energy,
        ", ".join(one.reasons),
    ]


def record(caller: Caller, one: Alike) -> dict[str, Any]:
    """The track as `search` prints it, and what it has in common with those asked about."""
    track: Track = caller.call("tracks.get", one.track.id)
    known = {
        "to": one.to,
        "likeness": one.likeness,
        "distance": round(one.distance, 4),
        "sound_percentile": one.percentile,
        "reasons": one.reasons,
        "key_move": one.key_move,
        "pitch_percent": one.pitch_percent,
    }
    return brief(track) | {name: value for name, value in known.items() if value is not None}
