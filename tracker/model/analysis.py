"""What the audio itself says."""

from __future__ import annotations

import msgspec

from tracker.model.units import Bpm, Lufs, Seconds


class Tempo(msgspec.Struct, frozen=True):
    bpm: Bpm
    confidence: float
    """The probability that this is the tempo people tap, 0 to 1."""
    alternatives: tuple[Bpm, ...] = ()
    """Other readings of the same beat, the likeliest first."""


class Key(msgspec.Struct, frozen=True):
    camelot: str
    """"8A" is A minor, "8B" C major."""
    confidence: float
    """The probability that tonic and mode are right, 0 to 1."""
    alternatives: tuple[str, ...] = ()
    """The next likeliest keys, Camelot."""


class Loudness(msgspec.Struct, frozen=True):
    integrated: Lufs
    """ITU-R BS.1770-4, both gates."""


class Energy(msgspec.Struct, frozen=True):
    level: int
    """1 (a whisper) to 10 (peak time), on a fixed scale."""
    value: float
    """The same before rounding, 0 to 1: what sorting and later scales read."""


class Duration(msgspec.Struct, frozen=True):
    seconds: Seconds
    """Decoded frames, counted; not what a header claims."""
    complaint: str | None = None
    """What was wrong with the file though it could be decoded: one sentence."""


class Analysis(msgspec.Struct, frozen=True):
    """What was found in one pass, one field per feature; None where it has no answer.

    `measured` names the features that were asked and answered, "no beat" included.
    """

    measured: dict[str, int]
    """Feature -> version that answered."""
    duration: Duration | None = None
    tempo: Tempo | None = None
    key: Key | None = None
    loudness: Loudness | None = None
    energy: Energy | None = None
