"""What mutagen's reading of a header says of the sound."""

from __future__ import annotations

import math
from typing import Any

from tracker.model import Seconds, Stream

_LONGEST = 7 * 86_400
_OPUS_RATE = 48_000
"""Whatever went in, this is what comes out: RFC 7845 §5.1."""
_CODECS = {
    "OggVorbis": "vorbis",
    "OggOpus": "opus",
    "OggSpeex": "speex",
    "OggFLAC": "flac",
    "OggTheora": None,
    "WAVE": "pcm",
    "AIFF": "pcm",
    "AC3": "ac3",
    "TrueAudio": "tta",
    "WavPack": "wavpack",
    "Musepack": "musepack",
    "MonkeysAudio": "ape",
    "OptimFROG": "optimfrog",
    "TAK": "tak",
    "DSF": "dsd",
    "DSDIFF": "dsd",
}
_WAVE = {1: "pcm", 3: "float", 6: "alaw", 7: "ulaw", 2: "adpcm", 0x55: "mp3", 0xFFFE: "pcm"}
_MP4 = {"mp4a.40": "aac", "mp4a.6B": "mp3", "mp4a.69": "mp3", "mp4a": "aac"}


def stream(format_: str, file: Any, size: int) -> Stream | None:
    """*file* is a mutagen FileType of *size* bytes; None where it has no header worth the name."""
    info = file.info
    if info is None:
        return None
    duration = seconds(getattr(info, "length", None))
    average = size * 8 / duration if duration else None
    rate = _OPUS_RATE if type(file).__name__ == "OggOpus" else getattr(info, "sample_rate", None)
    return Stream(
        format=format_,
        codec=_codec(file),
        duration=duration,
        bitrate=number(getattr(info, "bitrate", None) or average, 1_000_000_000),
        samplerate=number(rate, 100_000_000),
        channels=number(getattr(info, "channels", None), 255),
    )


def seconds(value: object) -> Seconds | None:
    """A header's duration where it can be true."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return Seconds(float(value)) if 0 < value <= _LONGEST else None


def number(value: object, most: int) -> int | None:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 < value <= most else None


def _codec(file: Any) -> str | None:
    kind, info = type(file).__name__, file.info
    match kind:
        case "MP3":
            return f"mp{info.layer}"
        case "MP4":
            return _mp4(str(info.codec))
        case "ASF":
            return _asf(str(info.codec_name), str(info.codec_type))
        case "WAVE":
            return _WAVE.get(info.audio_format)
        case "AC3":
            return str(info.codec).replace("ec-3", "eac3").replace("ac-3", "ac3")
    return _CODECS.get(kind, kind.casefold())


def _mp4(codec: str) -> str:
    for prefix, name in _MP4.items():
        if codec.startswith(prefix):
            return name
    return codec.strip().casefold()[:16]


def _asf(name: str, kind: str) -> str | None:
    words = f"{name} {kind}".casefold()
    if "lossless" in words:
        return "wma lossless"
    if "voice" in words:
        return "wma voice"
    if "pro" in words.split():
        return "wma pro"
    return "wma" if "windows media audio" in words or "wma" in words or not name else name[:32]
