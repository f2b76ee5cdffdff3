"""ID3 of every version, frame by frame, wherever it lies: MP3, WAV, AIFF, AAC, TTA, DSF."""

from __future__ import annotations

from typing import Any

from mutagen import id3

from tracker.files.tags import fields, legacy
from tracker.files.tags.found import Found

_FRAMES = {
    "TIT2": "title",
    "TPE1": "artist",
    "TPE2": "albumartist",
    "TALB": "album",
    "TCON": "genre",
    "TDRC": "date",
    "TYER": "year",
    "TDRL": "releasedate",
    "TDOR": "originaldate",
    "TORY": "originalyear",
    "TRCK": "tracknumber",
    "TPOS": "discnumber",
    "TPUB": "publisher",
    "TSRC": "isrc",
    "TPE4": "remixer",
    "TBPM": "bpm",
    "TKEY": "initialkey",
    "TMOO": "mood",
}
_FRONT = 3
_COMMENTS_BY_MACHINES = ("itun", "songs-db", "musicmatch", "cddb", "serato", "traktor", "fpcalc")
_MIXED_IN_KEY = frozenset(("key", "energy", "cuepoints", "beatgrid"))
_LINEAR = ("traktor", "quodlibet", "musicbrainz")


def collect(tags: Any, found: Found) -> None:
    """Everything in *tags*, a mutagen ID3, that we have a place for."""
    frames = list(tags.values())
    decode = legacy.decoder(text for frame in frames for text in _old_texts(frame))
    for frame in frames:
        _frame(frame, found, decode)
    for comment in sorted(tags.getall("COMM"), key=_human):
        if not comment.desc.casefold().startswith(_COMMENTS_BY_MACHINES):
            found.text("comment", _texts(comment, decode))


def _frame(frame: Any, found: Found, decode: legacy.Decoder) -> None:
    match frame.FrameID:
        case "TXXX":
            found.raw(frame.desc)
            _free_text(frame, found, decode)
        case "TCON":
            found.text("genre", map(decode, frame.genres) if _is_old(frame) else frame.genres)
        case name if name in _FRAMES:
            found.text(_FRAMES[name], _texts(frame, decode))
        case "APIC":
            found.cover(frame.data, front=frame.type == _FRONT)
        case "POPM":
            found.rate(_popularimeter(frame.email, frame.rating))
        case "GEOB":
            found.raw(frame.desc)
            if frame.desc.casefold() in _MIXED_IN_KEY:
                found.raw("mixed in key")
        case "PRIV" | "UFID":
            found.raw(frame.owner)


def _free_text(frame: Any, found: Found, decode: legacy.Decoder) -> None:
    name, texts = frame.desc.casefold(), _texts(frame, decode)
    if name.startswith("fmps_rating") and not name.startswith("fmps_rating_"):
        found.rate(next(filter(None, map(fields.from_share, texts)), None))
    elif name == "rating":
        found.rate(next(filter(None, map(fields.from_text, texts)), None))
    else:
        found.text(frame.desc, texts)


def _popularimeter(owner: str, rating: int) -> int | None:
    if any(program in owner.casefold() for program in _LINEAR):
        return min(round(rating / 51), 5) or None
    return fields.from_popularimeter(rating)


def _human(comment: Any) -> tuple[bool, bool]:
    """The comment without a name comes first, that of ID3v1, cut at 30 letters, last."""
    return "id3v1" in comment.desc.casefold(), bool(comment.desc)


def _texts(frame: Any, decode: legacy.Decoder) -> list[str]:
    texts = [str(text) for text in frame.text[:64]]
    return [decode(text) for text in texts] if _is_old(frame) else texts


def _old_texts(frame: Any) -> list[str]:
    return [str(text)[:1000] for text in frame.text[:8]] if _is_old(frame) else []


def _is_old(frame: Any) -> bool:
    """Whether it is text that claims to be Latin-1, as all encodings did in those days."""
    return isinstance(frame, id3.TextFrame) and frame.encoding == id3.Encoding.LATIN1
