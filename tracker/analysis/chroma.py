"""Which pitches sound: spectral peaks by pitch class, whitened, and how they are tuned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.analysis.gathered import Gathered
from tracker.analysis.kernel.channels import halve
from tracker.analysis.kernel.spectra import peaks
from tracker.analysis.series import FINE, RATE, Spectra

LOWEST_TONE, HIGHEST_TONE = 65.0, 2_000.0
"""Hz, between which peaks tell the harmony; above, overtones blur it."""
LOWEST_BASS, HIGHEST_BASS = 32.0, 220.0
"""Hz, between which peaks tell the bass."""
ROW_RATE = RATE / 4096
"""Rows in a second; row 0 is centred on the first sample."""
MANY = 4_096
"""Rows folded at once: there are many in hours."""
FAINTEST = 1e-5
"""A peak below -100 dB is rounding noise."""


class Halved:
    """Every second sample of a signal smoothed by 1/4 1/2 1/4.

    What it folds back into the tones we look at comes from above 9 kHz and is 22 dB and more down.
    """

    RATE = RATE / 2

    def __init__(self) -> None:
        self.rest: Series = np.zeros(1, np.float32)

    def of(self, samples: Series) -> Series:
        samples = np.concatenate([self.rest, samples])
        halved = halve(samples)
        self.rest = samples[2 * len(halved) :].copy()
        return halved

    @staticmethod
    def loss(frequency: NDArray[Any]) -> NDArray[Any]:
        """What it leaves of a tone of *frequency* Hz."""
        return np.asarray((1 + np.cos(2 * np.pi * frequency / RATE)) / 2)


@dataclass(frozen=True)
class Tones:
    """What `Chroma` gathers."""

    chroma: NDArray[np.float16]
    bass: NDArray[np.float16]
    """The same of the peaks of the bass."""
    tuning: complex
    """Where peaks lie between semitones: their weighted mean on the unit circle."""


class Chroma:
    """Spectral peaks by pitch class, whitened, and where they lie between the semitones.

    Whitening divides a peak by a power of the spectrum around it, so that harmony weighs more
    than timbre (Gomez 2006).
    """

    SIZE, HOP = 4096, 2048
    """Of the halved signal: 0.37 and 0.19 s."""
    WHITENING = 0.4
    AROUND = 2.0
    """The spectrum around a peak: from one to the other octave."""

    def __init__(self) -> None:
        step = Halved.RATE / self.SIZE
        self.step = step
        self.halved = Halved()
        self.first, self.end = int(LOWEST_BASS / step), int(HIGHEST_TONE / step)
        keep = int(HIGHEST_TONE * self.AROUND / step) + 4
        self.spectra = Spectra(self.SIZE, self.HOP, keep)
        self.gain = (1 / Halved.loss(np.arange(keep) * step)).astype(np.float32)
        bins = np.arange(self.first, self.end)
        self.below = (bins / self.AROUND).astype(np.int64)
        self.above = np.minimum((bins * self.AROUND).astype(np.int64) + 3, keep)
        self.chroma, self.bass = Gathered(FINE, np.float16), Gathered(FINE, np.float16)
        self.tuning, self.weight = 0j, 0.0

    def feed(self, mono: Series) -> None:
        for magnitudes in self.spectra.of(self.halved.of(mono)):
            self._count(magnitudes)

    def _count(self, magnitudes: Series) -> None:
        magnitudes *= self.gain
        at, around = peaks(magnitudes, (self.first, self.end), FAINTEST, (self.below, self.above))
        frame = at // magnitudes.shape[1]  # divmod takes three times as long
        place = at - frame * magnitudes.shape[1]
        logs = np.log(magnitudes.ravel().take([at - 1, at, at + 1]) + np.float32(1e-9))
        before, top, after = logs
        # The parabola through the logarithms finds a Hann-windowed sine to a cent or two.
        shift = 0.5 * (before - after) / np.minimum(before - 2 * top + after, np.float32(-1e-9))
        height = top - 0.25 * (before - after) * shift
        bins = place.astype(np.float32) + shift
        pitch = 12 * np.log2(bins * np.float32(self.step / 440))
        weight = np.exp(height - self._whitening(around))
        step = frame * FINE + np.rint(pitch * (FINE / 12)).astype(np.int32) % FINE
        high, low = bins >= LOWEST_TONE / self.step, bins < HIGHEST_BASS / self.step
        self._tune(pitch[high], weight[high])
        self.chroma.append(_rows(step[high], weight[high], len(magnitudes)))
        self.bass.append(_rows(step[low], weight[low], len(magnitudes)))

    def _tune(self, pitch: Series, weight: Series) -> None:
        angle = np.float32(2 * np.pi) * pitch
        self.tuning += complex(weight @ np.cos(angle), weight @ np.sin(angle))
        self.weight += float(weight.sum())

    def _whitening(self, power: Series) -> Series:
        """The logarithm of what a peak is divided by, from the mean power around it."""
        return np.float32(self.WHITENING / 2) * np.log(np.maximum(power, np.float32(1e-12)))

    def finish(self, rest: Series) -> Tones:
        for magnitudes in self.spectra.last(self.halved.of(rest)):
            self._count(magnitudes)
        return Tones(
            self.chroma.finish(),
            self.bass.finish(),
            self.tuning / self.weight if self.weight > 0 else 0j,
        )


def classes(fine: NDArray[np.float16], shift: int = 0) -> Series:
    """The strength of the twelve pitch classes by rows, each moved up by *shift* steps of 10 cents."""
    folded = [
        np.roll(fine[at : at + MANY], shift, axis=1)
        .reshape(-1, 12, FINE // 12)
        .sum(axis=2, dtype=np.float32)
        for at in range(0, len(fine), MANY)
    ]
    return np.concatenate([np.zeros((0, 12), np.float32), *folded])


def _rows(step: NDArray[np.int64], weight: Series, count: int) -> NDArray[np.float16]:
    """The weights by frames and steps, the strongest step of each frame 1."""
    found = np.bincount(step, weight, count * FINE).reshape(-1, FINE)
    return (found / np.maximum(found.max(axis=1, keepdims=True), 1e-9)).astype(np.float16)
