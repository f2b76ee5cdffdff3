"""What a file says about itself."""

from __future__ import annotations

import msgspec

from tracker.model.units import Bpm, Seconds


class Tags(msgspec.Struct, frozen=True, omit_defaults=True):
    """The tags of one file, whatever its format calls them. Absent is unknown."""

    title: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    album_artist: str | None = None
    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    year: int | None = None
    track: int | None = None
    tracks: int | None = None
    disc: int | None = None
    discs: int | None = None
    label: str | None = None
    catalogue_number: str | None = None
    isrc: str | None = None
    remixer: str | None = None
    comment: str | None = None
    rating: int | None = None
    """Stars, 0 to 5."""
    bpm: Bpm | None = None
    key: str | None = None
    """Camelot, whatever notation the file uses; None where it cannot be understood."""
    key_written: str | None = None
    """The key as the file has it."""
    cover: bytes | None = None
    """The first 16 bytes of the SHA-256 of the front cover's image."""
    dj: tuple[str, ...] = ()
    """DJ software that left raw blocks in the file: "serato", "traktor", "rekordbox", ..."""

    @property
    def artist(self) -> str | None:
        """The artists as one line."""
        return ", ".join(self.artists) or None

    @property
    def genre(self) -> str | None:
        return ", ".join(self.genres) or None

    @property
    def mood(self) -> str | None:
        return ", ".join(self.moods) or None


class Stream(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the container's header says of the sound in it; measuring may know better."""

    format: str
    """The container: "mp3", "flac", "ogg", "m4a", ..."""
    codec: str | None = None
    duration: Seconds | None = None
    bitrate: int | None = None
    """Bits a second."""
    samplerate: int | None = None
    channels: int | None = None


class Identity(msgspec.Struct, frozen=True):
    """Hashes of one version of a file, all from one read."""

    xxh3: bytes
    """XXH3-128 of the whole file, 16 bytes."""
    sha256: bytes
    """SHA-256 of the whole file, 32 bytes."""
    essence: bytes | None
    """16 bytes that name the audio, however it is tagged; None where there is no audio payload."""
    rule: str
    """How the payload was found: "mp3", "flac", "ogg", "mp4", ..., or "whole file"."""
    payload: int
    """Bytes of audio the essence covers."""


class Reading(msgspec.Struct, frozen=True):
    """What reading a file (not decoding it) tells: which audio it is, and what it says of itself."""

    identity: Identity
    tags: Tags
    stream: Stream | None = None
    complaint: str | None = None
    """Why the tags could not be read, one sentence; the identity stands all the same."""
