"""The one read of a file, and the small looks before it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple, Protocol

import xxhash

BLOCK = 1 << 20
_LOOKS = 200_000
_LOOKED = 64 << 20


class Nonsense(Exception):
    """The bytes are not what they promised to be."""


class Sink(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...


class Source:
    """Small looks at a file before it is read; a budget keeps a bad header from costing much."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._looks = _LOOKS
        self._looked = _LOOKED
        self.size = size

    def upto(self, offset: int, count: int) -> bytes:
        """*count* bytes from *offset*, fewer where the file ends. Raises Nonsense."""
        self._looks -= 1
        self._looked -= count
        if offset < 0 or count < 0 or self._looks < 0 or self._looked < 0:
            raise Nonsense
        if offset >= self.size:
            return b""
        self._file.seek(offset)
        return self._file.read(count)

    def at(self, offset: int, count: int) -> bytes:
        """Exactly *count* bytes from *offset*. Raises Nonsense."""
        found = self.upto(offset, count)
        if len(found) < count:
            raise Nonsense
        return found


class Tape:
    """A file read once from front to back; every byte passes the hashes of the whole."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.xxh3 = xxhash.xxh3_128()
        self.sha256 = hashlib.sha256()
        self._file = file
        self._left = size  # a file that grows meanwhile is read again anyway, and may never end
        self._block = memoryview(b"")
        self._place = 0
        self._before = 0

    @property
    def position(self) -> int:
        return self._before + self._place

    def take(self, count: int) -> bytes:
        """The next *count* bytes, fewer at the end; for small counts."""
        end = self._place + count
        if end <= len(self._block):
            found = bytes(self._block[self._place : end])
            self._place = end
            return found
        return b"".join(self._pieces(count))

    def feed(self, sink: Sink, count: int) -> int:
        """Pass the next *count* bytes to *sink*; returns how many there were."""
        fed = 0
        for piece in self._pieces(count):
            sink.update(piece)
            fed += len(piece)
        return fed

    def skip(self, count: int) -> int:
        return sum(map(len, self._pieces(count)))

    def _pieces(self, count: int) -> Iterator[memoryview]:
        while count > 0 and (self._place < len(self._block) or self._more()):
            piece = self._block[self._place : self._place + count]
            self._place += len(piece)
            count -= len(piece)
            yield piece

    def _more(self) -> bool:
        block = self._file.read(min(BLOCK, self._left))
        self.xxh3.update(block)
        self.sha256.update(block)
        self._before += len(self._block)
        self._left -= len(block)
        self._block, self._place = memoryview(block), 0
        return bool(block)


class Rule(Protocol):
    """How the payload of one file is found in it."""

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> bytes:
        """What a decoder must know besides the payload."""
        ...

    def absorb(self, tape: Tape, essence: Sink) -> int:
        """Hash the payload; returns how many bytes of audio it has. Raises Nonsense."""
        ...


class Spans(NamedTuple):
    """A payload that lies in a few long pieces, told by their offsets in the order of the file."""

    name: str
    parameters: bytes
    spans: Iterable[tuple[int, int]]

    def absorb(self, tape: Tape, essence: Sink) -> int:
        payload = 0
        for start, end in self.spans:
            tape.skip(start - tape.position)
            payload += tape.feed(essence, end - start)
        return payload
