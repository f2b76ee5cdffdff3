"""Tags that stand before and behind a stream, whatever the stream is: ID3, APE, Lyrics3.

ID3v2.4 structure §3.1 and §3.4 (footer), APEv2 "APE Tags Header", Lyrics3 v1 and v2, ID3v1 and its
enhanced "TAG+".
"""

from __future__ import annotations

from tracker.files.identity.tape import Source

TAGS_ONLY = "tags only"
"""The rule's name where nothing lies between the tags."""

_TAGS_IN_A_ROW = 64
_ZEROS = 1 << 20
_LYRICS1 = 5100 + 11 + 9
_ENDINGS = ((b"TAG", 128), (b"APETAGEX", 32), (b"3DI", 10))


def inside(source: Source) -> tuple[int, int]:
    """The range that is left when the tags at both ends are taken away. Raises Nonsense."""
    start = _front(source)
    return start, back(source, start)


def _front(source: Source) -> int:
    start = 0
    for _ in range(_TAGS_IN_A_ROW):
        head = source.upto(start, 32)
        length = _id3v2(head) or _ape_in_front(head)
        if not length:
            break
        start = min(start + length, source.size)
    return start


def back(source: Source, start: int, *, zeros: bool = False) -> int:
    """Where the tags at the end begin; with *zeros*, the padding before, between and after too."""
    end = source.size
    for _ in range(_TAGS_IN_A_ROW):
        if length := _behind(source, start, end):
            end -= length
        elif zeros and (length := _padding(source, start, end)) > 0:
            end -= length
            zeros = length < _ZEROS
        else:
            break
    return end


def _id3v2(head: bytes) -> int:
    if head[:3] != b"ID3" or len(head) < 10 or 0xFF in head[3:5] or max(head[6:10]) > 0x7F:
        return 0
    return 10 + _syncsafe(head[6:10]) + (10 if head[5] & 0x10 else 0)


def _syncsafe(number: bytes) -> int:
    a, b, c, d = number
    return a << 21 | b << 14 | c << 7 | d


def _ape_in_front(head: bytes) -> int:
    if head[:8] != b"APETAGEX" or len(head) < 32 or not head[23] & 0x20:
        return 0
    return 32 + int.from_bytes(head[12:16], "little")


def _behind(source: Source, start: int, end: int) -> int:
    """The length of the tag that ends at *end*, 0 where none does."""
    tail = source.at(end - min(355, end - start), min(355, end - start))
    if tail[-128:-125] == b"TAG":
        return 355 if tail[-355:-351] == b"TAG+" else 128
    length = (
        _ape_behind(tail[-32:])
        or _id3v2_footer(tail[-10:])
        or _lyrics2(source, end, tail[-15:])
        or _lyrics1(source, start, end, tail[-9:])
    )
    return length if length <= end - start else 0


def _ape_behind(footer: bytes) -> int:
    if footer[:8] != b"APETAGEX" or len(footer) < 32 or footer[23] & 0x20:
        return 0
    size = int.from_bytes(footer[12:16], "little")
    return 0 if size < 32 else size + (32 if footer[23] & 0x80 else 0)


def _id3v2_footer(footer: bytes) -> int:
    if footer[:3] != b"3DI" or len(footer) < 10 or max(footer[6:]) > 0x7F:
        return 0
    return 20 + _syncsafe(footer[6:])


def _lyrics2(source: Source, end: int, footer: bytes) -> int:
    if footer[6:] != b"LYRICS200" or not footer[:6].isdigit():
        return 0
    length = int(footer[:6]) + 15
    return length if length <= end and source.at(end - length, 11) == b"LYRICSBEGIN" else 0


def _lyrics1(source: Source, start: int, end: int, footer: bytes) -> int:
    if footer != b"LYRICSEND":
        return 0
    block = source.at(end - min(_LYRICS1, end - start), min(_LYRICS1, end - start))
    found = block.rfind(b"LYRICSBEGIN")
    return len(block) - found if found >= 0 else 0


def _padding(source: Source, start: int, end: int) -> int:
    """How many zeros end at *end*; of more than a MiB only that much, which is consistent too."""
    count = 0
    for size in (1 << 12, _ZEROS):
        size = min(size, end - start)
        block = source.at(end - size, size)
        count = size - _last_content(block)
        if count + 128 < size:
            break
    return count


def _last_content(block: bytes) -> int:
    """Where the zeros at the end of *block* begin; those that a tag ends in are the tag's."""
    place = len(block.rstrip(b"\0"))
    for mark, length in _ENDINGS:
        tag = block.rfind(mark, max(place - length, 0), place)
        if tag >= 0 and place < tag + length <= len(block):
            return tag + length
    return place


def only_zeros(source: Source, start: int, end: int) -> bool:
    """Whether nothing but a little padding lies there."""
    if end - start > _ZEROS:
        return False
    return not source.at(start, end - start).strip(b"\0")
