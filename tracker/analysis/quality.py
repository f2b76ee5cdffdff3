"""What the samples tell of where they come from: cut spectra, clipping, silence, twin channels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from tracker.analysis.audio import Audio
from tracker.model import Quality, Seconds

VERSION = 2

FAINTEST = -112.0
"""dB of a sine, in a bin, that still is sound: ten above the noise of 16 bits with dither."""
DEEPEST = -130.0
"""dB; what lies lower is all the same to us."""
SMOOTH = 150.0
"""Hz over which the spectrum is averaged."""
NEAR, FAR, WIDE = 150.0, 750.0, 2_000.0
"""Hz from the wall: the level above is taken from the first to the second, the one below from the
first to the third and by the median, so that a lone tone is no edge of anything."""
STEEP = 25.0
"""dB that music does not fall by over so few Hz."""
CUT = (7_000.0, 19_700.0)
"""Hz between which lossy coders cut; above, converters and masters do so too."""
RESAMPLED = 0.88
"""Of half the sample rate: above, a wall is what any resampler leaves."""
HIGH_RATE = 88_200
ORDINARY = (19_000.0, 24_300.0)
"""Hz at which recordings at 44.1 and 48 kHz end."""
SAME, OPPOSITE = 0.9999, -0.9
"""Correlations of left and right from which on we speak of it."""
BALANCED = 1.03
"""Two channels of the same power, as a ratio."""
MUTE = 1e-6
"""The power of a channel against the other's, that is none."""


class Edge(NamedTuple):
    """Where the sound ends."""

    bandwidth: float
    """Hz."""
    wall: float | None
    """DB; None where the spectrum itself ends too near."""


def measure(audio: Audio) -> Quality | None:
    """The evidence, or None where there is no sound to tell anything.

    What the ends are silent for is sharp to 64 samples; silent is below -60 dBFS. A suspicion is
    said only of a lossless file that ends in a wall as lossy coders build them, of one at a high
    sample rate that ends where an ordinary rate does, and of channels that are the same, opposite,
    or mute. An FM broadcast and a 32 kHz recorder build walls too.
    """
    if not audio.seconds:
        return None
    levels, found = audio.levels, edge(audio.spectrum.astype(np.float64), audio.rate)
    start, end = levels.sounding or (audio.seconds, audio.seconds)
    suspicions = [spectral(found, audio), twins(audio)]
    return Quality(
        bandwidth=found and round(found.bandwidth),
        wall=None if found is None or found.wall is None else round(found.wall, 1),
        suspicion="; ".join(filter(None, suspicions)) or None,
        clips=levels.clips,
        longest_clip=levels.longest_clip,
        silence_start=Seconds(round(start, 3)),
        silence_end=Seconds(round(max(0.0, audio.seconds - end), 3)),
        correlation=correlation(audio),
        dc=round(float(levels.means[np.abs(levels.means).argmax()]), 6),
        damage=audio.damage,
    )


def edge(power: NDArray[np.float64], rate: int) -> Edge | None:
    """The highest frequency with sound, and by how much the spectrum falls there."""
    step = rate / 2 / (len(power) - 1)
    smooth = uniform_filter1d(power, max(1, round(SMOOTH / step)), mode="nearest")
    there = np.flatnonzero(smooth > 10 ** (FAINTEST / 10))
    if not len(there):
        return None
    near, far, wide = (round(distance / step) for distance in (NEAR, FAR, WIDE))
    top = int(there[-1])
    if top < wide or top + far >= len(power):
        return Edge(float(top * step), None)
    decibels = 10 * np.log10(np.maximum(power, 10 ** (DEEPEST / 10)))
    below, above = np.median(decibels[top - wide : top]), decibels[top + near : top + far].mean()
    fall = max(0.0, float(below - above))
    if fall >= STEEP:
        top = int(np.flatnonzero(smooth > 10 ** ((below + above) / 20))[-1])
    # What falls over more than it should is a slope, and no wall.
    inside = decibels[max(0, top - far) : top - near + 1].mean()
    return Edge(float(top * step), min(fall, max(0.0, float(inside - above))))


def spectral(found: Edge | None, audio: Audio) -> str | None:
    """What a wall points at, in a file that should have none."""
    if not audio.lossless or found is None or found.wall is None or found.wall < STEEP:
        return None
    wall = f"its sound ends at {found.bandwidth / 1000:.1f} kHz in a wall of {found.wall:.0f} dB"
    if CUT[0] <= found.bandwidth <= min(CUT[1], RESAMPLED * audio.rate / 2):
        return f"{wall}, as in a file that was made from a lossy one"
    if audio.rate >= HIGH_RATE and ORDINARY[0] <= found.bandwidth <= ORDINARY[1]:
        return f"{wall}, where a recording at 44.1 or 48 kHz ends"
    return None


def twins(audio: Audio) -> str | None:
    """What the likeness of two channels points at."""
    powers, alike = _powers(audio), correlation(audio)
    if powers is None or max(powers) <= 0:
        return None
    if min(powers) < MUTE * max(powers):
        return "one channel is silent"
    if alike is not None and alike > SAME and max(powers) < BALANCED * min(powers):
        return "both channels hold the same: it is mono"
    if alike is not None and alike < OPPOSITE:
        return "one channel is upside down: played as one they cancel out"
    return None


def correlation(audio: Audio) -> float | None:
    """Of left and right; None where there are not two, or one is silent."""
    powers = _powers(audio)
    if powers is None or audio.levels.products is None or min(powers) <= 0:
        return None
    left, right = audio.levels.means
    product = audio.levels.products[2] - left * right
    return round(min(1.0, max(-1.0, float(product / np.sqrt(powers[0] * powers[1])))), 5)


def _powers(audio: Audio) -> tuple[float, float] | None:
    """Mean squares of left and right about their means."""
    if audio.levels.products is None:
        return None
    (left, right), (squares, other, _) = audio.levels.means, audio.levels.products
    return max(0.0, squares - left * left), max(0.0, other - right * right)
