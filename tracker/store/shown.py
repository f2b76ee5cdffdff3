"""What is shown of a track: its best file's tags and what was measured, kept in step."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, NamedTuple

import anyascii
import msgspec

from tracker.mixing import harmony
from tracker.model import Analysis, File, FileState, Hamms, Key, Stream, Tags, Tempo

LOSSLESS = {"flac", "alac", "pcm", "wav", "aiff", "ape", "wavpack", "tta"}
"""Codecs, as `Stream.codec` names them."""
SAME_TEMPO = 0.01
"""Tags are often whole numbers: within this share they say the same."""


class Shown(NamedTuple):
    """What is believed of a track: from its best file's tags and from measuring."""

    tags: Tags
    stream: Stream | None
    analysis: Analysis
    bpm: float | None
    key: str | None
    duration: float | None
    sources: dict[str, str]

    @classmethod
    def of(cls, tags: Tags, stream: Stream | None, analysis: Analysis) -> Shown:
        """DJ software > own measurement > other tags, and where each came from."""
        sources = {
            field: "tags"
            for field in ("title", "album", "genre", "year", "label", "comment", "rating", "artist")
            if getattr(tags, field) is not None
        }
        bpm = _believed("bpm", tags.bpm, analysis.tempo and analysis.tempo.bpm, tags, sources)
        key = _believed("key", tags.key, analysis.key and analysis.key.camelot, tags, sources)
        duration: float | None = analysis.duration.seconds if analysis.duration else None
        if duration is not None:
            sources["duration"] = "measured"
        elif stream and stream.duration is not None:
            duration, sources["duration"] = stream.duration, "file"
        for field in ("energy", "loudness"):
            if getattr(analysis, field):
                sources[field] = "measured"
        return cls(tags, stream, analysis, bpm, key, duration, sources)

    @property
    def differs(self) -> str:
        """Fields for which tags and measuring disagree."""
        found = []
        tempo, key = self.analysis.tempo, self.analysis.key
        if (
            tempo
            and self.tags.bpm
            and not math.isclose(tempo.bpm, self.tags.bpm, rel_tol=SAME_TEMPO)
        ):
            found.append("bpm")
        if key and self.tags.key and key.camelot != self.tags.key:
            found.append("key")
        return " ".join(found)

    def confidence(self, field: str, found: Tempo | Key | None) -> float | None:
        """Only a measured value has one."""
        return found.confidence if found and self.sources.get(field) == "measured" else None

    def fields(self) -> dict[str, Any]:
        """As `Track` names them."""
        tags, stream, analysis = self.tags, self.stream, self.analysis
        tempo, key = analysis.tempo, analysis.key
        return {
            "title": tags.title,
            "artist": tags.artist,
            "album": tags.album,
            "albumartist": tags.album_artist,
            "genre": tags.genre,
            "mood": tags.mood,
            "year": tags.year,
            "label": tags.label,
            "catalogue_number": tags.catalogue_number,
            "isrc": tags.isrc,
            "remixer": tags.remixer,
            "comment": tags.comment,
            "rating": tags.rating,
            "duration": self.duration,
            "format": stream and stream.format,
            "codec": stream and stream.codec,
            "bitrate": stream and stream.bitrate,
            "samplerate": stream and stream.samplerate,
            "channels": stream and stream.channels,
            "bpm": self.bpm,
            "bpm_confidence": self.confidence("bpm", tempo),
            "bpm_alternatives": tempo.alternatives if tempo else (),
            "bpm_why": tempo.why if tempo and self.sources["bpm"] == "measured" else None,
            "key": self.key,
            "key_name": harmony.name(self.key) if self.key else None,
            "key_confidence": self.confidence("key", key),
            "key_alternatives": key.alternatives if key else (),
            "energy": analysis.energy.level if analysis.energy else None,
            "loudness": analysis.loudness.integrated if analysis.loudness else None,
            "true_peak": analysis.loudness.true_peak if analysis.loudness else None,
            "replay_gain": analysis.loudness.replay_gain if analysis.loudness else None,
            "hamms": dimensions(analysis.hamms),
            "sources": self.sources,
            "versions": analysis.measured,
        }


def dimensions(hamms: Hamms | None) -> dict[str, float]:
    """The dimensions that could be told."""
    values = msgspec.structs.asdict(hamms) if hamms else {}
    return {name: value for name, value in values.items() if isinstance(value, float)}


def _believed(field: str, tagged: Any, measured: Any, tags: Tags, sources: dict[str, str]) -> Any:
    if tagged is not None and tags.dj:
        sources[field] = "dj"
        return tagged
    if measured is not None:
        sources[field] = "measured"
        return measured
    if tagged is not None:
        sources[field] = "tags"
    return tagged


def worth(file: File, stream: Stream | None) -> tuple[object, ...]:
    """Which of several files shows the track: one that is there, sounds best, says most."""
    lossless = bool(stream and stream.codec in LOSSLESS)
    said = len(msgspec.structs.asdict(file.tags)) - sum(
        1 for value in msgspec.structs.asdict(file.tags).values() if value in (None, ())
    )
    bitrate = stream.bitrate if stream and stream.bitrate else 0
    return file.state is FileState.PRESENT, lossless, said, bitrate, -file.id


def columns(shown: Shown, best: File, trouble: str | None) -> dict[str, Any]:
    tags, analysis = shown.tags, shown.analysis
    name = best.path.rpartition("/")[2]
    return {
        "file": best.id,
        "shown": best.path,
        "name": name,
        "state": best.state,
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        "genre": tags.genre,
        "label": tags.label,
        "comment": tags.comment,
        "folded": folded(filter(None, (tags.title, tags.artist, tags.album, tags.label, name))),
        "year": tags.year,
        "rating": tags.rating,
        "bpm": shown.bpm,
        "bpm_confidence": shown.confidence("bpm", analysis.tempo),
        "key": shown.key,
        "key_order": _hour(shown.key),
        "key_confidence": shown.confidence("key", analysis.key),
        "energy": analysis.energy.level if analysis.energy else None,
        "energy_value": analysis.energy.value if analysis.energy else None,
        "loudness": analysis.loudness.integrated if analysis.loudness else None,
        "duration": shown.duration,
        "title_order": order(tags.title or name),
        "artist_order": order(tags.artist),
        "album_order": order(tags.album),
        "genre_order": order(tags.genre),
        "differs": shown.differs,
        "complaint": trouble or (analysis.duration.complaint if analysis.duration else None),
        "measured": bool(analysis.measured),
    }


def _hour(key: str | None) -> int | None:
    """Round the Camelot wheel: 1A, 1B, 2A, ..."""
    return int(key[:-1]) * 2 + (key[-1] == "B") if key else None


def order(text: str | None) -> str | None:
    """By what a text is sorted: without case and accents, numbers by value."""
    if text is None:
        return None
    plain = unicodedata.normalize("NFKD", text[:200]).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"\d{1,12}", lambda digits: digits[0].zfill(12), plain).strip()


def folded(texts: Iterable[str]) -> str | None:
    """Other ways to type what is not ASCII: "Bjørk" is found as "bjork"; None where nothing is."""
    return " ".join(anyascii.anyascii(text[:500]) for text in texts if not text.isascii()) or None
