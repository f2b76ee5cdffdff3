"""Matroska and WebM: the blocks of the audio tracks. RFC 8794 (EBML), RFC 9559.

Masters are entered without minding where they end, so that unknown sizes need no care.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from tracker.files.identity.tape import Nonsense, Rule, Sink, Source, Tape

_EBML, _SEGMENT, _CLUSTER, _GROUP = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0xA0
_ENTERED = frozenset((_SEGMENT, _CLUSTER, _GROUP))
_SIMPLE_BLOCK, _BLOCK = 0xA3, 0xA1
_TRACKS, _TRACK = 0x1654AE6B, 0xAE
_NUMBER, _TYPE, _CODEC, _PRIVATE, _AUDIO = 0xD7, 0x83, 0x86, 0x63A2, 0xE1
_RATE, _CHANNELS = 0xB5, 0x9F
_SOUND = 2
_TRACKS_SIZE = 4 << 20


def recognise(source: Source, start: int, end: int) -> Rule | None:
    """Raises Nonsense."""
    return Matroska(start, end) if source.upto(start, 4) == b"\x1a\x45\xdf\xa3" else None


class Matroska:
    name = "matroska"
    parameters = b""

    def __init__(self, start: int, end: int) -> None:
        self._start = start
        self._end = end

    def absorb(self, tape: Tape, essence: Sink) -> int:
        tape.skip(self._start)
        tracks: dict[int, _Track] = {}
        known = False
        while tape.position < self._end and (element := _element(tape)):
            name, size = element
            if name == _TRACKS and size is not None and size <= _TRACKS_SIZE:
                tracks.update(_tracks(tape.take(size)))
                known = True
            elif name in (_SIMPLE_BLOCK, _BLOCK) and size is not None:
                if not known:
                    raise Nonsense  # nothing says yet which of them are sound
                _block(tape, tracks, size)
            elif name not in _ENTERED:
                if size is None:
                    raise Nonsense
                tape.skip(size)
        if not tracks:
            raise Nonsense
        for track in tracks.values():
            essence.update(track.digest())
        return sum(track.payload for track in tracks.values())


class _Track:
    def __init__(self, parameters: bytes) -> None:
        self._contents = hashlib.sha256(parameters)
        self.payload = 0

    def block(self, tape: Tape, head: bytes, size: int) -> None:
        """How frames share a block is in the flags; the length keeps blocks apart."""
        self._contents.update(bytes((head[2] & 0x06,)) + size.to_bytes(8, "big"))
        self.payload += tape.feed(self._contents, size)

    def digest(self) -> bytes:
        return self._contents.digest()


def _block(tape: Tape, tracks: dict[int, _Track], size: int) -> None:
    before = tape.position
    number = _number(tape)
    head = tape.take(3)  # time code, flags
    left = size - (tape.position - before)
    track = tracks.get(number) if number is not None else None
    if left < 0 or len(head) < 3:
        return
    if track is None:
        tape.skip(left)
    else:
        track.block(tape, head, left)


def _element(tape: Tape) -> tuple[int, int | None] | None:
    """The next element's id and size, None for an unknown size; None at the end."""
    first = tape.take(1)
    if not first:
        return None
    length = 9 - first[0].bit_length()
    if length > 4:
        raise Nonsense
    name = int.from_bytes(first + tape.take(length - 1), "big")
    head = tape.take(1)
    if not head:
        return None
    length = 9 - head[0].bit_length()
    if length > 8:
        raise Nonsense
    size = int.from_bytes(head + tape.take(length - 1), "big") ^ 1 << 7 * length
    return name, None if size == (1 << 7 * length) - 1 else size


def _number(tape: Tape) -> int | None:
    head = tape.take(1)
    length = 9 - head[0].bit_length() if head else 9
    if length > 8:
        return None
    return int.from_bytes(head + tape.take(length - 1), "big") ^ 1 << 7 * length


class _Element(NamedTuple):
    name: int
    data: bytes

    @property
    def number(self) -> int:
        return int.from_bytes(self.data[:8], "big")


def _elements(data: bytes) -> Iterator[_Element]:
    """What a master that is in memory holds."""
    place = 0
    while place < len(data):
        length = 9 - data[place].bit_length()
        name = int.from_bytes(data[place : place + length], "big")
        place += length
        if length > 4 or place >= len(data):
            return
        length = 9 - data[place].bit_length()
        if length > 8:
            return
        size = int.from_bytes(data[place : place + length], "big") ^ 1 << 7 * length
        place += length
        yield _Element(name, data[place : place + size])
        place += size


def _tracks(data: bytes) -> dict[int, _Track]:
    """The audio tracks, by number."""
    found = {}
    for entry in _elements(data):
        if entry.name == _TRACK:
            fields = {field.name: field for field in _elements(entry.data)}
            if _NUMBER in fields and _TYPE in fields and fields[_TYPE].number == _SOUND:
                found[fields[_NUMBER].number] = _Track(_parameters(fields))
    return found


def _parameters(fields: dict[int, _Element]) -> bytes:
    codec = fields[_CODEC].data if _CODEC in fields else b""
    private = _without_comments(codec, fields[_PRIVATE].data) if _PRIVATE in fields else b""
    audio = _elements(fields[_AUDIO].data) if _AUDIO in fields else ()
    sound = b"".join(part.data for part in audio if part.name in (_RATE, _CHANNELS))
    return b"\0".join((codec, sound, private))


def _without_comments(codec: bytes, private: bytes) -> bytes:
    """Vorbis and FLAC bring their comments with their configuration."""
    if codec == b"A_FLAC":
        return private[8:42]  # "fLaC", a block's head, STREAMINFO
    if codec == b"A_VORBIS" and private[:1] == b"\x02":
        identification, place = _laced(private, 1)
        comment, place = _laced(private, place)
        return private[place : place + identification] + private[place + identification + comment :]
    return private


def _laced(data: bytes, place: int) -> tuple[int, int]:
    """A length in Xiph's lacing, and where it ends."""
    length = 0
    while place < len(data):
        length += data[place]
        place += 1
        if data[place - 1] < 255:
            break
    return length, place
