"""Streams of frames with no container around them: MP3 and its elders, AAC in ADTS, AC-3.

The first frame is where several headers agree; junk before it is not audio, whatever wrote it. A
Xing/Info frame holds no sound and is written anew by tools that only copy the rest (`ffmpeg -c copy`);
of it only the encoder's delay and padding count.
ISO 11172-3 §2.4.2.3, ISO 13818-3, ISO 13818-7 §6.2, ATSC A/52 §5, LAME's "mp3 info tag".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tracker.files.identity import fences
from tracker.files.identity.tape import BLOCK, Rule, Source, Spans

_SEARCHED = 2 * BLOCK
_SYNC = re.compile(rb"\xff[\xe2-\xff]|\x0b\x77", re.DOTALL)
_BITRATES = {  # kbit/s by (MPEG-1, layer)
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_AC3_RATES = (
    *(32, 40, 48, 56, 64, 80, 96, 112, 128, 160),
    *(192, 224, 256, 320, 384, 448, 512, 576, 640),
)


class _Frame(NamedTuple):
    name: str
    kind: tuple[int, ...]
    """What stays the same from frame to frame."""
    length: int


def recognise(source: Source, start: int, end: int) -> Rule | None:
    """Raises Nonsense."""
    if fences.only_zeros(source, start, end):
        return Spans(fences.TAGS_ONLY, b"", ()) if start or end < source.size else None
    trimmed = fences.back(source, start, zeros=True)
    for offset in range(start, min(trimmed, start + _SEARCHED), BLOCK):
        block = source.upto(offset, BLOCK + 8)
        for match in _SYNC.finditer(block, 0, BLOCK + 1):
            first = offset + match.start()
            frame = _frame(block[match.start() : match.start() + 8])
            if frame and first < trimmed and _agree(source, first, frame, end, junk=first > start):
                return _stream(source, first, frame, trimmed)
    return None


def _stream(source: Source, first: int, frame: _Frame, end: int) -> Rule:
    gapless = _gapless(source.upto(first, frame.length)) if frame.name == "mp3" else None
    if gapless is None:
        return Spans(frame.name, b"", ((first, end),))
    return Spans(frame.name, gapless.lstrip(b"\0"), ((min(first + frame.length, end), end),))


def _gapless(frame: bytes) -> bytes | None:
    """Delay and padding, 12 bits each, when *frame* is a Xing/Info frame; zero where it lacks them."""
    version_1, mono = frame[1] >> 3 & 3 == 3, frame[3] >> 6 == 3
    side = (17 if mono else 32) if version_1 else (9 if mono else 17)
    place = 4 + side
    if frame[place : place + 4] not in (b"Xing", b"Info"):
        return None
    flags = frame[place + 7 : place + 8] or b"\0"
    encoder = (
        place + 8 + sum(size for bit, size in enumerate((4, 4, 100, 4)) if flags[0] >> bit & 1)
    )
    return frame[encoder + 21 : encoder + 24] if frame[encoder : encoder + 2].isalnum() else b""


def _agree(source: Source, place: int, first: _Frame, end: int, *, junk: bool) -> bool:
    """Whether the next frames are like the *first*; behind junk the file's end proves nothing."""
    frame = first
    for _ in range(4 if junk else 2):
        place += frame.length
        if place >= end:
            return not junk and (frame is not first or place <= source.size)
        following = _frame(source.upto(place, 8))
        if following is None or (following.name, following.kind) != (first.name, first.kind):
            return False
        frame = following
    return True


def _frame(head: bytes) -> _Frame | None:
    for read in _READERS:
        if len(head) >= 8 and (frame := read(head)):
            return frame
    return None


def _mpeg(head: bytes) -> _Frame | None:
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bitrate_index, rate_index, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if head[0] != 0xFF or head[1] < 0xE0 or version == 1 or layer == 4 or rate_index == 3:
        return None
    if bitrate_index in (0, 15):  # "free" has no length to walk by
        return None
    bitrate = _BITRATES[version == 3, layer][bitrate_index] * 1000
    rate = _RATES[version][rate_index]
    if layer == 1:
        length = (12 * bitrate // rate + padding) * 4
    else:
        length = (72 if layer == 3 and version != 3 else 144) * bitrate // rate + padding
    return _Frame(f"mp{layer}", (version, rate_index), length)


def _adts(head: bytes) -> _Frame | None:
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    if head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12 or length < 7:
        return None
    return _Frame("aac", (head[1] & 8, head[2] & 0xFC), length)


def _ac3(head: bytes) -> _Frame | None:
    bsid, rate = head[5] >> 3, head[4] >> 6
    if head[:2] != b"\x0b\x77":
        return None
    if 10 < bsid <= 16:
        return _Frame("eac3", (bsid,), ((head[2] & 7) << 8 | head[3]) * 2 + 2)
    if bsid > 10 or rate == 3 or head[4] & 63 >= 38:
        return None
    bitrate = _AC3_RATES[(head[4] & 63) >> 1]
    words = bitrate * 96000 // (48000, 44100, 32000)[rate]
    return _Frame("ac3", (bsid, rate), 2 * (words + (rate == 1 and head[4] & 1)))


_READERS: tuple[Callable[[bytes], _Frame | None], ...] = (_ac3, _adts, _mpeg)
