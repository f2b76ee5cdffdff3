"""`search` and `show`: tracks."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import Any

import msgspec

from tracker.errors import Busy, NotFound
from tracker.model import Analysis, File, Page, Suggestion, Track
from tracker.report import fields
from tracker.rpc.call import Caller
from tui.console import Table, clock
from tui.verbs import Context, Parser, names, natural
from tui.verbs.sheets import told

PAGE = 200
FIELDS = tuple(field.name for field in msgspec.structs.fields(Track))
COLUMNS = ("id", "artist", "title", "bpm", "key", "energy", "duration", "album", "genre", "year")
RIGHT = "id bpm key energy duration year rating size bitrate samplerate channels loudness"

ON_SHEET = {
    *("files", "sources", "versions", "hamms", "replay_gain", "true_peak", "bpm_alternatives"),
    *("bpm_confidence", "bpm_why", "key_confidence", "key_alternatives"),
}
"""Fields that the table leaves out: the sheet says them better."""
VOTERS = 5
"""Neighbours that are named."""

EXAMPLES = {
    "search": """\
examples:
  tracker search aphex -remix
  tracker search '"selected ambient"' --sort key,-bpm
  tracker search --limit 20 --sort -added
  tracker search house --json --fields id,path,bpm
""",
    "show": """\
examples:
  tracker show 17
  tracker show ~/Music/a.flac --json
  tracker search house --json --fields id | jq .id | tracker show --json -
""",
}


def arguments(verb: str, parser: Parser) -> None:
    parser.epilog = EXAMPLES[verb]
    if verb == "show":
        parser.add_argument(
            "tracks", nargs="+", metavar="TRACK", help="id, path or query; - reads them from stdin"
        )
        parser.set_defaults(run=show)
        return
    parser.dashes = True
    parser.add_argument("query", nargs="*", metavar="QUERY", help="words; all tracks where none")
    parser.add_argument("--sort", default="", metavar="FIELD[,-FIELD]", help='"-" reverses')
    parser.add_argument("--limit", type=natural, metavar="N", help="at most N tracks")
    parser.add_argument("--offset", type=natural, default=0, metavar="N", help="leave out N")
    parser.add_argument("--fields", type=_fields, metavar="a,b", help="only these fields")
    parser.set_defaults(run=search)


def _fields(text: str) -> tuple[str, ...]:
    wanted = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in wanted:
        if name not in FIELDS:
            import difflib

            near = difflib.get_close_matches(name, FIELDS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(FIELDS)}"
            raise argparse.ArgumentTypeError(f"there is no field {name!r}; {hint}")
    return wanted


def search(context: Context) -> int:
    options, console = context.options, context.console
    query = os.fsencode(" ".join(options.query)).decode("utf-8", "replace")
    columns = options.fields or COLUMNS
    table = Table(console, columns, right=RIGHT, elastic="path album genre title artist")
    found = 0
    with context.daemon() as caller:
        for tracks in _pages(caller, query, options):
            found += len(tracks)
            if console.json:
                for track in tracks:
                    console.record(brief(track, options.fields))
            else:
                table.add([cell(track, name) for name in columns] for track in tracks)
    if not found:
        raise NotFound("nothing matched; try fewer words")
    return 0


def _pages(caller: Caller, query: str, options: argparse.Namespace) -> Iterator[list[Track]]:
    """The tracks, a page at a time; smaller ones where their tags are so long that one is refused."""
    offset, size = options.offset, PAGE
    end = None if options.limit is None else offset + options.limit
    while end is None or offset < end:
        size = size if end is None else min(size, end - offset)
        try:
            page: Page[Track] = caller.call(
                "tracks.find", query, sort=options.sort, offset=offset, limit=size
            )
        except Busy:
            if size == 1:
                raise
            size = max(1, size // 4)
            continue
        if page.rows:
            yield page.rows
        offset += len(page.rows)
        if offset >= page.total or not page.rows:
            return


def show(context: Context) -> int:
    with context.daemon() as caller:
        for name in names(context.options.tracks):
            track = named(caller, os.fsencode(name))
            heard: Analysis = caller.call("tracks.heard", track.id)
            standing: dict[str, float] = caller.call("tracks.standing", track.id)
            suggested: list[Suggestion] = caller.call("tracks.suggested", track.id)
            if context.console.json:
                context.console.record(whole(track, heard, standing, suggested))
            else:
                _print(context, track, suggested)
                told(context.console, fields(heard), standing)
    return 0


def named(caller: Caller, name: bytes) -> Track:
    """By id, path or query; a path also as the folder that a link leads to."""
    tries = [name]
    if b"/" in name or (os.path.lexists(name) and not name.isdigit()):
        tries = list(dict.fromkeys([os.path.abspath(name), os.path.realpath(name)]))
    for one in tries[:-1]:
        try:
            return _track(caller, one)
        except NotFound:
            continue
    return _track(caller, tries[-1])


def _track(caller: Caller, name: bytes) -> Track:
    track: Track = caller.call("tracks.named", name)
    return track


def brief(track: Track, fields: tuple[str, ...] | None = None) -> dict[str, Any]:
    """What `search --json` prints: the track, and of its files where they are."""
    known: dict[str, Any] = msgspec.to_builtins(track)
    known["files"] = [_place(file) for file in track.files]
    if fields:
        return {name: known[name] for name in fields if name in known}
    return known


def _place(file: File) -> dict[str, Any]:
    known: dict[str, Any] = msgspec.to_builtins(file)
    return {name: known[name] for name in ("path", "path_raw", "state") if name in known}


def whole(
    track: Track,
    heard: Analysis,
    standing: dict[str, float],
    suggested: list[Suggestion],
) -> dict[str, Any]:
    """What `show --json` prints: the tags of each file, too, and all that was measured.

    Where the two disagree the track's own word holds: it knows of tags and of the user.
    """
    known: dict[str, Any] = fields(heard) | msgspec.to_builtins(track)
    known.setdefault("files", [])
    if standing:
        known["percentiles"] = standing
    if suggested:
        known["suggestions"] = [
            {
                "field": one.field,
                "value": one.value,
                "confidence": one.confidence,
                "why": one.why,
                "voters": [voter.id for voter in one.voters],
            }
            for one in suggested
        ]
    return known


def cell(track: Track, name: str) -> Any:
    """How a field reads in a table."""
    value = getattr(track, name)
    match name, value:
        case _, None:
            return None
        case ("duration", seconds):
            return clock(seconds)
        case (_, float()):
            return f"{value:.2f}" if name.endswith("confidence") else f"{value:.1f}"
        case (("bpm_alternatives" | "key_alternatives"), _):
            return ", ".join(map(str, value))
        case (("sources" | "versions"), _):
            return ", ".join(f"{key}: {one}" for key, one in value.items())
        case ("files", _):
            return ", ".join(file.path for file in value)
        case ("path_raw", _):
            return repr(value)[2:-1]
    return value


def _print(context: Context, track: Track, suggested: list[Suggestion]) -> None:
    """Field by field, with where a value comes from; what was measured stands on a sheet below."""
    console = context.console
    table = Table(console, ["field", "value", "source"], elastic="value")
    table.add(
        (name.replace("_", " "), text, track.sources.get(name))
        for name in FIELDS
        if name not in ON_SHEET and (text := cell(track, name)) not in (None, "")
    )
    for one in suggested:
        voters = ", ".join(voter.title or voter.name for voter in one.voters[:VOTERS])
        console.say(f"{one.field}: perhaps {one.value}, as {one.why}: {voters}")
    if len(track.files) > 1 or any(file.complaint for file in track.files):
        places = Table(console, ["file", "state", "complaint"], elastic="complaint file")
        places.add((file.path, file.state, file.complaint) for file in track.files)
