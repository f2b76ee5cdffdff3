"""Ogg by packets, not by pages: a longer comment moves and renumbers every page behind it.

A packet's bytes and its lacing values are the same however it is cut into pages, so both are hashed
as they come. Of the headers all count but the comments. Several streams side by side and one behind
the other are hashed apart and joined in the order of their beginnings. RFC 3533; Vorbis I §4.2,
RFC 7845 §5, RFC 9639 §10.1, Speex manual §8.
"""

from __future__ import annotations

import hashlib

from tracker.files.identity.tape import Nonsense, Rule, Sink, Source, Tape

_BESIDE = 64
"""More streams than this side by side are nonsense."""
_STREAMINFO = slice(17, 51)
"""Within the first packet of FLAC: after its own head, "fLaC" and the block's."""
_HEADERS = {b"\x01vorbis": 3, b"OpusHead": 2, b"Speex   ": 2, b"\x7fFLAC": 1}
"""Packets before the first audio; the second of them is the comment."""


def recognise(source: Source, start: int, end: int) -> Rule | None:
    """Raises Nonsense."""
    return Ogg(start, end) if source.upto(start, 4) == b"OggS" else None


class Ogg:
    name = "ogg"
    parameters = b""

    def __init__(self, start: int, end: int) -> None:
        self._start = start
        self._end = end

    def absorb(self, tape: Tape, essence: Sink) -> int:
        tape.skip(self._start)
        link: dict[bytes, _Stream | None] = {}
        begun, audio, payload = False, False, 0
        while tape.position < self._end and (head := tape.take(27)):
            lacing = tape.take(head[26]) if len(head) == 27 else b""
            if head[:4] != b"OggS"[: len(head)]:
                raise Nonsense
            if len(head) < 27 or len(lacing) < head[26]:
                break  # cut off
            serial = head[14:18]
            if head[5] & 2:  # a stream begins; after others have gone on, a new link of the chain
                if begun:
                    payload += _joined(link, essence)
                    link, begun = {}, False
                link[serial] = _begun(tape, lacing)
                audio = audio or link[serial] is not None
                if len(link) > _BESIDE:
                    raise Nonsense
            else:
                begun = True
                if stream := link.get(serial):
                    stream.page(tape, lacing, head[6:14])
                else:
                    tape.skip(sum(lacing))
        if not audio:
            raise Nonsense
        return payload + _joined(link, essence)


def _joined(link: dict[bytes, _Stream | None], essence: Sink) -> int:
    streams = [stream for stream in link.values() if stream]
    for stream in streams:
        essence.update(stream.digest())
    return sum(stream.payload for stream in streams)


def _begun(tape: Tape, lacing: bytes) -> _Stream | None:
    """A stream by its first packet, which has a page to itself; None where it is no audio."""
    packet = tape.take(sum(lacing))
    for magic, headers in _HEADERS.items():
        if packet.startswith(magic):
            if magic == b"\x7fFLAC":
                return _Stream(packet[_STREAMINFO], headers, flac=True)
            return _Stream(packet, headers)
    return None


class _Stream:
    """One logical stream."""

    def __init__(self, head: bytes, headers: int, *, flac: bool = False) -> None:
        self.payload = 0
        self._contents = hashlib.sha256(head)
        self._lacing = hashlib.sha256()
        self._headers = headers
        self._flac = flac
        self._packet = 1
        self._fresh = True
        """The next byte begins a packet."""
        self._kept = False
        self._end = b""

    def digest(self) -> bytes:
        """The last position says how much of the last packet is heard."""
        return hashlib.sha256(self._contents.digest() + self._lacing.digest() + self._end).digest()

    def page(self, tape: Tape, lacing: bytes, granule: bytes) -> None:
        if granule != b"\xff" * 8:
            self._end = granule
        if self._packet < self._headers or not self._fresh or self._flac:
            self._cautiously(tape.take(sum(lacing)), lacing)
        else:
            self._lacing.update(lacing)
            self.payload += tape.feed(self._contents, sum(lacing))

    def _cautiously(self, body: bytes, lacing: bytes) -> None:
        """A page that may hold headers, packet by packet."""
        place = start = 0
        length = 0
        for index, value in enumerate(lacing):
            length += value
            if value < 255 or index == len(lacing) - 1:
                self._piece(body[place : place + length], lacing[start : index + 1])
                self._fresh = value < 255
                self._packet += self._fresh
                place, start, length = place + length, index + 1, 0

    def _piece(self, data: bytes, lacing: bytes) -> None:
        """A packet, or as much of it as one page holds."""
        if self._fresh and self._flac:
            self._kept = data[:1] == b"\xff"  # a frame; all else is metadata
        elif self._fresh:
            self._kept = self._packet != 1
        if self._kept:
            self._lacing.update(lacing)
            self._contents.update(data)
            if self._flac or self._packet >= self._headers:
                self.payload += len(data)
