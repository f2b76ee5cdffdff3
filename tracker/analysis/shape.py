"""What the spectrum looks like: statistics of every eighth frame, and how eight bands move."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.fft

from tracker.analysis.decode import Series
from tracker.analysis.gathered import Gathered
from tracker.analysis.kernel.channels import cross
from tracker.analysis.kernel.spectra import rolloffs
from tracker.analysis.series import MELS, RATE, Rows

MFCCS = 13
CONTRAST_EDGES = (0, 200, 400, 800, 1_600, 3_200, 6_400, 11_025)
"""Hz: octaves, and what lies below and above (Jiang et al. 2002)."""
NEIGHBOURHOOD = 0.2
"""The share of a band's bins that are its peak, and its valley."""
ROLLOFF = 0.85
FLOOR = 1e-7
"""Power against the loudest of a frame that still counts: deeper lies what coders leave out."""
FAINTEST = 1e-14
"""Below -140 dB the arithmetic itself sounds."""
SILENT = 1e-10
"""Mean square of a frame that is none."""
SILENCE = -100.0
"""DB that all bands of a silent frame count as."""

COLUMNS = {
    "mfcc": slice(0, MFCCS),
    "centroid": slice(13, 14),
    "rolloff": slice(14, 15),
    "flatness": slice(15, 16),
    "contrast": slice(16, 23),
    "crossings": slice(23, 24),
    "power": slice(24, 25),
}
"""What stands where in a row of `Texture`."""
WIDTH = 25


@dataclass(frozen=True)
class Texture:
    """Statistics of 0.74 s each, so that silence can be left out, and change be told from noise."""

    means: Series
    """Rows by `COLUMNS`: MFCC of dB, Hz, Hz, 0-1, dB, a share of the samples, mean square."""
    variances: Series
    """The same within each row."""
    envelopes: Series
    """Amplitude of eight groups of five mel bands, `Shape.ENVELOPE_RATE` a second, frames by 8."""


MANY = 4_096
"""Frames made rows at once: hours of them would need room for as many double numbers."""


class Shape:
    """Gathers a `Texture` from the frames of the 1 024/256 spectrum and their samples.

    Every eighth frame counts: statistics of a whole recording need no more, and the logarithms
    and sorting would cost more than the spectra themselves.
    """

    SIZE, HOP, EVERY, ROW = 1024, 256, 8, 8
    TOGETHER = 128
    """Frames worked on at once."""
    ENVELOPES, ENVELOPE_EVERY = 8, 4
    ENVELOPE_RATE = RATE / HOP / ENVELOPE_EVERY

    def __init__(self) -> None:
        bins = self.SIZE // 2 + 1
        self.frequencies = np.linspace(0, RATE / 2, bins, dtype=np.float32)
        self.cosines = scipy.fft.dct(np.eye(MELS), norm="ortho")[:, :MFCCS].astype(np.float32)
        edges = np.searchsorted(self.frequencies, CONTRAST_EDGES)
        # The lowest bin is an offset, no sound.
        self.parts = [slice(max(low, 1), high) for low, high in pairwise(edges.tolist())]
        self.extremes = np.stack([_extremes(part, bins) for part in self.parts], axis=1)
        self.groups = np.repeat(np.eye(self.ENVELOPES), MELS // self.ENVELOPES, axis=0).astype("f4")
        self.groups /= MELS // self.ENVELOPES
        self.frames = 0
        self.waiting: list[tuple[Series, Series]] = []
        """Every eighth frame and its mel bands."""
        self.found = Gathered(COLUMNS["crossings"].start)
        self.bands: list[Series] = []
        self.envelopes = Rows(self.ENVELOPES, self.ENVELOPE_EVERY)
        self.piece = self.HOP * self.EVERY
        self.rest: Series = np.zeros(0, np.float32)
        self.samples = Gathered(2)

    def hear(self, mono: Series) -> None:
        """Zero crossings and power, from the samples themselves."""
        mono = np.concatenate([self.rest, mono])
        found = cross(mono, self.piece)
        self.rest = mono[len(found) * self.piece :].copy()
        self.samples.append(found)

    def see(self, magnitudes: Series, bands: Series) -> None:
        """A batch of spectra, and their mel bands."""
        chosen = slice(-self.frames % self.EVERY, None, self.EVERY)
        self.frames += len(magnitudes)
        self.bands.append(bands)
        self.waiting.append((magnitudes[chosen].copy(), bands[chosen]))
        if sum(len(frames) for frames, _ in self.waiting) >= self.TOGETHER:
            self._work()

    def _work(self) -> None:
        if self.waiting:
            self.found.append(self._describe(*map(np.concatenate, zip(*self.waiting, strict=True))))
            self.envelopes.feed(np.concatenate(self.bands) @ self.groups)
        self.waiting, self.bands = [], []

    def _describe(self, magnitudes: Series, bands: Series) -> Series:
        power = magnitudes * magnitudes
        power[:, 0] = 0  # an offset is no sound
        loudest = power.max(axis=1, keepdims=True)
        weight = np.maximum(magnitudes.sum(axis=1), FAINTEST)
        decibels = 10 * np.log10(np.maximum(power, np.maximum(FLOOR * loudest, FAINTEST)))
        flatness = decibels[:, 1:].mean(axis=1) - 10 * np.log10(
            np.maximum(power[:, 1:].mean(axis=1), FAINTEST)
        )
        return np.column_stack(
            [
                self._mfcc(bands),
                magnitudes @ self.frequencies / weight,
                self.frequencies[rolloffs(power, ROLLOFF)],
                10 ** (np.minimum(flatness, 0) / 10),
                self._contrast(decibels),
            ]
        )

    def _mfcc(self, bands: Series) -> Series:
        power = bands * bands
        floor = np.maximum(FLOOR * power.max(axis=1, keepdims=True), FAINTEST)
        cepstrum = 10 * np.log10(np.maximum(power, floor)) @ self.cosines
        cepstrum[:, 0] = np.maximum(cepstrum[:, 0], SILENCE * np.sqrt(MELS))
        return np.asarray(cepstrum)

    def _contrast(self, decibels: Series) -> Series:
        """The peaks of each band less its valleys."""
        ordered = np.zeros_like(decibels)
        for part in self.parts:
            ordered[:, part] = np.sort(decibels[:, part], axis=1)
        return ordered @ self.extremes

    def finish(self) -> Texture:
        self._work()
        spectral, samples = self.found.finish(), self.samples.finish()
        count = min(len(spectral), len(samples))
        if not count:
            empty = np.zeros((0, WIDTH), np.float32)
            return Texture(empty, empty, self.envelopes.finish())
        rows = [
            _rows(np.concatenate([spectral[part], samples[part]], axis=1), self.ROW)
            for part in (slice(at, min(at + MANY, count)) for at in range(0, count, MANY))
        ]
        means, variances = (np.concatenate(each) for each in zip(*rows, strict=True))
        return Texture(means, variances, self.envelopes.finish())


def _extremes(part: slice, size: int) -> Series:
    """Weighs the ordered bins of a band: the mean of its peaks less that of its valleys."""
    length = part.stop - part.start
    count = max(1, round(NEIGHBOURHOOD * length))
    weights = np.zeros(size, np.float32)
    weights[part.stop - count : part.stop] = 1 / count
    weights[part.start : part.start + count] -= np.float32(1 / count)
    return weights


def _rows(frames: Series, size: int) -> tuple[Series, Series]:
    """Means and variances of so many frames each; silent ones have a power, nothing else."""
    starts = np.arange(0, len(frames), size)
    lengths = np.diff([*starts, len(frames)])
    weights = np.ones(frames.shape)
    sounding = frames[:, COLUMNS["power"]] >= SILENT
    weights[:, : COLUMNS["power"].start] = np.maximum(sounding, 1e-6)
    whole = np.add.reduceat(weights, starts)
    means = np.add.reduceat(frames * weights, starts) / whole
    apart = (frames - np.repeat(means, lengths, axis=0)) ** 2
    variances = np.add.reduceat(apart * weights, starts) / whole
    return means.astype("f4"), variances.astype("f4")
