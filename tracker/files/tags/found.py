"""What a tag holds, under names that all formats share."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MOST = 64
_LONGEST = 4096
_BETWEEN = re.compile(r"[\s_\-.#]+")
_PROGRAMS = {
    "serato": re.compile(r"serato"),
    "traktor": re.compile(r"traktor|native-?instruments"),
    "rekordbox": re.compile(r"rekordbox|pioneerdj"),
    "mixed in key": re.compile(r"mixed ?in ?key|^(energylevel|cuepoints|beatgrid)$"),
    "virtualdj": re.compile(r"virtual ?dj"),
    "engine dj": re.compile(r"engine ?(dj|prime|library)"),
    "djay": re.compile(r"djay|algoriddim"),
    "mixxx": re.compile(r"mixxx"),
}


class Found:
    """A collector: texts by name, a cover, a rating, and the programs that left blocks."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.covers: list[tuple[bool, bytes]] = []
        """Whether it is the front, and the image."""
        self.stars: list[int] = []
        self.programs: set[str] = set()

    def text(self, name: str, values: Iterable[object]) -> None:
        """Keep *values* under *name*, in whatever spelling a format has it."""
        kept = self.texts.setdefault(plain(name), [])
        for value in values:
            # what a NUL ends may be a value of its own: ID3v2.4 in frames of v2.3
            kept.extend(filter(None, map(tidy, str(value)[: 4 * _LONGEST].split("\0"))))
            del kept[_MOST:]

    def raw(self, name: str) -> None:
        """Note whose block this is, when it is the block of a DJ program."""
        name = name[:200].casefold()
        self.programs.update(program for program, sign in _PROGRAMS.items() if sign.search(name))

    def cover(self, image: bytes, *, front: bool) -> None:
        if image:
            self.covers.append((front, image))

    def rate(self, stars: int | None) -> None:
        if stars is not None:
            self.stars.append(stars)


def plain(name: str) -> str:
    """One name for "Album Artist", "ALBUM_ARTIST" and "albumartist"."""
    return _BETWEEN.sub("", name[:200].casefold())


def tidy(text: str) -> str:
    """Trimmed, of bounded length, and fit to be written as UTF-8."""
    text = text.strip(" \t\r\n\v\f\0\ufeff")[:_LONGEST]
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
