"""Tags that are names with values: Vorbis comments, APE, MP4, ASF."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable
from typing import Any

from mutagen import MutagenError
from mutagen.apev2 import BINARY
from mutagen.flac import Picture

from tracker.files.tags import fields
from tracker.files.tags.found import Found, plain

_FRONT = 3
_PICTURE = 32 << 20
_MP4 = {
    "\xa9nam": "title",
    "\xa9ART": "artist",
    "aART": "albumartist",
    "\xa9alb": "album",
    "\xa9gen": "genre",
    "\xa9day": "date",
    "\xa9cmt": "comment",
    "\xa9pub": "publisher",
    "\xa9key": "key",
    "tmpo": "tmpo",
}


def vorbis(tags: Any, found: Found) -> None:
    """FLAC's own pictures come with the file, not with the comment."""
    for name in tags.keys():  # noqa: SIM118 - a list of pairs that looks like a dict
        values = tags[name]
        match name:
            case "metadata_block_picture":
                for value in values:
                    _block_picture(value, found)
            case "coverart":
                for value in values:
                    found.cover(_base64(value), front=True)
            case _:
                _named(name, values, found)


def flac_picture(picture: Picture, found: Found) -> None:
    found.cover(picture.data, front=picture.type == _FRONT)


def ape(tags: Any, found: Found) -> None:
    for name, value in tags.items():
        if value.kind == BINARY:
            found.raw(name)
            if name.casefold().startswith("cover art"):  # a file name, NUL, the image
                _, _, image = bytes(value.value).partition(b"\0")
                found.cover(image, front="front" in name.casefold())
        else:
            _named(name, list(value), found)


def mp4(tags: Any, found: Found) -> None:
    for name, values in tags.items():
        match name:
            case "trkn" | "disk":
                pairs = ("/".join(map(str, pair)) for pair in values)
                found.text("tracknumber" if name == "trkn" else "discnumber", pairs)
            case "covr":
                for index, image in enumerate(values):
                    found.cover(bytes(image), front=index == 0)
            case "rate":
                found.rate(next(filter(None, map(_mp4_rating, _decoded(values))), None))
            case _ if name.startswith("----:"):
                found.raw(name)
                _named(name.split(":", 2)[-1], _decoded(values), found)
            case _ if name in _MP4:
                found.text(_MP4[name], values)


def asf(tags: Any, found: Found) -> None:
    for name in tags.keys():  # noqa: SIM118 - a list of pairs that looks like a dict
        values = [attribute.value for attribute in tags[name]]
        match name.casefold().removeprefix("wm/"):
            case "picture":
                for value in values:
                    _asf_picture(value, found)
            case "shareduserrating":
                numbers = (int(value) for value in values if str(value).isdecimal())
                found.rate(next(filter(None, map(fields.from_windows, numbers)), None))
            case bare:
                _named(bare, values, found)


def _named(name: str, values: Iterable[object], found: Found) -> None:
    """One name with its values, ratings under their many names included."""
    found.raw(name)
    texts = [str(value)[:20_000] for value in values if not isinstance(value, bytes)][:64]
    folded = plain(name)
    if folded == "fmpsrating" or folded.startswith("rating:"):
        found.rate(next(filter(None, map(fields.from_share, texts)), None))
    elif folded in ("rating", "ratingwmp"):
        found.rate(next(filter(None, map(fields.from_text, texts)), None))
    else:
        found.text(name, texts)


def _decoded(values: Iterable[object]) -> list[str]:
    return [
        bytes(value[:20_000]).decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        for value in list(values)[:64]
    ]


def _mp4_rating(text: str) -> int | None:
    """0 to 100 in steps of 20."""
    return fields.from_share(str(int(text) / 100)) if text.isdecimal() and len(text) < 4 else None


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text[:_PICTURE])
    except (binascii.Error, ValueError):
        return b""


def _block_picture(value: str, found: Found) -> None:
    try:
        flac_picture(Picture(_base64(value)), found)
    except (MutagenError, struct.error):
        return  # one bad picture is no reason to lose the tags


def _asf_picture(value: object, found: Found) -> None:
    """A type, a length, two names in UTF-16 that end in NUL, the image."""
    data = bytes(value) if isinstance(value, bytes | bytearray) else b""
    place = 5
    for _ in range(2):
        while place + 2 <= len(data) and data[place : place + 2] != b"\0\0":
            place += 2
        place += 2
    found.cover(data[place:], front=data[:1] == bytes((_FRONT,)))
