"""From found texts to Tags: which name counts for which field, and what its value means."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from tracker.files.tags.found import Found
from tracker.mixing import harmony
from tracker.model import Bpm, Tags

_NAMES = {
    "title": ("title",),
    "artists": ("artists", "artist", "author"),
    "album": ("album", "albumtitle"),
    "album_artist": ("albumartist", "albumartists", "band"),
    "genres": ("genre", "genres"),
    "moods": ("mood", "moods"),
    "year": ("date", "year", "datereleased", "releasedate", "originaldate", "originalyear"),
    "track": ("tracknumber", "track", "partnumber"),
    "tracks": ("tracktotal", "totaltracks", "totalparts"),
    "disc": ("discnumber", "disc", "partofset", "disk"),
    "discs": ("disctotal", "totaldiscs"),
    "label": ("label", "publisher", "organization", "organisation", "recordlabel", "labelname"),
    "catalogue_number": (
        *("catalognumber", "cataloguenumber", "catalogid", "catalogno", "catalognr", "catalog"),
        *("labelno", "catalogue", "discogscatalog"),
    ),
    "isrc": ("isrc",),
    "remixer": ("remixer", "mixartist", "remixedby", "modifiedby"),
    "comment": ("comment", "comments", "description"),
    "bpm": ("bpm", "tmpo", "beatsperminute", "fbpm", "tempo"),
    "key": ("initialkey", "key", "keystart", "musicalkey"),
}
"""In the order in which they are believed."""
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_COMPACT_DATE = re.compile(r"(1[89]\d\d|20\d\d)(0[1-9]|1[0-2])[0-3]\d(\D|$)")
_OF = re.compile(r"(\d{1,5})(?:\s*(?:/|of)\s*(\d{1,5}))?\b", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,9})?", re.ASCII)
_TWO_KEYS = re.compile(r"\s*[/,;|()\[\]]\s*|\s+-\s+")
_LOUDNESS = re.compile(r"\s*(?:[0-9A-Fa-f]{8}\s*){4,}")
"""What iTunes writes where people write comments."""


def tags(found: Found) -> Tags:
    track, tracks = _counted(found, "track", "tracks")
    disc, discs = _counted(found, "disc", "discs")
    key, written = _key(found)
    return Tags(
        title=_first(found, "title"),
        artists=_all(found, "artists"),
        album=_first(found, "album"),
        album_artist=", ".join(_all(found, "album_artist")) or None,
        genres=tuple(dict.fromkeys(_several(found, "genres"))),
        moods=tuple(dict.fromkeys(_several(found, "moods"))),
        year=next(filter(None, map(year, _each(found, "year"))), None),
        track=track,
        tracks=tracks,
        disc=disc,
        discs=discs,
        label=_first(found, "label"),
        catalogue_number=_first(found, "catalogue_number"),
        isrc=_first(found, "isrc"),
        remixer=", ".join(_all(found, "remixer")) or None,
        comment=next((c for c in _each(found, "comment") if not _LOUDNESS.fullmatch(c)), None),
        rating=next(iter(found.stars), None),
        bpm=_bpm(found),
        key=key,
        key_written=written,
        cover=_cover(found),
        dj=tuple(sorted(found.programs)),
    )


def _each(found: Found, field: str) -> Iterator[str]:
    for name in _NAMES[field]:
        yield from found.texts.get(name, ())


def _first(found: Found, field: str) -> str | None:
    return next(_each(found, field), None)


def _all(found: Found, field: str) -> tuple[str, ...]:
    """The values under the first name that has any."""
    values = (found.texts.get(name) for name in _NAMES[field])
    return tuple(dict.fromkeys(next(filter(None, values), ())))


def _several(found: Found, field: str) -> Iterator[str]:
    """The values, also where several are written as one."""
    for value in _all(found, field):
        yield from filter(None, map(str.strip, value.split(";")))


def year(text: str) -> int | None:
    """The year in a date of any form; of several the first."""
    if match := _COMPACT_DATE.match(text) or _YEAR.search(text):
        return int(match[1])
    return None


def of(text: str) -> tuple[int | None, int | None]:
    """The third of twelve is written "3/12"; a zero is no number."""
    match = _OF.match(text)
    if not match:
        return None, None
    return int(match[1]) or None, int(match[2] or 0) or None


def _counted(found: Found, one: str, all_: str) -> tuple[int | None, int | None]:
    number, total = next((pair for pair in map(of, _each(found, one)) if any(pair)), (None, None))
    given = next(filter(None, (of(text)[0] for text in _each(found, all_))), None)
    return number, given or total


def bpm(text: str) -> float | None:
    """Beats a minute, where it can be true of music."""
    match = _NUMBER.match(text)
    value = float(match[0].replace(",", ".")) if match else 0
    return value if 20 <= value <= 999 else None


def _bpm(found: Found) -> Bpm | None:
    """The first that makes sense, or one with a fraction that rounds to it."""
    values = [value for value in map(bpm, _each(found, "bpm")) if value is not None]
    if not values:
        return None
    finer = (v for v in values if v != round(v) and abs(v - values[0]) < 1)
    return Bpm(values[0] if values[0] != round(values[0]) else next(finer, values[0]))


def _key(found: Found) -> tuple[str | None, str | None]:
    """Camelot, and as it is written; the first that can be understood."""
    written = list(_each(found, "key"))
    for text in written:
        if key := camelot(text):
            return key, text
    return None, next(iter(written), None)


def camelot(text: str) -> str | None:
    """The key *text* begins with: "8A - 7", "Am, Em" and "4A (Fm)" are common."""
    text = text[:100]
    return harmony.parse(text) or next(
        (key for part in _TWO_KEYS.split(text) if (key := harmony.parse(part))), None
    )


def _cover(found: Found) -> bytes | None:
    fronts = sorted(found.covers, key=lambda cover: not cover[0])
    return hashlib.sha256(fronts[0][1]).digest()[:16] if fronts else None


# Ratings: every program has its scale


def from_popularimeter(rating: int) -> int | None:
    """ID3's byte. Steps of 51 are Traktor's, Picard's and Quod Libet's; the others follow Windows."""
    if rating in (51, 102, 153, 204):
        return rating // 51
    return _step(rating, (1, 32, 96, 160, 224))


def from_windows(rating: int) -> int | None:
    """WM/SharedUserRating: 1, 25, 50, 75, 99."""
    return _step(rating, (1, 13, 38, 63, 87))


def from_text(text: str) -> int | None:
    """A number on a scale to 5, 10, 100 or 255, whichever it fits; stars drawn as stars."""
    if stars := text.count("★"):
        return min(stars, 5)
    match = _NUMBER.fullmatch(text.strip())
    value = float(match[0].replace(",", ".")) if match else 0
    if value <= 5:
        return round(value + 0.001) or None
    if value <= 10:
        return round(value / 2 + 0.001)
    if value <= 100:
        return max(round(value / 20 + 0.001), 1)
    return from_popularimeter(int(value)) if value <= 255 else None


def from_share(text: str) -> int | None:
    """FMPS_Rating and Quod Libet's: 0.0 to 1.0."""
    match = _NUMBER.fullmatch(text.strip())
    value = float(match[0].replace(",", ".")) if match else 0
    return round(value * 5 + 0.001) or None if value <= 1 else None


def _step(rating: int, steps: tuple[int, ...]) -> int | None:
    """How many *steps* are reached; none is not rated."""
    return sum(rating >= step for step in steps) or None
