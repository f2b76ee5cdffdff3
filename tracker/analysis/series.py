"""What the pass gathers: each class takes samples block by block and keeps one small series."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.analysis.gathered import Gathered, Room
from tracker.analysis.transform import Transform

RATE = 22_050
"""Hz; tempo and key need nothing above 11 kHz."""
BATCH = 128
"""Spectra computed at once, about: they fit the cache, and the calls hardly count."""
FEWEST = 48
"""Spectra for which it is worth to begin."""
ROW = 0.743
"""Seconds that a row of `bands` sums up, about."""

MELS, LOWEST_MEL, HIGHEST_MEL = 40, 27.5, 11_000.0
HALF = 24
"""Mel bands below a quarter of the spectrum, about."""
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

    def __init__(self, rate: int) -> None:
        self.stream = (
            soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ")
            if rate != RATE
            else None
        )

    def feed(self, mono: Series) -> Series:
        """Of samples at the file's own rate."""
        return self.stream.resample_chunk(mono) if self.stream else mono

    def rest(self) -> Series:
        """What the resampler still held back."""
        nothing = np.zeros(0, np.float32)
        return self.stream.resample_chunk(nothing, last=True) if self.stream else nothing


class Spectra:
    """Magnitudes of overlapping windows, centred on multiples of *hop*; a full-scale sine is 1."""

    def __init__(self, size: int, hop: int, keep: int) -> None:
        self.size, self.hop, self.keep = size, hop, keep
        self.transform = Transform(size, keep)
        self.rest: Series = np.zeros(size // 2, np.float32)
        self.fewest = FEWEST
        self.room = Room()

    def of(self, samples: Series) -> Iterator[Series]:
        """Batches of them, each until the next; what makes too few waits for the next samples."""
        samples = np.concatenate([self.rest, samples])
        count = max(0, (len(samples) - self.size) // self.hop + 1)
        if count < self.fewest:
            self.rest = samples
            return
        self.rest = samples[count * self.hop :].copy()
        # Batches of one size: a rest of two spectra costs nearly as many calls as a whole batch.
        size = -(-count // max(1, round(count / BATCH)))
        for start in range(0, count, size):
            magnitudes = self.room.of(min(size, count - start), self.keep)
            yield self.transform.of(samples[start * self.hop :], self.hop, magnitudes)

    def last(self, samples: Series) -> Iterator[Series]:
        """The same, with silence behind the end."""
        self.fewest = 1
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
            self.found.append(
                np.add.reduce(whole.reshape(count, self.every, -1), axis=1) / self.every
            )
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
        bank = mel_bank(self.SIZE)
        # The low bands read nothing high, the high ones nothing low.
        end, begin = bank[:, HALF - 1].nonzero()[0][-1] + 1, bank[:, HALF].nonzero()[0][0]
        self.low, self.high = bank[:end, :HALF].copy(), bank[begin:, HALF:].copy()
        self.groups = _onset_groups()
        self.last: Series = np.zeros((2, MELS), np.float32)
        self.found = Gathered(len(GROUPS))
        self.bands = Rows(MELS, round(ROW * self.RATE))

    def feed(self, mono: Series) -> None:
        for magnitudes in self.spectra.of(mono):
            self._count(magnitudes)

    def _count(self, magnitudes: Series) -> None:
        bands = self._bands(magnitudes)
        if self.also:
            self.also(magnitudes, bands)
        self.bands.feed(bands**2)
        loudness = np.concatenate([self.last, np.log1p(self.SQUEEZE * bands)])
        self.last = loudness[-2:]
        self.found.append(np.maximum(loudness[2:] - loudness[:-2], 0) @ self.groups)

    def _bands(self, magnitudes: Series) -> Series:
        bands = np.empty((len(magnitudes), MELS), np.float32)
        np.matmul(magnitudes[:, : len(self.low)], self.low, out=bands[:, :HALF])
        np.matmul(magnitudes[:, -len(self.high) :], self.high, out=bands[:, HALF:])
        return bands

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
