"""Whether a file holds the bytes that its own header tells of."""

from __future__ import annotations

import os
from typing import BinaryIO, Literal

ByteOrder = Literal["little", "big"]

FORMS: dict[bytes, tuple[ByteOrder, bytes]] = {
    b"RIFF": ("little", b"data"),
    b"RIFX": ("big", b"data"),
    b"FORM": ("big", b"SSND"),
}
CHUNKS = 1_000
"""Looked at before we give up."""
UNKNOWN = 256
"""A program that writes to a pipe says 2 or 4 GiB, or a little less, and means that it cannot tell."""
PAGE = 27 + 255 + 255 * 255
"""Bytes of the longest Ogg page."""
HEAD = 27 + 255 + 19
"""Bytes within which an Ogg file tells what is in it."""
LAST = 0x04
"""The flag of the page that ends an Ogg stream."""


def present(file: BinaryIO) -> float:
    """The share of the stated bytes of sound that is there: below 1 in a truncated WAV or AIFF."""
    file.seek(0)
    form = FORMS.get(file.read(12)[:4])
    if not form:
        return 1.0
    order, wanted = form
    length = file.seek(0, os.SEEK_END)
    place = 12
    for _ in range(CHUNKS):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            break
        size = int.from_bytes(head[4:], order)
        if head[:4] == wanted:
            told = size and not any(
                limit - UNKNOWN <= size <= limit for limit in (1 << 31, 1 << 32)
            )
            return min(1.0, (length - place - 8) / size) if told else 1.0
        place += 8 + size + size % 2
    return 1.0


def breaks_off(file: BinaryIO) -> bool:
    """Whether it is Ogg and the page that ends it is missing, or not all there."""
    file.seek(0)
    if file.read(4) != b"OggS":
        return False
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - 2 * PAGE))
    tail = file.read(2 * PAGE)
    page = tail[tail.rfind(b"OggS\0") :]
    if len(page) < 27 or not page[5] & LAST:
        return True
    lengths = page[27 : 27 + page[26]]
    return len(lengths) < page[26] or len(page) < 27 + len(lengths) + sum(lengths)


def is_plain_opus(head: bytes) -> bool:
    """Whether it is Ogg with Opus of one or two channels; decoders order more of them differently."""
    if head[:4] != b"OggS" or len(head) < 28:
        return False
    packet = head[27 + head[26] :]
    return packet[:8] == b"OpusHead" and packet[9:10] in (b"\1", b"\2")
