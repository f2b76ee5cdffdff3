"""What key it is in, or that it has none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.audio import Audio
from tracker.analysis.once import once
from tracker.analysis.series import FINE
from tracker.mixing import harmony
from tracker.model import Key

VERSION = 1

# How well each pitch class fits a major and a minor key, the tonic first.
PROFILES = (
    (  # Krumhansl & Kessler 1982, listeners
        (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    ),
    (  # Sha'ath 2011, those adapted to club music
        (6.6, 2.0, 3.5, 2.3, 4.6, 4.0, 2.5, 5.2, 2.4, 3.7, 2.3, 3.4),
        (6.5, 2.7, 3.5, 5.4, 2.6, 3.5, 2.5, 5.2, 4.0, 2.7, 4.3, 3.2),
    ),
    (  # Faraldo et al. 2016, electronic dance music
        (0.1652, 0.0475, 0.0829, 0.0669, 0.0999, 0.0927, 0.0529, 0.1316, 0.0522, 0.0744, 0.0694, 0.0642),
        (0.1724, 0.0534, 0.0761, 0.1004, 0.0562, 0.0853, 0.0498, 0.1345, 0.0746, 0.0500, 0.0919, 0.0555),
    ),
)  # fmt: skip

OVERTONES = 5
"""A peak may be the first to fifth partial of its note (Gomez 2006)."""
WIDTH = 4 / 3
"""Semitones over which a peak counts for a pitch class."""
INCOHERENT = 0.12
"""Mean cosine of the peaks' distance to tuned semitones; below, what sounds is no scale."""
FEWEST = 1.6
"""Pitch classes; a single tone has no key."""
SHARPNESS = 20.0
"""From correlations to log probabilities."""
TRUST = (0.0, 0.56)
"""From the log odds of a key to those of being right, seen on music of known key."""
MOST_ALTERNATIVES = 3
SHORTEST = 2.0
"""Seconds; one chord is no key."""


@once
def measure(audio: Audio) -> Key | None:
    """The key, or None where nothing sounds or what sounds keeps to no scale."""
    if audio.seconds < SHORTEST or abs(audio.tones) < INCOHERENT or not audio.chroma.any():
        return None
    if distinct(audio) < FEWEST:
        return None
    likely = likelihoods(pitch_classes(audio))
    order = np.argsort(likely)[::-1]
    names = [harmony.camelot(int(place) % 12, minor=bool(place >= 12)) for place in order]
    return Key(
        camelot=names[0],
        confidence=round(trust(float(likely[order[0]])), 3),
        alternatives=tuple(names[1 : 1 + MOST_ALTERNATIVES]),
    )


def pitch_classes(audio: Audio) -> NDArray[Any]:
    """How strong each pitch class is over the whole recording, C first, tuned."""
    tuning = float(np.angle(audio.tones)) / (2 * np.pi)
    rows = audio.chroma.astype(np.float32) @ _folding(tuning).T.astype(np.float32)
    # Each row counts the same, however loud: an intro tells the key as well as a drop.
    rows = rows / np.maximum(rows.max(axis=1, keepdims=True), 1e-9)
    return np.asarray(rows.mean(axis=0))


def distinct(audio: Audio) -> float:
    """Of how many pitches the sound is made: the perplexity of its fine chroma, smoothed."""
    steps = audio.chroma.mean(axis=0, dtype=np.float64)
    steps = sum(np.roll(steps, shift) for shift in range(-4, 5))
    shares = steps[steps > 0] / steps.sum()
    return float(np.exp(-(shares * np.log(shares)).sum())) * 12 / FINE


def _folding(tuning: float) -> NDArray[Any]:
    """What each fine step, counted from A, gives to the pitch classes, counted from C."""
    steps = np.arange(FINE) * 12 / FINE - tuning
    fold = np.zeros((12, FINE))
    for partial in range(1, OVERTONES + 1):
        note = steps - 12 * np.log2(partial)
        distance = (note[None] - (np.arange(12)[:, None] - 9) + 6) % 12 - 6
        near = np.abs(distance) < WIDTH / 2
        fold += np.where(near, np.cos(np.pi * distance / WIDTH) ** 2, 0)
    return fold


def likelihoods(strengths: NDArray[Any]) -> NDArray[Any]:
    """How likely each key is: twelve major from C on, then twelve minor; their sum is 1."""
    heard = _standard(strengths)
    fits = np.zeros(24)
    for profile in PROFILES:
        for minor, shape in enumerate(profile):
            for tonic in range(12):
                fits[12 * minor + tonic] += heard @ np.roll(_standard(shape), tonic)
    likely = np.exp(SHARPNESS * (fits - fits.max()) / len(PROFILES))
    return np.asarray(likely / likely.sum())


def _standard(values: Any) -> NDArray[Any]:
    centred = np.asarray(values, float) - np.mean(values)
    return np.asarray(centred / max(float(np.linalg.norm(centred)), 1e-12))


def trust(share: float) -> float:
    """The probability of being right where the best key has this share."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    odds = TRUST[0] + TRUST[1] * np.log(share / (1 - share))
    return float(1 / (1 + np.exp(-odds)))
