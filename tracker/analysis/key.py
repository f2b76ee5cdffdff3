"""What key it is in, or that it has none.

Each of the 24 keys is judged by the same evidence, seen from its tonic: how well published profiles
fit, which chords sound how long, what the bass plays, in which keys its passages are; and most of
that once more where music is at home: at the beginning, at the end, at the head of a loop. Chords
tell a minor key from the major one that shares its notes. How much each counts was learned from
music made by chance (`contrib/train_key.py`), on no recording of anybody. Which chord follows which
is left out: it helped with made music and misled with real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.analysis import roots
from tracker.analysis.audio import Audio
from tracker.analysis.chords import Harmony, Loop, likeliest_chain, standard
from tracker.analysis.chroma import ROW_RATE
from tracker.analysis.once import once
from tracker.analysis.series import FINE
from tracker.mixing import harmony as wheel
from tracker.model import Key

VERSION = 3

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
PROFILE = standard(sum(standard(profile) for profile in PROFILES))
"""Their mean, major and minor."""
KEY_PROFILES = np.array([np.roll(PROFILE[key // 12], key % 12) for key in range(24)])
SIGNATURES = np.array([(key + (3 if key >= 12 else 0)) % 12 for key in range(24)])
"""The major key of the same notes."""

FIRST, LAST = 10, 14
"""Rows of the beginning and of the end."""
LATE = 4.0
"""Seconds after the first sound from which on the first chord tells nothing."""
CLEAR_LOOP = 1 / 3
"""Strength from which on a loop counts in full."""

COHERENT, FITTING = 0.18, 0.7
"""Mean cosine of the peaks' distance to tuned semitones; below, what sounds is no scale. Half of
what the best profile's correlation is above the second is added."""
FEWEST = 1.6
"""Pitch classes; a single tone has no key."""
SHORTEST = 2.0
"""Seconds; one chord is no key."""
MOST_ALTERNATIVES = 2
SILENCE, QUIET = 1e-9, 1e-6
"""Mean square below which, and power against the loud parts below which nothing has begun."""

WINDOW, HOP = 120, 22
"""Rows in which a passing key is looked for, and from one look to the next."""
SHARPNESS, CHANGE = 20.0, 8.0
"""How much a better fit and a change weigh there."""
ELSEWHERE = 0.2
"""Share of the time with other notes than most, from which on a recording modulates."""


@once
def measure(audio: Audio) -> Key | None:
    """The key, or None where nothing sounds or what sounds keeps to no scale."""
    if audio.seconds < SHORTEST or not audio.chroma.any() or distinct(audio) < FEWEST:
        return None
    harmony = Harmony.of(audio.chroma, audio.bass, audio.tones, begin(audio) * ROW_RATE)
    if harmony is None or not keeps_to_a_scale(harmony, abs(audio.tones)):
        return None
    passages = passing(harmony)
    likely = likelihoods(Evidence.of(harmony, passages))
    order = [int(place) for place in np.argsort(likely)[::-1][: 1 + MOST_ALTERNATIVES]]
    names = [wheel.camelot(place % 12, minor=place >= 12) for place in order]
    shares = [round(float(likely[place]), 3) for place in order]
    return Key(
        camelot=names[0],
        confidence=shares[0],
        alternatives=tuple(names[1:]),
        shares=tuple(shares[1:]),
        modulates=elsewhere(passages) > ELSEWHERE,
    )


def begin(audio: Audio) -> float:
    """Seconds until it begins to sound."""
    if not len(audio.energies):
        return 0.0
    loud = max(SILENCE, QUIET * float(np.quantile(audio.energies, 0.95)))
    return int((audio.energies >= loud).argmax()) / 10


def distinct(audio: Audio) -> float:
    """Of how many pitches the sound is made: the perplexity of its fine chroma, smoothed."""
    steps = audio.chroma.mean(axis=0, dtype=np.float64)
    steps = np.sum([np.roll(steps, shift) for shift in range(-4, 5)], axis=0)
    shares = steps[steps > 0] / steps.sum()
    return float(np.exp(-(shares * np.log(shares)).sum())) * 12 / FINE


def keeps_to_a_scale(harmony: Harmony, coherence: float) -> bool:
    """Whether peaks lie on semitones, a little less strictly where they make a known scale."""
    fit = float((KEY_PROFILES @ standard(harmony.weight @ harmony.scale)).max())
    return coherence + 0.5 * (fit - FITTING) >= COHERENT


def passing(harmony: Harmony) -> NDArray[np.int64]:
    """The keys of passages, by a hidden Markov model (Noland & Sandler 2006)."""
    count = len(harmony.weight)
    sums = np.zeros((count + 1, 12))
    np.cumsum(harmony.scale * harmony.weight[:, None], axis=0, out=sums[1:])
    middles = np.arange(0, max(1, count - WINDOW // 2), HOP)
    ends = np.minimum(count, middles + WINDOW // 2)
    heard = standard(sums[ends] - sums[np.maximum(0, middles - WINDOW // 2)])
    return likeliest_chain(SHARPNESS * heard @ KEY_PROFILES.T, CHANGE)


def elsewhere(passages: NDArray[np.int64]) -> float:
    """The share of the time in keys of other notes than most; relatives are no change."""
    return float(1 - np.bincount(SIGNATURES[passages]).max() / len(passages))


@dataclass(frozen=True)
class Evidence:
    """What keys are judged by: of pitch classes (12) or of triads or keys (24, major ones first)."""

    scales: dict[str, NDArray[Any]]
    parts: dict[str, NDArray[Any]]

    @classmethod
    def of(cls, harmony: Harmony, passages: NDArray[np.int64]) -> Evidence:
        rows = np.arange(len(harmony.weight))
        # After an intro of drums harmony begins anywhere.
        early = float(np.clip(1 - harmony.late / ROW_RATE / LATE, 0, 1))
        loop = Loop.of(harmony)
        clear = min(1.0, loop.strength / CLEAR_LOOP) if loop else 0.0
        scales, parts = {}, {}
        for name, share, where in (
            ("whole", 1.0, rows >= 0),
            ("first", early, rows < FIRST),
            ("last", 1.0, rows >= len(rows) - LAST),
            ("head", clear, loop.begun(harmony) if loop else rows >= 0),
        ):
            weight = harmony.weight * where
            weight = weight if weight.any() else where.astype(np.float32)
            weight = weight / max(float(weight.sum()), 1e-9)
            scales[name] = share * standard(weight @ harmony.scale)
            parts[f"{name} chords"] = share * (weight @ harmony.likely)
            parts[f"{name} bass"] = share * standard(weight @ harmony.bass)
        parts["passages"] = np.bincount(passages, minlength=24) / len(passages)
        for name, share, place in (("first", early, 0), ("last", 1.0, -1)):
            parts[f"{name} passage"] = share * (np.arange(24) == passages[place])
        return cls(scales, parts)

    def of_roots(self) -> NDArray[np.float32]:
        """A row for each tonic: fits of profiles, major and minor, and all else as it sees it."""
        rows = []
        for tonic in range(12):
            order = (np.arange(12) + tonic) % 12
            both = np.concatenate([order, order + 12])
            fits = [PROFILE @ scale[order] for scale in self.scales.values()]
            values = [part[both[: len(part)]] for part in self.parts.values()]
            rows.append(np.concatenate([*fits, *values]))
        return np.array(rows, np.float32)


def likelihoods(evidence: Evidence) -> NDArray[Any]:
    """How likely each key is: twelve major from C on, then twelve minor; their sum is 1."""
    return roots.shares(roots.keys()(evidence.of_roots()).astype(np.float64))
