"""How loud it is: ITU-R BS.1770-4 and EBU R128, as a whole, at its loudest, and how far it ranges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.audio import Audio
from tracker.model import Loudness, Lufs

VERSION = 2

Powers = NDArray[np.float64]
"""Mean squares."""

MOMENT, SHORT = 4, 30
"""Steps of 100 ms in a gating block, which is also a moment, and in the short term."""
SILENCE = -70.0
"""LUFS: the absolute gate."""
BELOW_MEAN, BELOW_MEAN_RANGE = 10.0, 20.0
"""LU: the relative gates of integrated loudness and of its range."""
QUIET, LOUD = 10, 95
"""Percent of the short-term values that the range leaves out below, and reaches up to."""
FAINTEST = 1e-6
"""Full scale is 1: below -120 dBFS there is no peak to speak of."""


def measure(audio: Audio) -> Loudness | None:
    """The loudness, or None for silence and for what is shorter than one block."""
    energies = audio.energies.astype(np.float64)
    integrated = gated(energies)
    if integrated is None:
        return None
    return Loudness(
        Lufs(round(integrated, 2)),
        short_term=_loudest(energies, SHORT),
        momentary=_loudest(energies, MOMENT),
        range=spread(energies),
        true_peak=_decibels(audio.levels.true_peak),
        peak=_decibels(audio.levels.peak),
    )


def gated(energies: Powers) -> float | None:
    """LUFS of mean squares over 100 ms, through both gates (BS.1770-4, equations 3 to 7)."""
    blocks = sliding(energies, MOMENT)
    blocks = blocks[blocks > power(SILENCE)]
    if not len(blocks):
        return None
    loud = blocks[blocks > blocks.mean() * 10 ** (-BELOW_MEAN / 10)]
    return level(loud.mean())


def spread(energies: Powers) -> float | None:
    """The loudness range in LU (EBU Tech 3342); None where it is shorter than 3 s, or silent."""
    blocks = sliding(energies, SHORT)
    blocks = blocks[blocks > power(SILENCE)]
    if not len(blocks):
        return None
    blocks = blocks[blocks > blocks.mean() * 10 ** (-BELOW_MEAN_RANGE / 10)]
    quiet, loud = np.percentile(blocks, (QUIET, LOUD))
    return round(level(loud) - level(quiet), 2)


def sliding(energies: Powers, steps: int) -> Powers:
    """Means over so many steps, beginning at each."""
    if len(energies) < steps:
        return np.zeros(0)
    return np.convolve(energies, np.full(steps, 1 / steps), "valid")


def power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def level(power: float) -> float:
    """LUFS."""
    return float(-0.691 + 10 * np.log10(power))


def _loudest(energies: Powers, steps: int) -> Lufs | None:
    blocks = sliding(energies, steps)
    if not len(blocks) or blocks.max() <= power(SILENCE):
        return None
    return Lufs(round(level(blocks.max()), 2))


def _decibels(amplitude: float) -> float | None:
    return round(float(20 * np.log10(amplitude)), 2) if amplitude > FAINTEST else None
