"""A point for each recording, so that near points sound alike.

64 descriptors of the sound, none of which depends on level, tuning or key: the cepstrum and how it
moves, contrast and shape of the spectrum, how fast low, middle and high bands swell (their
modulation spectrum; Pampalk 2006), intervals in the chroma (Fourier magnitudes, the same in all
keys; Amiot 2016), breadth of the level. Each is standardised by the mean and deviation it has in
generated music (`scale`, written by `contrib/embedding_scale.py`), held to 3 deviations, weighted
by its group, and the whole brought to length 1: the cosine of two vectors is their likeness.

Vectors of different `VERSION` lie in different spaces and are never compared.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tracker.analysis import energy, rhythm, timbre
from tracker.analysis.audio import Audio
from tracker.analysis.scale import DEVIATIONS, MEANS
from tracker.analysis.shape import Shape
from tracker.analysis.trim import trimmed
from tracker.model import Embedding

VERSION = 1

SHORTEST = 4.0
"""Seconds; shorter is a sound, not music."""
FARTHEST = 3.0
"""Deviations: one odd descriptor is not to decide."""
GROUPS = {"cepstrum": 19, "shape": 12, "motion": 22, "harmony": 8, "level": 3}
"""How many descriptors each has, in this order."""
WEIGHTS = {"cepstrum": 0.35, "shape": 0.2, "motion": 0.25, "harmony": 0.15, "level": 0.05}
"""Shares of the squared length, set by hand."""

PHRASE = 6.0
"""Seconds over which modulations are seen."""
RATES = (0.4, 1.0, 2.0, 4.0, 7.0, 10.7)
"""Hz, between which they are summed: bars, beats, eighths, sixteenths, rolls."""
THIRDS = ((0, 2), (2, 5), (5, 8))
"""Low, middle and high of the eight envelopes."""


def measure(audio: Audio) -> Embedding | None:
    """The vector, or None for silence and for less than four seconds."""
    descriptors = describe(audio)
    if descriptors is None:
        return None
    vector = placed(descriptors)
    return Embedding(vector.astype("<f4").tobytes())


def placed(descriptors: NDArray[Any]) -> NDArray[Any]:
    """Standardised, weighted, of length 1."""
    vector = np.clip((descriptors - MEANS) / DEVIATIONS, -FARTHEST, FARTHEST) * _WEIGHTS
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


_WEIGHTS = np.concatenate(
    [np.full(size, np.sqrt(WEIGHTS[name] / size)) for name, size in GROUPS.items()]
)
DIMENSIONS = len(_WEIGHTS)


def describe(audio: Audio) -> NDArray[Any] | None:
    """The descriptors in their own units; None where nothing is to be described."""
    inner = trimmed(audio)
    sounding = timbre.Sounding.of(inner) if inner else None
    if inner is None or sounding is None or inner.seconds < SHORTEST:
        return None
    return np.concatenate(
        [
            _cepstrum(sounding),
            _shape(sounding),
            _motion(inner),
            _harmony(inner),
            _level(sounding),
        ]
    )


def _cepstrum(sounding: timbre.Sounding) -> NDArray[Any]:
    means, within = sounding.mean("mfcc")[1:], sounding.within("mfcc")[1:7]
    between = np.sqrt((sounding.between("mfcc")[1:] ** 2).mean())
    return np.array([*means, *within, between])


def _shape(sounding: timbre.Sounding) -> NDArray[Any]:
    centroid = max(float(sounding.mean("centroid")[0]), 1.0)
    return np.array(
        [
            *sounding.mean("contrast"),
            np.log2(centroid),
            float(sounding.within("centroid")[0]) / centroid,
            np.log2(max(float(sounding.mean("rolloff")[0]), 20.0)),
            np.log10(max(float(sounding.mean("flatness")[0]), 1e-5)),
            np.log10(max(float(sounding.mean("crossings")[0]), 1e-4)),
        ]
    )


def _motion(audio: Audio) -> NDArray[Any]:
    """How fast each third of the spectrum swells, how much, and how clear its pulse is."""
    envelopes = audio.texture.envelopes
    flutter = np.sqrt((energy.flutter(envelopes) ** 2).mean(axis=0))
    rises = np.maximum(np.diff(energy.contours(envelopes), axis=0), 0)
    thirds: NDArray[Any] = np.stack([rises[:, low:high].mean(axis=1) for low, high in THIRDS])
    clarity = rhythm.pulse_clarity(thirds, Shape.ENVELOPE_RATE) or 0.0
    return np.array(
        [
            *_modulations(thirds).ravel(),
            *(np.log10(flutter[low:high].mean() + 0.1) for low, high in THIRDS),
            *np.log10(thirds.std(axis=1) + 0.1),
            clarity,
        ]
    )


def _modulations(thirds: NDArray[Any]) -> NDArray[Any]:
    """Log shares of the modulation power between `RATES`, rows by thirds."""
    size = min(round(PHRASE * Shape.ENVELOPE_RATE), thirds.shape[1])
    count = thirds.shape[1] // size
    windows = thirds[:, : count * size].reshape(len(thirds), count, size)
    windows = (windows - windows.mean(axis=2, keepdims=True)) * np.hanning(size)
    power = (np.abs(scipy.fft.rfft(windows, axis=2)) ** 2).mean(axis=1)
    edges = np.searchsorted(np.fft.rfftfreq(size, 1 / Shape.ENVELOPE_RATE), RATES)
    sums = np.stack([power[:, a:b].sum(axis=1) for a, b in pairwise(edges)])
    shares = sums.T / np.maximum(sums.sum(axis=0)[:, None], 1e-9)
    return np.asarray(np.log10(shares + 0.01))


def _harmony(audio: Audio) -> NDArray[Any]:
    """Magnitudes of the mean chroma's Fourier transform, how even it is, how tuned."""
    rows = timbre.pitch_rows(audio)
    if not len(rows):
        return np.zeros(GROUPS["harmony"])
    means = rows.mean(axis=0)
    waves = np.abs(np.fft.rfft(means))
    shares = means[means > 0] / means.sum()
    evenness = float(np.exp(-(shares * np.log(shares)).sum())) / 12
    return np.array([*(waves[1:] / waves[0]), evenness, abs(audio.tones)])


def _level(sounding: timbre.Sounding) -> NDArray[Any]:
    levels = sounding.levels()
    power = float(sounding.mean("power")[0])
    return np.array(
        [
            levels.std(),
            levels.max() - 10 * np.log10(power),
            np.log10(float(sounding.within("power")[0]) / power + 0.01),
        ]
    )
