"""What a file says of itself: tags of every format, and the header's word about the sound.

found   the collector all formats fill, names made equal
fields  from what was found to Tags: years, numbers, keys, ratings
frames, keyed, libav   one home per family of formats
few     ID3 frames that stop in time
legacy  texts in encodings of old
stream  duration, rate, channels, as mutagen reads them
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, BinaryIO

import msgspec
import mutagen
from mutagen import (
    aac,
    ac3,
    aiff,
    apev2,
    asf,
    dsdiff,
    dsf,
    flac,
    id3,
    monkeysaudio,
    mp3,
    mp4,
    musepack,
    oggflac,
    oggopus,
    oggspeex,
    oggtheora,
    oggvorbis,
    optimfrog,
    tak,
    trueaudio,
    wave,
    wavpack,
)

from tracker.errors import sentence
from tracker.files import identity
from tracker.files.tags import fields, frames, keyed, libav
from tracker.files.tags.few import FRAMES
from tracker.files.tags.found import Found
from tracker.files.tags.stream import stream as stream_of
from tracker.model import Stream, Tags
from tracker.text import clean

VERSION = 2

_OGG: list[Any] = [
    oggvorbis.OggVorbis,
    oggopus.OggOpus,
    oggflac.OggFLAC,
    oggspeex.OggSpeex,
    oggtheora.OggTheora,
]
_KINDS: dict[str | None, list[Any]] = {
    "mp3": [mp3.MP3],
    "mp2": [mp3.MP3],
    "mp1": [mp3.MP3],
    "aac": [aac.AAC],
    "ac3": [ac3.AC3],
    "eac3": [ac3.AC3],
    "flac": [flac.FLAC],
    "ogg": _OGG,
    "mp4": [mp4.MP4],
    "asf": [asf.ASF],
    "wav": [wave.WAVE],
    "aiff": [aiff.AIFF],
    "ape": [monkeysaudio.MonkeysAudio],
    "wv": [wavpack.WavPack],
    "tta": [trueaudio.TrueAudio],
    "mpc": [musepack.Musepack],
    "dsf": [dsf.DSF],
    "dff": [dsdiff.DSDIFF],
    None: [optimfrog.OptimFROG, tak.TAK],
}
"""By the rule that found the payload: content decides, and mutagen would ask the name too."""
_WITH_ID3 = frozenset(("mp3", "mp2", "mp1", "wav", "aiff", "tta", "dsf", "dff"))
_FORMATS = {"mp4": "m4a", "asf": "wma"}
_HEADER = ("duration", "samplerate", "channels")
"""What is asked of FFmpeg where mutagen does not tell."""
_LOOSE = frozenset(("mp3", "mp2", "mp1", "aac", "ac3", "eac3", identity.TAGS_ONLY))
"""Streams without a container: APE may complete what ID3 says."""


def read(file: BinaryIO) -> tuple[Tags, Stream | None, str | None]:
    """The tags, the header's word about the sound, and why there is less: one sentence.

    Whatever is in the file, this does not raise: it ends in a complaint.
    """
    try:
        return _read(file)
    except MemoryError:
        return Tags(), None, "The tags ask for more memory than reading them may take."
    except Exception as error:  # parsers of foreign bytes raise anything
        return Tags(), None, _complaint(error)


def _read(file: BinaryIO) -> tuple[Tags, Stream | None, str | None]:
    if not file.seek(0, 2):
        return Tags(), None, "The file is empty."
    rule = identity.container(file)
    tags, stream, complaint = Tags(), None, None
    try:
        tags, stream = _by_mutagen(file, rule)
    except MemoryError:
        raise
    except Exception as error:
        complaint = _complaint(error)  # the rest may still be told by others
    if tags == Tags():
        tags = _loose(file, partial(id3.ID3, known_frames=FRAMES), frames.collect)
    if tags == Tags() or rule in _LOOSE:
        tags = _filled(tags, _loose(file, apev2.APEv2, keyed.ape))
    if rule == identity.TAGS_ONLY:
        return tags, None, "There is no audio in this file, only tags."
    if tags == Tags() or any(getattr(stream, name, None) is None for name in _HEADER):
        tags, stream = _with_libav(file, rule, tags, stream)
    if stream is None and complaint is None:
        complaint = "This is no audio file of a kind that can be read."
    return tags, stream, complaint


def _by_mutagen(file: BinaryIO, rule: str | None) -> tuple[Tags, Stream | None]:
    kinds = _KINDS.get(rule)
    file.seek(0)
    if rule == "wav" and file.read(4) != b"RIFF":  # its 64-bit kin is not mutagen's
        kinds = None
    file.seek(0)
    if not kinds:
        return Tags(), None
    known = {"known_frames": FRAMES} if rule in _WITH_ID3 else {}
    media = kinds[0](file, **known) if len(kinds) == 1 else mutagen.File(file, options=kinds)
    if media is None:
        return Tags(), None
    found = Found()
    _collect(media, found)
    return fields.tags(found), stream_of(_format(rule, media), media, file.seek(0, 2))


def _format(rule: str | None, media: Any) -> str:
    return _FORMATS.get(rule, rule) if rule else str(type(media).__name__).casefold()


def _collect(media: Any, found: Found) -> None:
    for picture in getattr(media, "pictures", ()):
        keyed.flac_picture(picture, found)
    match media.tags:
        case None:
            pass
        case id3.ID3():
            frames.collect(media.tags, found)
        case apev2.APEv2():
            keyed.ape(media.tags, found)
        case mp4.MP4Tags():
            keyed.mp4(media.tags, found)
        case asf.ASFTags():
            keyed.asf(media.tags, found)
        case tags:
            keyed.vorbis(tags, found)


def _loose(file: BinaryIO, kind: Any, collect: Callable[[Any, Found], None]) -> Tags:
    """A tag that stands around the stream rather than in it, if there is one."""
    found = Found()
    file.seek(0)
    with suppress(Exception):  # most files have none, and a broken one is as good as none
        collect(kind(file), found)
    return fields.tags(found)


def _with_libav(
    file: BinaryIO, rule: str | None, tags: Tags, stream: Stream | None
) -> tuple[Tags, Stream | None]:
    """What is missing, as far as FFmpeg can tell; it may not know the file at all."""
    found = Found()
    other = None
    with suppress(Exception):  # it may well not know the file
        other = libav.collect(file, _matroska(file) if rule == "matroska" else rule, found)
    if stream and other:
        missing = {name: getattr(other, name) for name in _HEADER if getattr(stream, name) is None}
        stream = msgspec.structs.replace(stream, **missing)
    return _filled(tags, fields.tags(found)), stream or other


def _matroska(file: BinaryIO) -> str:
    """WebM says so in the first bytes."""
    file.seek(0)
    return "webm" if b"webm" in file.read(64) else "mka"


def _filled(tags: Tags, others: Tags) -> Tags:
    """*tags*, and where they are silent *others*."""
    mine, theirs = msgspec.structs.asdict(tags), msgspec.structs.asdict(others)
    return Tags(**{name: theirs[name] if mine[name] in (None, ()) else mine[name] for name in mine})


def _complaint(error: Exception) -> str:
    known = isinstance(error, mutagen.MutagenError) and str(error)
    reason = clean((str(error) if known else sentence(error))[:200])
    return f"The tags cannot be read: {reason.rstrip('.')}."
