"""MP4, M4A, QuickTime: the `mdat` boxes and the audio's sample description. ISO 14496-12."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tracker.files.identity.tape import Nonsense, Rule, Source, Spans

_FIRST = frozenset((b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"))
_BOXES = 100_000
_DESCRIPTION = 1 << 20


class _Box(NamedTuple):
    name: bytes
    start: int
    """Of the payload."""
    end: int


def recognise(source: Source, start: int, end: int) -> Rule | None:
    """Raises Nonsense."""
    if source.upto(start + 4, 4) not in _FIRST:
        return None
    parameters, spans, seen = b"", [], False
    for box in _boxes(source, start, end):
        if box.name == b"mdat":
            spans.append((box.start, box.end))
        elif box.name == b"moov":
            parameters += _descriptions(source, box)
        seen = seen or box.name in (b"moov", b"mdat")
    if not seen:
        raise Nonsense
    return Spans("mp4", parameters, spans)


def _boxes(source: Source, start: int, end: int) -> Iterator[_Box]:
    """The boxes from *start*, the last one cut where the file is; stops at what is no box."""
    for _ in range(_BOXES):
        head = source.upto(start, 16)
        if start >= end or len(head) < 8:
            return
        length, name, body = int.from_bytes(head[:4], "big"), head[4:8], start + 8
        if length == 1 and len(head) == 16:
            length, body = int.from_bytes(head[8:], "big"), start + 16
        elif length == 0:  # to the end of the file
            length = end - start
        if start + length < body or not name.isascii():
            return
        yield _Box(name, min(body, end), min(start + length, end))
        start += length
    raise Nonsense


def _descriptions(source: Source, movie: _Box) -> bytes:
    """What the audio tracks' sample descriptions say of the codec."""
    return b"".join(
        _sample_entry(source, entry)
        for media in _along(source, movie, (b"trak", b"mdia"))
        if _is_audio(source, media)
        for table in _along(source, media, (b"minf", b"stbl", b"stsd"))
        for entry in _boxes(source, table.start + 8, table.end)
    )


def _sample_entry(source: Source, entry: _Box) -> bytes:
    """Codec, channels, rate and the decoder's configuration; bit rates come and go with muxers."""
    fixed = source.at(entry.start, 28)
    more = {1: 16, 2: 36}.get(int.from_bytes(fixed[8:10], "big"), 0)  # QuickTime's versions
    found = entry.name + fixed[16:20] + fixed[24:28]
    for box in _boxes(source, entry.start + 28 + more, entry.end):
        if box.name not in (b"btrt", b"free"):
            data = source.upto(box.start, min(box.end - box.start, _DESCRIPTION))
            found += box.name + (_decoder(data[4:]) if box.name == b"esds" else data)
    return found


def _decoder(descriptor: bytes) -> bytes:
    """The decoder's configuration in an elementary stream's description. ISO 14496-1 §7.2.6."""
    body = _described(descriptor, 3)
    flags = body[2] if len(body) > 2 else 0
    if flags & 0xE0:
        raise Nonsense  # streams that hang on others do not occur in files of music
    configuration = _described(body[3:], 4)
    return configuration[:1] + _described(configuration[13:], 5)


def _described(data: bytes, tag: int) -> bytes:
    """What the descriptor at the beginning of *data* holds."""
    length = 0
    for place, byte in enumerate(data[1:5], 2):
        length = length << 7 | byte & 0x7F
        if byte < 0x80:
            return data[place : place + length] if data[0] == tag else b""
    return b""


def _along(source: Source, parent: _Box, path: tuple[bytes, ...]) -> Iterator[_Box]:
    """The boxes that lie at *path* in *parent*."""
    if not path:
        yield parent
        return
    for box in _boxes(source, parent.start, parent.end):
        if box.name == path[0]:
            yield from _along(source, box, path[1:])


def _is_audio(source: Source, media: _Box) -> bool:
    return any(
        source.upto(box.start + 8, 4) == b"soun" for box in _along(source, media, (b"hdlr",))
    )
