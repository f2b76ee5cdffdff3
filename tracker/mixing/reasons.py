"""How one track follows another, in words: tempo, key, energy. Unknown says nothing."""

from __future__ import annotations

import math

from tracker.mixing import harmony
from tracker.model import TrackRow

SURE = 0.6
"""Below this confidence a reason is a guess, and says so."""
FARTHEST = 8.0
"""Percent that people change the pitch by."""
SAME = 0.05
"""Percent that nobody hears."""
INTERVALS = (
    "same key", "up a semitone", "up a whole tone", "up a minor third", "up a major third",
    "down a fifth", "a tritone away", "up a fifth", "down a major third", "down a minor third",
    "down a whole tone", "down a semitone",
)  # fmt: skip
"""By semitones from the first tonic to the second."""
RELATIVE = 3
"""Semitones from a minor key up to the major one of the same notes."""


def between(one: TrackRow, other: TrackRow) -> tuple[str, ...]:
    """What there is to say when *other* follows *one*."""
    said = [
        (tempo(one.bpm, other.bpm), (one.bpm_confidence, other.bpm_confidence)),
        (key_move(one.key, other.key), (one.key_confidence, other.key_confidence)),
        (energy(one.energy, other.energy), ()),
    ]
    return tuple(
        reason if all(sure is None or sure >= SURE for sure in trust) else f"perhaps {reason}"
        for reason, trust in said
        if reason
    )


def pitch(one: float | None, other: float | None) -> float | None:
    """Percent by which *other* is to be played faster to keep time with *one*, octaves folded."""
    if not one or not other:
        return None
    return round((one / (other * 2.0 ** _octaves(one, other)) - 1) * 100, 2)


def tempo(one: float | None, other: float | None) -> str | None:
    percent = pitch(one, other)
    if not one or not other or percent is None:
        return None
    if abs(percent) > FARTHEST:
        return f"{other:.0f} BPM"
    match = "same tempo" if abs(percent) < SAME else f"{percent:+.1f}% to match"
    return {0: match, 1: f"half the tempo, {match}", -1: f"double the tempo, {match}"}[
        _octaves(one, other)
    ]


def _octaves(one: float, other: float) -> int:
    """How often *other* has to be doubled to be nearest to *one*: once, not at all, halved."""
    return max(-1, min(1, round(math.log2(one / other))))


def key_move(one: str | None, other: str | None) -> str | None:
    """From one Camelot key to another: "same key", "up a fifth", "to the major"."""
    if one is None or other is None:
        return None
    try:
        tonic, minor = harmony.tonic_and_mode(one)
        next_tonic, next_minor = harmony.tonic_and_mode(other)
    except ValueError:
        return None
    if minor == next_minor:
        return INTERVALS[(next_tonic - tonic) % 12]
    mode = "minor" if next_minor else "major"
    if tonic == next_tonic:
        return f"to the parallel {mode}"
    relative = tonic + (RELATIVE if minor else -RELATIVE)
    steps = (next_tonic - relative) % 12
    return f"{INTERVALS[steps]}, to the {mode}" if steps else f"to the {mode}"


def energy(one: int | None, other: int | None) -> str | None:
    if one is None or other is None:
        return None
    return f"energy {other - one:+d}" if other != one else "same energy"
