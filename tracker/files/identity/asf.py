"""WMA: the packets of the data object. Advanced Systems Format specification §3 and §5."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from tracker.files.identity.tape import Nonsense, Rule, Source, Spans

_HEADER = UUID("75B22630-668E-11CF-A6D9-00AA0062CE6C").bytes_le
_DATA = UUID("75B22636-668E-11CF-A6D9-00AA0062CE6C").bytes_le
_STREAM = UUID("B7DC0791-A9B7-11CF-8EE6-00C00C205365").bytes_le
_AUDIO = UUID("F8699E40-5B4D-11CF-A8FD-00805F5C442B").bytes_le
_OBJECTS = 10_000
_PROPERTIES = 1 << 16
_DATA_HEAD = 26
"""File id, number of packets, reserved: before the packets."""


class _Object(NamedTuple):
    kind: bytes
    start: int
    """Of the payload."""
    end: int


def recognise(source: Source, start: int, end: int) -> Rule | None:
    """Raises Nonsense."""
    if source.upto(start, 16) != _HEADER:
        return None
    parameters = b""
    for thing in _objects(source, start, end):
        if thing.kind == _HEADER:
            parameters = _streams(source, thing)
        elif thing.kind == _DATA:
            packets = min(thing.start + _DATA_HEAD, thing.end)
            return Spans("asf", parameters, ((packets, thing.end),))
    raise Nonsense


def _objects(source: Source, start: int, end: int) -> Iterator[_Object]:
    for _ in range(_OBJECTS):
        head = source.upto(start, 24)
        if start >= end or len(head) < 24:
            return
        length = int.from_bytes(head[16:], "little")
        if head[:16] == _DATA and length == 0:  # a broadcast has no length
            length = end - start
        if length < 24:
            return
        yield _Object(head[:16], start + 24, min(start + length, end))
        start += length
    raise Nonsense


def _streams(source: Source, header: _Object) -> bytes:
    """What the audio streams' properties say of their codec."""
    found = []
    for thing in _objects(source, header.start + 6, header.end):
        if thing.kind == _STREAM:
            data = source.upto(thing.start, min(thing.end - thing.start, _PROPERTIES))
            if data[:16] == _AUDIO:
                found.append(data[54 : 54 + int.from_bytes(data[40:44], "little")])
    return b"".join(found)
