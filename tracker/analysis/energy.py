"""How much drive it has, on a fixed scale from a whisper to peak time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from tracker.analysis import loudness
from tracker.analysis.audio import Audio
from tracker.analysis.decode import Series
from tracker.analysis.once import once
from tracker.analysis.series import HIGH, MEL_CENTRES, ROW, Onsets
from tracker.analysis.shape import Shape
from tracker.analysis.trim import trimmed
from tracker.model import Energy

VERSION = 2

# Ramps from 0 to 1, and how much each counts. They are set by hand, in absolute units, so that more
# of any of them never lowers the energy and commercial dance music lies at 6 to 8.
LOUD = (-34.0, -6.0)
"""LUFS, integrated."""
BUSY = (0.0, 8.0)
"""Onsets a second that stand out."""
BASS, PUNCH, BASS_SHARE = (0.0, 0.2), (0.0, 0.036), 0.6
"""Spread of the onset curves, of the low bands and of all; how much the first counts of the drive."""
BRIGHT = (-60.0, -24.0)
"""dB of full scale, above 1.6 kHz: not against the rest, or more bass would mean less energy."""
WEIGHTS = {"loud": 0.33, "busy": 0.22, "drive": 0.28, "bright": 0.17}
ALIVE = (0.8, 1.8)
"""dB by which the bands flutter around their course: steady noise and held tones stay below, the
densest metal is above. What does not move has no brightness, no onsets, and half its loudness."""
FLUTTER_WINDOW = 0.5
"""Seconds of that course."""
DEEPEST = 1e-3
"""Amplitude against the highest of a recording, below which a band is silent: -60 dB."""
STANDING_OUT = 0.25
"""Of the mean level, that an onset has at least; what is lower is the ripple of noise and tones."""
PART = 20.0
"""Seconds that are judged alone, for the confidence."""


@once
def measure(audio: Audio) -> Energy | None:
    """The energy, or None where nothing is to be heard.

    Its confidence is how probable it is that a part of 20 s, judged alone, has the same level
    within one, by the share of parts that do (with Laplace's rule).
    """
    heard = trimmed(audio)
    if heard is None:
        return None
    value = judged(heard.energies, heard.onsets, heard.bands, heard.texture.envelopes)
    if value is None:
        return None
    alike = [abs(level(part) - level(value)) <= 1 for part in parts(heard)]
    return Energy(
        level=level(value),
        value=round(value, 4),
        confidence=round((sum(alike) + 1) / (len(alike) + 2), 3),
    )


def level(value: float) -> int:
    return min(10, 1 + int(10 * value))


def judged(energies: Series, onsets: Series, bands: Series, envelopes: Series) -> float | None:
    """0 to 1; None for silence, and for what is shorter than a gating block."""
    integrated = loudness.gated(energies.astype(np.float64))
    if integrated is None or not len(envelopes) or not len(bands):
        return None
    moving = alive(envelopes)
    low, _, _, every = onsets.std(axis=1)
    drive = BASS_SHARE * ramp(low, BASS) + (1 - BASS_SHARE) * ramp(every, PUNCH)
    shares = {
        "loud": ramp(integrated, LOUD) * (1 + moving) / 2,
        "busy": ramp(onsets_a_second(onsets[-1], bands), BUSY) * moving,
        "drive": drive,
        "bright": ramp(highs(bands), BRIGHT) * moving,
    }
    return float(sum(WEIGHTS[name] * share for name, share in shares.items()))


def parts(audio: Audio) -> list[float]:
    """The energy of each whole part of the recording that is not silent."""
    found = []
    for start in range(0, int(audio.seconds - PART) + 1, int(PART)):
        value = judged(
            _cut(audio.energies, start, 10.0),
            _cut(audio.onsets.T, start, audio.onset_rate).T,
            _cut(audio.bands, start, 1 / ROW),
            _cut(audio.texture.envelopes, start, Shape.ENVELOPE_RATE),
        )
        found += [] if value is None else [value]
    return found


def _cut(rows: Series, start: float, rate: float) -> Series:
    return rows[round(start * rate) : round((start + PART) * rate)]


def ramp(value: float, ends: tuple[float, float]) -> float:
    """Where *value* lies between *ends*, 0 to 1."""
    return min(1.0, max(0.0, (float(value) - ends[0]) / (ends[1] - ends[0])))


def alive(envelopes: Series) -> float:
    """0 steady noise and held tones, 1 music."""
    return ramp(float(np.sqrt((flutter(envelopes) ** 2).mean())), ALIVE) if len(envelopes) else 0.0


def flutter(envelopes: Series) -> NDArray[Any]:
    """How far each band is from its own mean over half a second, dB, frames by bands."""
    levels = contours(envelopes)
    window = int(FLUTTER_WINDOW * Shape.ENVELOPE_RATE) | 1
    return np.asarray(levels - uniform_filter1d(levels, window, axis=0))


def contours(envelopes: Series) -> NDArray[Any]:
    """The envelopes in dB, at most 60 below the loudest."""
    floor = max(DEEPEST * float(envelopes.max(initial=0)), 1e-9)
    return np.asarray(20 * np.log10(np.maximum(envelopes, floor, dtype=np.float32)))


def onsets_a_second(curve: Series, bands: Series) -> float:
    """Local maxima of the onset curve that stand out of it and of the level."""
    if len(curve) < 3:
        return 0.0
    least = max(float(curve.std()), STANDING_OUT * float(np.sqrt(bands).mean()), 1e-4)
    middle = curve[1:-1]
    peaks = (middle > curve[:-2]) & (middle >= curve[2:]) & (middle > least)
    return float(peaks.sum() * Onsets.RATE / len(curve))


def highs(bands: Series) -> float:
    """The power in the high bands, dB of full scale."""
    power = float(bands.mean(axis=0, dtype=np.float64)[MEL_CENTRES >= HIGH].sum())
    return float(10 * np.log10(max(power, 1e-12)))
