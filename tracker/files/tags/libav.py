"""Metadata as FFmpeg reads it: for containers that mutagen does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import av
from av.container import InputContainer

from tracker.files.libav import legible, opened
from tracker.files.tags import fields
from tracker.files.tags.found import Found, plain
from tracker.files.tags.stream import number, seconds
from tracker.model import Stream

_FORMATS = (
    "aac,ac3,eac3,aiff,ape,asf,au,caf,dsf,dts,dtshd,flac,iff,matroska,mov,mp3,mpc,mpc8,ofr,ogg,rm,"
    "spdif,tak,truehd,tta,voc,w64,wav,wv,avi,mpegts,mpeg,amr,gsm,xwma"
)
"""Nothing that opens other files: playlists and their kin stay shut."""
_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": ""}
_IMAGE = 32 << 20


def collect(file: BinaryIO, format_: str | None, found: Found) -> Stream | None:
    """Fill *found* from *file*; None where there is no sound in it. Raises av.FFmpegError."""
    file.seek(0)
    with opened(file, _OPTIONS) as container:
        streams = container.streams.audio
        for metadata in (container.metadata, *(stream.metadata for stream in streams[:1])):
            for name, value in metadata.items():
                _named(legible(name), legible(value), found)
        if not found.covers:
            for image in _images(container):
                found.cover(image, front=True)
        return _stream(container, format_) if streams else None


def _named(name: str, value: str, found: Found) -> None:
    found.raw(name)
    match plain(name):
        case "rating":
            found.rate(fields.from_text(value))
        case "fmpsrating":
            found.rate(fields.from_share(value))
        case bare:
            found.text(bare, [value])


def _images(container: InputContainer) -> Iterator[bytes]:
    """Attached pictures, which FFmpeg shows as films of one frame."""
    for stream in container.streams.video:
        if "attached_pic" in str(stream.disposition):
            for packet in container.demux(stream):
                if 0 < packet.size <= _IMAGE:
                    yield bytes(packet)
                break


def _stream(container: InputContainer, format_: str | None) -> Stream | None:
    stream = container.streams.audio[0]
    duration = None
    if stream.duration is not None and stream.time_base is not None:
        duration = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        duration = container.duration / av.time_base
    rate, channels = number(stream.rate, 100_000_000), number(stream.channels, 255)
    if rate is None and channels is None:
        return None  # a guess at bytes that are no sound
    return Stream(
        format=format_ or container.format.name.partition(",")[0][:32],
        codec=_codec(stream.codec_context.codec.canonical_name),
        duration=seconds(duration),
        bitrate=number(stream.bit_rate or container.bit_rate, 1_000_000_000),
        samplerate=rate,
        channels=channels,
    )


def _codec(name: str) -> str:
    if name.startswith("pcm_"):
        return "float" if name.startswith("pcm_f") else "pcm"
    return name[:32]
