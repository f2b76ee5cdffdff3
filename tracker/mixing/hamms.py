"""HAMMS: twelve dimensions of a track, and how alike two tracks are in them.

The names, their order and weights, and the mixture of distance and angle are the contract;
tempo and key are compared on their circles, and what is unknown is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tracker.mixing import harmony
from tracker.model import Hamms

WEIGHTS = {
    "bpm": 1.3,
    "key": 1.4,
    "energy": 1.2,
    "danceability": 0.9,
    "valence": 0.8,
    "acousticness": 0.6,
    "instrumentalness": 0.5,
    "rhythmic_pattern": 1.1,
    "spectral_centroid": 0.7,
    "tempo_stability": 0.9,
    "harmonic_complexity": 0.8,
    "dynamic_range": 0.6,
}
DISTANCE, ANGLE = 0.6, 0.4
"""What the weighted Euclidean distance and the cosine count."""
RATINGS = ((0.9, "excellent"), (0.8, "good"), (0.7, "fair"), (0.6, "poor"))
SLOWEST, FASTEST = 60.0, 200.0
"""BPM at 0 and at 1; slower and faster tempi are shown an octave further in, where they mix."""
KEYS = 23
"""Steps from 1A, which is 0, over 1B, 2A ... to 12B, which is 1."""


@dataclass(frozen=True)
class Likeness:
    """How alike two tracks are."""

    value: float
    """0 to 1, over what is known of both."""
    confidence: float
    """How far to trust it: the weighted mean of the lower confidence in each dimension, times the
    share of the weights that could be compared."""
    distances: dict[str, float]
    """Dimension -> 0 the same to 1 as far as can be, of those compared."""
    missing: tuple[str, ...]
    """Dimensions left out, since one track or both do not have them."""

    @property
    def rating(self) -> str:
        """The contract's word for it."""
        return next((word for least, word in RATINGS if self.value >= least), "different")


def similarity(one: Hamms, other: Hamms) -> Likeness | None:
    """0.6 of the weighted distance, turned round, and 0.4 of the cosine; None with nothing known.

    A percentile among random pairs of the same library says more than the number: two tracks
    picked blindly already reach about 0.66.
    """
    pairs = {name: (getattr(one, name), getattr(other, name)) for name in WEIGHTS}
    known = {name: (a, b) for name, (a, b) in pairs.items() if a is not None and b is not None}
    if not known:
        return None
    squares = {name: WEIGHTS[name] ** 2 for name in known}
    apart = {name: distance(name, a, b) for name, (a, b) in known.items()}
    whole = sum(squares.values())
    near = 1 - math.sqrt(sum(squares[name] * apart[name] ** 2 for name in known) / whole)
    value = DISTANCE * near + ANGLE * _cosine(known, squares)
    trust = sum(squares[name] * _lower_confidence(one, other, name) for name in known)
    return Likeness(
        value=min(1.0, max(0.0, value)),
        confidence=trust / sum(weight**2 for weight in WEIGHTS.values()),
        distances=apart,
        missing=tuple(name for name in WEIGHTS if name not in known),
    )


def distance(name: str, one: float, other: float) -> float:
    """0 to 1: tempo by log2 with octaves folded, key by the table of harmony, others as they are."""
    if name == "bpm":
        octaves = abs(math.log2(bpm_at(one) / bpm_at(other))) % 1
        return 2 * min(octaves, 1 - octaves)
    if name == "key":
        return harmony.distance(key_at(one), key_at(other))
    return abs(one - other)


def _cosine(known: dict[str, tuple[float, float]], squares: dict[str, float]) -> float:
    """Of the weighted vectors; a place on a circle has the length 1 wherever it is."""
    inner = sum(squares[name] * _product(name, a, b) for name, (a, b) in known.items())
    ones = sum(squares[name] * _product(name, a, a) for name, (a, _) in known.items())
    others = sum(squares[name] * _product(name, b, b) for name, (_, b) in known.items())
    if not ones or not others:
        return float(ones == others)
    # Of each its own root: the product of two tiny lengths would be nothing.
    return inner / (math.sqrt(ones) * math.sqrt(others))


def _product(name: str, one: float, other: float) -> float:
    if name == "bpm":
        return (1 + math.cos(math.pi * distance(name, one, other))) / 2
    if name == "key":
        return harmony.affinity(key_at(one), key_at(other))
    return one * other


def _lower_confidence(one: Hamms, other: Hamms, name: str) -> float:
    return min(one.confidence.get(name, 0.0), other.confidence.get(name, 0.0))


def place_of_bpm(bpm: float) -> float:
    """Where a tempo stands from 0 to 1."""
    while bpm < SLOWEST:
        bpm *= 2
    while bpm > FASTEST:
        bpm /= 2
    return (bpm - SLOWEST) / (FASTEST - SLOWEST)


def bpm_at(place: float) -> float:
    return SLOWEST + place * (FASTEST - SLOWEST)


def place_of_key(camelot: str) -> float:
    """Where a Camelot key stands from 0 to 1, for showing: its neighbours in sound are elsewhere."""
    return (2 * (int(camelot[:-1]) - 1) + (camelot[-1] == "B")) / KEYS


def key_at(place: float) -> str:
    hour, major = divmod(round(place * KEYS), 2)
    return f"{hour + 1}{'B' if major else 'A'}"
