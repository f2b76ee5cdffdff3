"""A track: one audio essence in the catalogue, and the files that hold it."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from tracker.model.tags import Tags
from tracker.model.units import Bpm, FileId, Lufs, Moment, RootId, Seconds, TrackId

T = TypeVar("T")


class FileState(StrEnum):
    PRESENT = "present"
    MISSING = "missing"


class TrackRow(msgspec.Struct, frozen=True, array_like=True):
    """One line of the library, in the order of its columns. New fields go to the end."""

    id: TrackId
    title: str | None
    artist: str | None
    album: str | None
    bpm: Bpm | None
    bpm_confidence: float | None
    key: str | None
    """Camelot."""
    key_confidence: float | None
    energy: int | None
    duration: Seconds | None
    rating: int | None
    genre: str | None
    year: int | None
    state: FileState
    root: RootId
    """Rows of a root that is offline are shown dim."""
    name: str
    """The file's own name, cleaned: what stands there while the title is unknown."""
    complaint: str | None
    """Why it could not be measured, one sentence."""
    measured: bool
    """Nothing more is to be expected from measuring."""
    differs: str
    """Fields whose tags say something else than what is shown, space-separated: "bpm key"."""


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place where a track lies."""

    id: FileId
    root: RootId
    path: str
    """Whole, cleaned for display."""
    state: FileState
    size: int
    tags: Tags
    path_raw: bytes | None = None
    """Whole, where it differs from what is shown."""
    missing_since: Moment | None = None
    rule: str | None = None
    """By which rule its essence was found; "whole file" where the container has none."""
    complaint: str | None = None


class Track(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything known about one track. Field names are those of the CLI's JSON; absent is unknown."""

    id: TrackId
    path: str
    state: FileState
    added: Moment
    path_raw: bytes | None = None
    files: tuple[File, ...] = ()
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    albumartist: str | None = None
    genre: str | None = None
    mood: str | None = None
    year: int | None = None
    label: str | None = None
    catalogue_number: str | None = None
    isrc: str | None = None
    remixer: str | None = None
    comment: str | None = None
    rating: int | None = None
    duration: Seconds | None = None
    format: str | None = None
    codec: str | None = None
    bitrate: int | None = None
    samplerate: int | None = None
    channels: int | None = None
    size: int | None = None
    bpm: Bpm | None = None
    bpm_confidence: float | None = None
    bpm_alternatives: tuple[Bpm, ...] = ()
    bpm_why: str | None = None
    """What speaks for another octave of the tempo."""
    key: str | None = None
    key_name: str | None = None
    key_confidence: float | None = None
    key_alternatives: tuple[str, ...] = ()
    energy: int | None = None
    loudness: Lufs | None = None
    true_peak: float | None = None
    replay_gain: float | None = None
    hamms: dict[str, float] = {}
    """Dimension -> 0 to 1; what cannot be told is not in it."""
    sources: dict[str, str] = {}
    """Field -> "user", "dj", "measured", "tags" or "file"."""
    versions: dict[str, int] = {}
    """Feature -> version that measured it."""
    error: str | None = None


class Page(msgspec.Struct, Generic[T], frozen=True):
    rows: list[T]
    total: int
