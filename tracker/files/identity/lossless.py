"""Containers that are a header and then audio to the end: FLAC, APE, WavPack, TTA, Musepack.

xiph.org/flac/format.html, Monkey's Audio "APE_DESCRIPTOR", wavpack.com "file format", en.true-audio.com,
trac.musepack.net "SV8 specification".
"""

from __future__ import annotations

from tracker.files.identity.tape import Nonsense, Rule, Source, Spans

_BLOCKS = 4096


def recognise(source: Source, start: int, end: int) -> Rule | None:
    """Raises Nonsense."""
    match source.upto(start, 4):
        case b"fLaC":
            return _flac(source, start, end)
        case b"MAC ":
            return _ape(source, start, end)
        case b"wvpk":
            return _wavpack(source, start, end)
        case b"TTA1":
            return Spans("tta", source.at(start, 22), (_rest(_tta_frames(source, start), end),))
        case b"MPCK":
            return _musepack8(source, start, end)
        case magic if magic[:3] == b"MP+":
            return _musepack7(source, start, end)
    return None


def _rest(start: int, end: int) -> tuple[int, int]:
    return min(start, end), end


def _flac(source: Source, start: int, end: int) -> Rule:
    """STREAMINFO but for its frame sizes, which an encoder may leave out; then the frames."""
    info = source.at(start + 4, 38)
    if info[0] & 0x7F or info[1:4] != b"\0\0\x22":
        raise Nonsense
    place = start + 4
    for _ in range(_BLOCKS):
        head = source.at(place, 4)
        place += 4 + int.from_bytes(head[1:4], "big")
        if head[0] & 0x80:
            break
    frames = source.upto(place, 2) if place < end else b""
    if place > end or (frames and (frames[0] != 0xFF or frames[1:2] not in b"\xf8\xf9")):
        raise Nonsense  # a block lies about its length; decoders search, we do not guess
    return Spans("flac", info[14:38], ((place, end),))


def _ape(source: Source, start: int, end: int) -> Rule:
    version = int.from_bytes(source.at(start + 4, 2), "little")
    if version < 3980:
        return Spans("ape", source.at(start, 32), (_rest(start + 32, end),))
    sizes = source.at(start + 8, 16)
    descriptor, header, seek_table, wave = (
        int.from_bytes(sizes[i : i + 4], "little") for i in (0, 4, 8, 12)
    )
    parameters = source.at(start + 4, 2) + source.at(start + descriptor, min(header, 4096))
    return Spans("ape", parameters, (_rest(start + descriptor + header + seek_table + wave, end),))


def _wavpack(source: Source, start: int, end: int) -> Rule:
    """A first block without samples is a header around nothing."""
    head = source.at(start, 32)
    length, samples = int.from_bytes(head[4:8], "little") + 8, int.from_bytes(head[20:24], "little")
    empty = not samples and start + length >= end
    return Spans("wv", b"", () if empty else ((start, end),))


def _tta_frames(source: Source, start: int) -> int:
    """Behind the header lies a table of the frames' sizes."""
    head = source.at(start, 22)
    rate, samples = int.from_bytes(head[10:14], "little"), int.from_bytes(head[14:18], "little")
    frame = rate * 256 // 245
    if not frame:
        raise Nonsense
    return start + 22 + 4 * (-(-samples // frame)) + 4


def _musepack7(source: Source, start: int, end: int) -> Rule:
    """The header holds the replay gain, bytes 12 to 20, which is a tag in all but place."""
    head = source.at(start, 28)
    return Spans("mpc", head[:12] + head[20:28], (_rest(start + 28, end),))


def _musepack8(source: Source, start: int, end: int) -> Rule:
    """Stream header and audio packets; not gain, chapters, seek table, encoder's name."""
    place, spans, audio = start + 4, [], False
    while place < end:
        head = source.upto(place, 12)
        key, (length, _) = head[:2], _musepack_size(head[2:])
        if not key.isalpha() or not key.isupper():
            raise Nonsense
        if key in (b"SH", b"AP"):
            spans.append((place, min(place + length, end)))
            audio = audio or key == b"AP"
        if key == b"SE":
            break
        place += length
    return Spans("mpc", b"", spans if audio else ())


def _musepack_size(data: bytes) -> tuple[int, int]:
    """A number in groups of seven bits, and the bytes it took; a packet's counts its own head."""
    number = 0
    for count, byte in enumerate(data, 1):
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            if number < 2 + count:
                raise Nonsense
            return number, count
    raise Nonsense
