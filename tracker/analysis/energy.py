"""How much drive it has, on a fixed scale from a whisper to peak time."""

from __future__ import annotations

import numpy as np

from tracker.analysis import loudness
from tracker.analysis.audio import Audio
from tracker.analysis.series import HIGH, MEL_CENTRES
from tracker.model import Energy

VERSION = 1

# Four ramps from 0 to 1, and how much each counts. More of any of them never lowers the energy.
LOUD = (-32.0, -6.0)
"""LUFS, integrated."""
BUSY = (0.5, 9.0)
"""Onsets a second."""
PUNCH = (0.01, 0.12)
"""How strongly the sound rises at its onsets."""
BRIGHT = (-40.0, -14.0)
"""dB: power above 1.6 kHz against all."""
WEIGHTS = {"loud": 0.4, "busy": 0.2, "punch": 0.25, "bright": 0.15}


def measure(audio: Audio) -> Energy | None:
    """The energy, or None where nothing is to be heard."""
    integrated = loudness.gated(audio.energies.astype(np.float64))
    if integrated is None:
        return None
    parts = {
        "loud": ramp(integrated, LOUD),
        "busy": ramp(onsets_a_second(audio), BUSY),
        "punch": ramp(punch(audio), PUNCH),
        "bright": ramp(brightness(audio), BRIGHT),
    }
    value = sum(WEIGHTS[name] * part for name, part in parts.items())
    return Energy(level=min(10, 1 + int(10 * value)), value=round(value, 4))


def ramp(value: float, ends: tuple[float, float]) -> float:
    return min(1.0, max(0.0, (value - ends[0]) / (ends[1] - ends[0])))


def onsets_a_second(audio: Audio) -> float:
    """Local maxima of the onset curve that stand out of it."""
    curve = audio.onsets[-1]
    if len(curve) < 3 or not audio.seconds:
        return 0.0
    middle = curve[1:-1]
    peaks = (middle > curve[:-2]) & (middle >= curve[2:]) & (middle > max(curve.std(), 1e-4))
    return float(peaks.sum() / audio.seconds)


def punch(audio: Audio) -> float:
    """The spread of the onset curves, bass counting as much as the rest."""
    low, _, _, every = audio.onsets.std(axis=1)
    return float((low + every) / 2)


def brightness(audio: Audio) -> float:
    """The power in the high bands against all, in dB."""
    power = audio.bands.mean(axis=0).astype(np.float64)
    share = power[MEL_CENTRES >= HIGH].sum() / max(power.sum(), 1e-12)
    return float(10 * np.log10(max(share, 1e-6)))
