"""What the pass gathers: each class takes samples block by block and keeps one small series."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.fft
import soxr
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.analysis.gathered import Gathered

RATE = 22_050
"""Hz; tempo and key need nothing above 11 kHz."""
BATCH = 64
"""Spectra computed at once: they fit the cache."""
ROW = 0.743
"""Seconds that a row of `bands` sums up, about."""

MELS, LOWEST_MEL, HIGHEST_MEL = 40, 27.5, 11_000.0
LOW, HIGH = 200.0, 1_600.0
"""Hz, where the low onset bands end and the high ones begin: bass drum, snare and voice, hats."""
GROUPS = ("low", "mid", "high", "all")

FINE = 120
"""Steps of an octave, 10 cents each, in which peaks are counted."""


def _mel(frequency: float | NDArray[Any]) -> Any:
    return 2595 * np.log10(1 + np.asarray(frequency) / 700)


_MEL_EDGES = 700 * (10 ** (np.linspace(_mel(LOWEST_MEL), _mel(HIGHEST_MEL), MELS + 2) / 2595) - 1)
MEL_CENTRES = _MEL_EDGES[1:-1]


class Mono:
    """All channels as one, at 22 050 Hz."""

    def __init__(self, rate: int, channels: int) -> None:
        self.weights = np.full(channels, 1 / channels, np.float32)
        self.stream = (
            soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ")
            if rate != RATE
            else None
        )

    def feed(self, block: Series) -> Series:
        mono: Series = block @ self.weights
        return self.stream.resample_chunk(mono) if self.stream else mono

    def rest(self) -> Series:
        """What the resampler still held back."""
        nothing = np.zeros(0, np.float32)
        return self.stream.resample_chunk(nothing, last=True) if self.stream else nothing


class Spectra:
    """Magnitudes of overlapping windows, centred on multiples of *hop*; a full-scale sine is 1."""

    def __init__(self, size: int, hop: int, keep: int) -> None:
        self.size, self.hop, self.keep = size, hop, keep
        window = np.hanning(size + 1)[:-1]
        self.window = (2 * window / window.sum()).astype(np.float32)
        self.rest: Series = np.zeros(size // 2, np.float32)

    def of(self, samples: Series) -> Iterator[Series]:
        """Batches of them; what does not fill a window waits for the next samples."""
        samples = np.concatenate([self.rest, samples])
        count = max(0, (len(samples) - self.size) // self.hop + 1)
        self.rest = samples[count * self.hop :].copy()
        if not count:
            return
        windows = np.lib.stride_tricks.sliding_window_view(samples, self.size)[:: self.hop]
        for start in range(0, count, BATCH):
            cut = windows[start : min(start + BATCH, count)] * self.window
            spectrum = scipy.fft.rfft(cut)[:, : self.keep]
            yield np.sqrt(spectrum.real**2 + spectrum.imag**2)

    def last(self, samples: Series) -> Iterator[Series]:
        """The same, with silence behind the end."""
        return self.of(np.concatenate([samples, np.zeros(self.size // 2, np.float32)]))


class Rows:
    """Means over so many frames each."""

    def __init__(self, width: int, every: int) -> None:
        self.every = every
        self.rest: Series = np.zeros((0, width), np.float32)
        self.found = Gathered(width)

    def feed(self, frames: Series) -> None:
        frames = np.concatenate([self.rest, frames])
        count = len(frames) // self.every
        whole = frames[: count * self.every]
        if count:
            self.found.append(whole.reshape(count, self.every, -1).mean(axis=1))
        self.rest = frames[count * self.every :].copy()

    def finish(self) -> Series:
        if len(self.rest):
            self.found.append(self.rest.mean(axis=0, keepdims=True))
        return self.found.finish()


class Onsets:
    """How much log mel bands rise over two frames (Klapuri et al. 2006; Boeck & Widmer 2013)."""

    SIZE, HOP = 1024, 256
    RATE = RATE / HOP
    SQUEEZE = 10
    """log(1 + 10 x): soft sounds count, noise does not."""

    def __init__(self, also: Callable[[Series, Series], None] | None = None) -> None:
        """*also* sees each batch of spectra, and their mel bands."""
        self.also = also
        self.spectra = Spectra(self.SIZE, self.HOP, self.SIZE // 2 + 1)
        self.bank = mel_bank(self.SIZE)
        self.groups = _onset_groups()
        self.last: Series = np.zeros((2, MELS), np.float32)
        self.found = Gathered(len(GROUPS))
        self.bands = Rows(MELS, round(ROW * self.RATE))

    def feed(self, mono: Series) -> None:
        for magnitudes in self.spectra.of(mono):
            self._count(magnitudes)

    def _count(self, magnitudes: Series) -> None:
        bands = magnitudes @ self.bank
        if self.also:
            self.also(magnitudes, bands)
        self.bands.feed(bands**2)
        loudness = np.concatenate([self.last, np.log1p(self.SQUEEZE * bands)])
        self.last = loudness[-2:]
        self.found.append(np.maximum(loudness[2:] - loudness[:-2], 0) @ self.groups)

    def finish(self, rest: Series) -> tuple[Series, Series]:
        """The onsets by frames and groups, and the power of the bands by rows."""
        for magnitudes in self.spectra.last(rest):
            self._count(magnitudes)
        return self.found.finish(), self.bands.finish()


def mel_bank(size: int) -> Series:
    bins = np.fft.rfftfreq(size, 1 / RATE)[:, None]
    low, middle, high = _MEL_EDGES[:-2], _MEL_EDGES[1:-1], _MEL_EDGES[2:]
    slopes = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    bank = np.maximum(slopes, 0)
    return (bank / np.maximum(bank.sum(axis=0), 1e-9)).astype(np.float32)


def _onset_groups() -> Series:
    low, high = MEL_CENTRES < LOW, MEL_CENTRES >= HIGH
    groups = np.stack([low, ~low & ~high, high, np.ones(MELS, bool)], axis=1)
    return (groups / groups.sum(axis=0)).astype(np.float32)
