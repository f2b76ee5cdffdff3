"""Whether what a worker says can be true: it handled foreign bytes, and may be theirs by now."""

from __future__ import annotations

import math
import operator
import re
import struct
from collections.abc import Iterable

import msgspec

from daemon.tasks import measure
from tracker.model import (
    Analysis,
    Beats,
    Embedding,
    Hamms,
    Identity,
    Kind,
    Loudness,
    Quality,
    Reading,
    Stream,
    Structure,
    Tags,
    Timbre,
)

LONGEST = 7 * 86_400
"""Seconds any recording may last."""
MANY = 256
"""Values in any list."""
MOST_BEATS = 400_000
"""A day at 277 BPM."""
LONG = 8_192
"""Characters of one text."""
JOINED = 64 * LONG
"""Characters of several written as one."""
WORD = 64
"""Characters of what is no text but a name of ours."""
WAVEFORM = 1_000
"""Parts of a waveform."""
PRINT = 1 << 16
"""Bytes of a fingerprint; two minutes are 4 kB."""
SECTIONS, CURVE = 2_000, 200
"""Sections and cues of a structure, and bytes of its curve."""
CAMELOT = re.compile("(1[0-2]|[1-9])[AB]")

_versions = msgspec.msgpack.Decoder(dict[str, dict[str, int]])
_reading = msgspec.msgpack.Decoder(Reading)
_analysis = msgspec.msgpack.Decoder(Analysis)


class Nonsense(Exception):
    """It names the value that cannot be."""


def versions(value: msgspec.Raw) -> dict[str, dict[str, int]]:
    found = _versions.decode(value)
    _true(found.keys() == {Kind.MEASURE.value, Kind.READ.value}, "versions")
    return found


def result(kind: str, value: msgspec.Raw, params: Iterable[str] = ()) -> Reading | Analysis:
    """What a task found, as its kind types it. Raises whatever, where it makes no sense."""
    match kind:
        case Kind.READ:
            return _checked_reading(_reading.decode(value))
        case Kind.MEASURE:
            return _checked_analysis(_analysis.decode(value), set(measure.understood(params)[0]))
    raise Nonsense(f"kind {kind}")


def _checked_reading(found: Reading) -> Reading:
    _checked_identity(found.identity)
    _checked_tags(found.tags)
    _texts([found.complaint], LONG)
    if found.stream:
        _checked_stream(found.stream)
    return found


def _checked_identity(found: Identity) -> None:
    _true(len(found.xxh3) == 16, "xxh3")
    _true(len(found.sha256) == 32, "sha256")
    _true(found.essence is None or len(found.essence) == 16, "essence")
    _true(0 < len(found.rule) <= 40, "rule")
    _between(found.payload, 0, 2**62, "payload")


def _checked_tags(found: Tags) -> None:
    lists = {"artists": found.artists, "genres": found.genres, "moods": found.moods, "dj": found.dj}
    for name, many in lists.items():
        _true(len(many) <= MANY, name)
        _texts(many, LONG)
    _texts([found.album_artist, found.remixer], JOINED)
    _texts([found.title, found.album, found.label, found.comment, found.key_written], LONG)
    _texts([found.catalogue_number, found.isrc], LONG)
    for name in ("track", "tracks", "disc", "discs"):
        _between(getattr(found, name), 0, 10**6, name)
    _between(found.year, 0, 9_999, "year")
    _between(found.rating, 0, 5, "rating")
    _between(found.bpm, 20, 1_000, "bpm")
    _key(found.key)
    _true(found.cover is None or len(found.cover) == 16, "cover")


def _checked_stream(found: Stream) -> None:
    _texts([found.format, found.codec], WORD)
    _between(found.duration, 0, LONGEST, "duration")
    _between(found.bitrate, 0, 10**10, "bitrate")
    _between(found.samplerate, 0, 10**9, "samplerate")
    _between(found.channels, 0, 10**5, "channels")


def _checked_analysis(found: Analysis, wanted: set[str]) -> Analysis:
    _true(len(found.measured) <= MANY, "measured")
    _texts(found.measured, WORD)
    _true(not wanted or found.measured.keys() == wanted, "measured")
    if found.duration:
        _between(found.duration.seconds, 0, LONGEST, "duration")
        _texts([found.duration.complaint], LONG)
    if found.tempo:
        _true(len(found.tempo.alternatives) <= MANY, "alternatives")
        for bpm in (found.tempo.bpm, *found.tempo.alternatives):
            _between(bpm, 20, 1_000, "bpm")
        _between(found.tempo.confidence, 0, 1, "confidence")
        _between(found.tempo.second, 0, 1, "confidence")
        _between(found.tempo.outside, 20, 1_000, "bpm")
    if found.beats:
        _checked_beats(found.beats)
    if found.key:
        _true(len(found.key.alternatives) <= MANY, "alternatives")
        for key in (found.key.camelot, *found.key.alternatives):
            _key(key)
        _true(len(found.key.shares) in {0, len(found.key.alternatives)}, "shares")
        for share in (found.key.confidence, *found.key.shares):
            _between(share, 0, 1, "confidence")
    if found.loudness:
        _checked_loudness(found.loudness)
    if found.energy:
        _between(found.energy.level, 1, 10, "energy")
        _between(found.energy.value, 0, 1, "energy")
        _between(found.energy.confidence, 0, 1, "energy")
    if found.waveform:
        for band in (found.waveform.low, found.waveform.mid, found.waveform.high):
            _true(len(band) == WAVEFORM, "waveform")
    if found.fingerprint:
        _true(0 < len(found.fingerprint.raw) <= PRINT, "fingerprint")
        _true(len(found.fingerprint.raw) % 4 == 0, "fingerprint")
        _between(found.fingerprint.seconds, 0, LONGEST, "fingerprint")
    if found.quality:
        _checked_quality(found.quality)
    if found.timbre:
        _checked_timbre(found.timbre)
    if found.hamms:
        _checked_hamms(found.hamms)
    if found.embedding:
        _checked_embedding(found.embedding)
    if found.structure:
        _checked_structure(found.structure)
    return found


def _checked_loudness(found: Loudness) -> None:
    levels = (found.integrated, found.short_term, found.momentary, found.true_peak, found.peak)
    for value in levels:
        _between(value, -200, 100, "loudness")
    _between(found.range, 0, 300, "loudness")


def _checked_quality(found: Quality) -> None:
    _between(found.bandwidth, 0, 10**9, "bandwidth")
    _between(found.wall, 0, 300, "wall")
    _texts([found.suspicion, found.damage], LONG)
    for name in ("clips", "longest_clip"):
        _between(getattr(found, name), 0, 2**62, name)
    for name in ("silence_start", "silence_end"):
        _between(getattr(found, name), 0, LONGEST, name)
    _between(found.correlation, -1, 1, "correlation")
    _between(found.dc, -100, 100, "dc")


def _checked_timbre(found: Timbre) -> None:
    lengths = {"mfcc": 26, "centroid": 2, "rolloff": 2, "flatness": 2, "crossings": 2, "rms": 2}
    for name, length in (lengths | {"chroma": 24, "contrast": 7}).items():
        values = getattr(found, name)
        _true(len(values) == length, name)
        for value in values:
            _between(value, -1e5, 1e5, name)


def _checked_hamms(found: Hamms) -> None:
    names = {field.name for field in msgspec.structs.fields(Hamms)} - {"confidence"}
    _true(found.confidence.keys() <= names, "hamms")
    for name in names:
        _between(getattr(found, name), 0, 1, name)
        _between(found.confidence.get(name), 0, 1, "confidence")


def _checked_embedding(found: Embedding) -> None:
    size, rest = divmod(len(found.vector), 4)
    _true(0 < size <= MANY and not rest, "embedding")
    length = math.hypot(*struct.unpack(f"<{size}f", found.vector))
    _between(length, 0.999, 1.001, "embedding")


def _checked_structure(found: Structure) -> None:
    _true(len(found.sections) <= SECTIONS and len(found.cues) <= SECTIONS, "structure")
    _true(len(found.curve) <= CURVE, "structure")
    _texts([section.label for section in found.sections], WORD)
    _texts([cue.kind for cue in found.cues], WORD)
    for section in found.sections:
        _between(section.start, 0, LONGEST, "section")
        _between(section.end, section.start, LONGEST, "section")
        _between(section.confidence, 0, 1, "confidence")
    for cue in found.cues:
        _between(cue.at, 0, LONGEST, "cue")
        _between(cue.confidence, 0, 1, "confidence")


def _checked_beats(found: Beats) -> None:
    _between(found.first, 0, LONGEST, "beats")
    _between(found.count, 1, MOST_BEATS, "beats")
    _between(found.period, 0.05, 10, "beats")
    _true((found.period is None) == (len(found.times) == found.count), "beats")
    _true(found.period is None or not found.times, "beats")
    _true(all(map(operator.lt, found.times, found.times[1:])), "beats")
    for time in found.times:
        _between(time, 0, LONGEST, "beats")
    _between(found.metre, 2, 16, "metre")
    for name in ("downbeat", "phrase"):
        _between(getattr(found, name), 0, found.count, name)
    for name in ("confidence", "downbeat_confidence", "stability"):
        _between(getattr(found, name), 0, 1, name)
    _true(len(found.curve) <= 4 * MANY, "curve")
    for time, bpm in found.curve:
        _between(time, 0, LONGEST, "curve")
        _between(bpm, 10, 1_000, "curve")


def _between(value: float | None, least: float, most: float, name: str) -> None:
    _true(value is None or (math.isfinite(value) and least <= value <= most), name)


def _key(value: str | None) -> None:
    _true(value is None or CAMELOT.fullmatch(value) is not None, "key")


def _texts(values: Iterable[str | None], most: int) -> None:
    _true(all(value is None or len(value) <= most for value in values), "text")


def _true(condition: bool, name: str) -> None:
    if not condition:
        raise Nonsense(name)
