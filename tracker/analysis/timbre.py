"""How it sounds: the usual statistics of the spectrum, over what is not silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.audio import Audio
from tracker.analysis.decode import Series
from tracker.analysis.shape import COLUMNS
from tracker.analysis.trim import SILENCE
from tracker.model import Timbre

VERSION = 1

QUIET = 1e-5
"""Power of a row against the loud ones: 50 dB below them nothing is heard."""
MANY = 4_096
"""Rows of chroma folded at once."""
OF_A_TONE = 0.5
"""Semitones to either side that count for a pitch class."""


@dataclass(frozen=True)
class Sounding:
    """The rows of an `Audio` in which something sounds."""

    means: Series
    variances: Series

    @classmethod
    def of(cls, audio: Audio) -> Sounding | None:
        """None where nothing does."""
        means, variances = audio.texture.means, audio.texture.variances
        power = means[:, COLUMNS["power"]][:, 0]
        if not len(power) or power.max() < SILENCE:
            return None
        heard = power >= max(SILENCE, QUIET * float(np.quantile(power, 0.95)))
        return cls(means[heard], variances[heard])

    def mean(self, name: str) -> NDArray[Any]:
        return np.asarray(self.means[:, COLUMNS[name]].mean(axis=0, dtype=np.float64))

    def deviation(self, name: str) -> NDArray[Any]:
        """From frame to frame, over all rows: the spread within them and that between them."""
        return np.sqrt(self.within(name) ** 2 + self.between(name) ** 2)

    def within(self, name: str) -> NDArray[Any]:
        """The deviation from the mean of 0.74 s: notes and beats."""
        return np.sqrt(self.variances[:, COLUMNS[name]].mean(axis=0, dtype=np.float64))

    def between(self, name: str) -> NDArray[Any]:
        """The deviation of these means: sections."""
        return np.asarray(self.means[:, COLUMNS[name]].std(axis=0, dtype=np.float64))

    def levels(self) -> NDArray[Any]:
        """DBFS, row by row."""
        return np.asarray(10 * np.log10(self.means[:, COLUMNS["power"]][:, 0].astype(np.float64)))


def measure(audio: Audio) -> Timbre | None:
    """The timbre, or None where nothing sounds for a tenth of a second."""
    sounding = Sounding.of(audio)
    if sounding is None:
        return None
    levels, power = sounding.levels(), float(sounding.mean("power")[0])
    return Timbre(
        mfcc=_rounded([*sounding.mean("mfcc"), *sounding.deviation("mfcc")], 3),
        centroid=_pair(sounding, "centroid", 1),
        rolloff=_pair(sounding, "rolloff", 1),
        flatness=_pair(sounding, "flatness", 5),
        crossings=_pair(sounding, "crossings", 5),
        rms=(round(float(10 * np.log10(power)), 2), round(float(levels.std()), 2)),
        chroma=_rounded(chroma_statistics(audio), 4),
        contrast=_rounded(sounding.mean("contrast"), 2),
    )


def _pair(sounding: Sounding, name: str, digits: int) -> tuple[float, float]:
    mean, deviation = _rounded([*sounding.mean(name), *sounding.deviation(name)], digits)
    return mean, deviation


def _rounded(values: Any, digits: int) -> tuple[float, ...]:
    return tuple(round(float(value), digits) for value in values)


def chroma_statistics(audio: Audio) -> NDArray[Any]:
    """Means of the twelve pitch classes, C first, the strongest 1; then their deviations."""
    rows = pitch_rows(audio)
    if not len(rows):
        return np.zeros(24)
    means = rows.mean(axis=0)
    return np.concatenate([means, rows.std(axis=0)]) / max(float(means.max()), 1e-9)


def pitch_rows(audio: Audio) -> NDArray[Any]:
    """Strength of the pitch classes, C first, tuned; the strongest of each row is 1.

    Rows in which no peak stands out are left out.
    """
    tuning = float(np.angle(audio.tones)) / (2 * np.pi)
    count = audio.chroma.shape[1]
    steps = np.arange(count) * 12 / count - tuning  # semitones above A
    distance = (steps[:, None] - (np.arange(12)[None] - 9) + 6) % 12 - 6
    near = (np.abs(distance) <= OF_A_TONE) * np.cos(np.pi * distance / 2 / OF_A_TONE) ** 2
    fold, chroma = near.astype(np.float32), audio.chroma
    parts = (chroma[at : at + MANY] for at in range(0, max(len(chroma), 1), MANY))
    rows = np.concatenate([part.astype(np.float32) @ fold for part in parts])
    strongest = rows.max(axis=1, initial=0)
    return np.asarray(rows[strongest > 0] / strongest[strongest > 0, None])
