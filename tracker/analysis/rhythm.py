"""How the beat goes: how clear it is, how steady, and what happens between the beats."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.model import Bpm

WINDOW = 12.0
"""Seconds judged at once: within them hardly any tempo drifts by half a beat."""
SHORTEST = 4.0
"""Seconds in which a slow pulse comes often enough."""
TOGETHER = 64
"""Windows looked at together."""
PULSES = (0.27, 1.2)
"""Seconds from one beat to the next."""
STEPS = 48
"""Parts of a beat: halves, thirds and quarters fall into the middle of one."""
FEWEST_BEATS = 16
"""Fewer tell neither a pattern nor how steady they are."""
TO_DEVIATION = 1.4826
"""From the median distance of a normal distribution to its standard deviation."""
BLURRED = 8
"""Beats over which the tempo is read, to leave the pattern's own accents out."""


def pulse_clarity(onsets: Series, rate: float) -> float | None:
    """How much the onsets repeat at the best pulse, 0 to 1 (Lartillot et al. 2008).

    The highest autocorrelation between 50 and 220 BPM, the mean of windows and onset bands; None
    for less than four seconds.
    """
    if onsets.shape[1] < SHORTEST * rate:
        return None
    windows = _windows(onsets, min(onsets.shape[1], round(WINDOW * rate)))
    found, whole = 0.0, 0.0
    for at in range(0, windows.shape[1], TOGETHER):
        likeness = _likeness(windows[:, at : at + TOGETHER])
        first, end = (round(seconds * rate) for seconds in PULSES)
        # A window counts by how much happens in it: the intro of a house track says little.
        found += float(likeness[..., first:end].max(axis=2).sum())
        whole += float(likeness[..., 0].sum())
    return min(1.0, max(0.0, found / max(whole, 1e-12)))


def _likeness(windows: Series) -> Series:
    """The autocorrelation of each, no less where less of it overlaps."""
    size = windows.shape[2]
    spectrum = scipy.fft.rfft(windows - windows.mean(axis=2, keepdims=True), 2 * size)
    likeness = scipy.fft.irfft(np.abs(spectrum) ** 2)[..., :size]
    return likeness * (size / (size - np.arange(size, dtype=np.float32)))


def _windows(onsets: Series, size: int) -> Series:
    count = onsets.shape[1] // size
    return onsets[:, : count * size].reshape(len(onsets), count, size)


def off_beat(curve: Series, rate: float, bpm: Bpm) -> float | None:
    """How far from the beat things happen, 0 to 1; None for fewer than 16 beats.

    The mean distance from the beat in the metre, weighted by onset strength: 0 on a beat, 1/2
    halfway between two, 1 on the quarters between (after Longuet-Higgins & Lee 1984).
    """
    if len(curve) / rate * bpm / 60 < FEWEST_BEATS:
        return None
    strength = np.maximum(curve - curve.std() / 2, 0)
    size = max(round(WINDOW * rate), round(8 * 60 / bpm * rate))
    places = (np.arange(len(curve)) / rate * bpm / 60 * STEPS).astype(int) % STEPS
    folded = [
        np.bincount(places[at : at + size], strength[at : at + size], STEPS)
        for at in range(0, len(curve), size)
    ]
    aligned = sum(_from_the_beat(pattern) for pattern in folded)
    total = float(np.sum(aligned))
    if not total > 0:
        return None
    return float(_METRE @ aligned / total)


_PHASE = np.arange(STEPS) / STEPS
_METRE = np.interp(_PHASE, (0, 0.25, 0.5, 0.75, 1), (0, 1, 0.5, 1, 0))
_TURNS = (np.arange(STEPS)[:, None] + np.arange(STEPS)) % STEPS
_NEAR = np.interp(np.minimum(_PHASE, 1 - _PHASE), (0, 0.1), (1, 0))


def _from_the_beat(pattern: NDArray[Any]) -> NDArray[Any]:
    """The same, turned so that most happens at its beginning."""
    best = int((pattern[_TURNS] @ _NEAR).argmax())
    return pattern[_TURNS[best]]


def variation(curve: Series, rate: float, bpm: Bpm) -> float | None:
    """The tempo's coefficient of variation; None for fewer than 16 beats.

    The curve is turned back by the tempo (complex demodulation); where its phase moves on, the
    tempo differs.
    """
    beat = 60 / bpm
    if len(curve) / rate / beat < 2 * FEWEST_BEATS:
        return None
    phase = (np.arange(len(curve)) / (rate * beat) % 1).astype(np.float32)
    turned = curve * np.exp(np.complex64(-2j * np.pi) * phase)
    size = max(1, round(beat * rate))
    sums = np.add.reduceat(turned, np.arange(0, len(turned) - size + 1, size))
    if len(sums) <= 2 * BLURRED:
        return None
    window = np.hanning(2 * BLURRED + 1)
    course = np.convolve(sums, window / window.sum(), "valid")
    moved = course[BLURRED:] * np.conj(course[:-BLURRED])
    if not len(moved) or not np.abs(moved).sum() > 0:
        return None
    drift = np.angle(moved) / (2 * np.pi * BLURRED * size / rate) * beat
    weights = np.abs(moved)
    # Where only the off-beats sound the phase jumps by half: the middle deviation forgives that.
    apart = np.abs(drift - _weighted_median(drift, weights))
    return TO_DEVIATION * _weighted_median(apart, weights)


def _weighted_median(values: NDArray[Any], weights: NDArray[Any]) -> float:
    order = np.argsort(values)
    sums = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(sums, sums[-1] / 2)])
