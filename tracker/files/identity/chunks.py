"""Containers of named chunks: WAV and its 64-bit kin, AIFF, CAF, DSF, DFF.

EBU Tech 3306 (RF64), Sony Wave64, Apple AIFF-C and CAF, Sony DSF and DSDIFF 1.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from tracker.files.identity.tape import Nonsense, Rule, Source, Spans

_CHUNKS = 10_000
_HEADER = 1 << 16
_W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
"""What Wave64's identifiers end in; they begin with the RIFF name."""
_W64_RIFF = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")


class _Chunk(NamedTuple):
    name: bytes
    start: int
    end: int


class _Layout(NamedTuple):
    """How the chunks of one container are written."""

    name: int
    size: int
    """Bytes of name and size."""
    order: Literal["little", "big"] = "little"
    align: int = 2
    whole: bool = False
    """The size counts the chunk's head too."""


_RIFF = _Layout(4, 4)
_IFF = _Layout(4, 4, "big")
_W64 = _Layout(16, 8, align=8, whole=True)
_CAF = _Layout(4, 8, "big", align=1)
_DSF = _Layout(4, 8, align=1, whole=True)
_DFF = _Layout(4, 8, "big")


def recognise(source: Source, start: int, end: int) -> Rule | None:
    """Raises Nonsense."""
    head = source.upto(start, 40)
    match head[:4], head[8:12]:
        case ((b"RIFF" | b"RF64" | b"BW64"), b"WAVE"):
            return _wave(source, start, end, _RIFF, 12)
        case b"FORM", (b"AIFF" | b"AIFC"):
            return _aiff(source, start, end)
        case b"caff", _:
            return _caf(source, start, end)
        case b"DSD ", _:
            return _dsf(source, start, end)
        case b"FRM8", _ if head[12:16] == b"DSD ":
            return _dff(source, start, end)
    if head[:16] == _W64_RIFF and head[24:28] == b"wave":
        return _wave(source, start, end, _W64, 40)
    return None


def _chunks(source: Source, start: int, end: int, layout: _Layout) -> Iterator[_Chunk]:
    """The chunks from *start*, the last one cut where the file is; stops at what is no chunk."""
    head = layout.name + layout.size
    for _ in range(_CHUNKS):
        data = source.upto(start, head)
        if start >= end or len(data) < head or not data[:4].isascii():
            return
        length = int.from_bytes(data[layout.name :], layout.order)
        length -= head if layout.whole else 0
        if length < 0:
            return
        yield _Chunk(data[: layout.name], start + head, min(start + head + length, end))
        start += head + length + -length % layout.align
    raise Nonsense


def _wave(source: Source, start: int, end: int, layout: _Layout, head: int) -> Rule:
    """One rule for WAV, RF64 and Wave64: the same format and samples have the same essence."""
    parameters, spans, long = b"", [], None
    for chunk in _chunks(source, start + head, end, layout):
        match chunk.name[:4]:
            case b"ds64":
                long = int.from_bytes(source.at(chunk.start + 8, 8), "little")
            case b"fmt ":
                parameters = source.at(chunk.start, min(chunk.end - chunk.start, _HEADER))
            case b"data":
                spans.append((chunk.start, chunk.end))
                break
    if not parameters or not spans:
        raise Nonsense
    first = spans[0][0]
    if long is not None and source.at(first - 4, 4) == b"\xff\xff\xff\xff":
        spans = [(first, min(first + long, end))]
    elif spans == [(first, first)] and not _followed_by_a_chunk(source, first, end, layout):
        raise Nonsense  # a recorder that died before it wrote the length
    return Spans("wav", _wave_format(parameters), spans)


def _wave_format(fmt: bytes) -> bytes:
    """Of plain PCM the first 16 bytes; what follows there is padding or empty."""
    return fmt[:16] if fmt[:2] == b"\x01\x00" else fmt


def _followed_by_a_chunk(source: Source, place: int, end: int, layout: _Layout) -> bool:
    return place >= end or source.upto(place, 4).replace(b" ", b"").isalnum()


def _aiff(source: Source, start: int, end: int) -> Rule:
    parameters, spans = b"", []
    for chunk in _chunks(source, start + 12, end, _IFF):
        if chunk.name == b"COMM":
            parameters = source.at(chunk.start, min(chunk.end - chunk.start, _HEADER))
        elif chunk.name == b"SSND":  # offset and block size come first
            offset = int.from_bytes(source.at(chunk.start, 4), "big")
            spans.append((min(chunk.start + 8 + offset, chunk.end), chunk.end))
    if not parameters:
        raise Nonsense
    return Spans("aiff", parameters, spans)


def _caf(source: Source, start: int, end: int) -> Rule:
    parameters, spans = b"", []
    for chunk in _chunks(source, start + 8, end, _CAF):
        if chunk.name in (b"desc", b"kuki"):
            parameters += source.at(chunk.start, min(chunk.end - chunk.start, _HEADER))
        elif chunk.name == b"data":  # an edit count comes first; a length of -1 ends at the end
            spans.append((min(chunk.start + 4, chunk.end), chunk.end))
    if not parameters or not spans:
        raise Nonsense
    return Spans("caf", parameters, spans)


def _dsf(source: Source, start: int, end: int) -> Rule:
    parameters, spans = b"", []
    for chunk in _chunks(source, start + 28, end, _DSF):
        if chunk.name == b"fmt ":
            parameters = source.at(chunk.start, min(chunk.end - chunk.start, _HEADER))
        elif chunk.name == b"data":
            spans.append((chunk.start, chunk.end))
            break
    if not parameters or not spans:
        raise Nonsense
    return Spans("dsf", parameters, spans)


def _dff(source: Source, start: int, end: int) -> Rule:
    parameters, spans = b"", []
    for chunk in _chunks(source, start + 16, end, _DFF):
        if chunk.name == b"PROP":
            for part in _chunks(source, chunk.start + 4, chunk.end, _DFF):
                if part.name in (b"FS  ", b"CHNL", b"CMPR"):
                    parameters += source.at(part.start, min(part.end - part.start, _HEADER))
        elif chunk.name in (b"DSD ", b"DST "):
            spans.append((chunk.start, chunk.end))
    if not parameters or not spans:
        raise Nonsense
    return Spans("dff", parameters, spans)
