"""What is measured at the file's own rate, on every channel: level, peaks, ends, spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tracker.analysis import peak
from tracker.analysis.decode import Series
from tracker.analysis.gathered import Gathered
from tracker.analysis.weighting import Blockwise, channel_weights, k_weighting

CHUNK = 64
"""Samples whose highest is known; also a multiple of `weighting.LENGTH`."""
PIECE = 1 << 16
"""Frames worked on at once: what is made of them stays in the cache."""
FULL = 1 - 1.5 / 32768
"""Full scale: the highest value of 16 bits, and what a lossy decoder made of it."""
CLIP = 3
"""Samples in a row at full scale that are no chance."""
SILENCE = 1e-3
"""-60 dBFS."""
SPACING = 0.187
"""Seconds from one spectrum to the next: no part of a beat, or it would never see what is on it."""
WINDOW = 2048
"""Samples of its window at up to 48 kHz."""

ENOUGH = 10
"""Windows, two seconds of them, that tell enough."""


@dataclass(frozen=True)
class Levels:
    """Of the samples themselves, full scale 1."""

    peak: float = 0.0
    true_peak: float = 0.0
    clips: int = 0
    longest_clip: int = 0
    """Samples."""
    sounding: tuple[float, float] | None = None
    """Seconds between which there is more than silence; None where nowhere."""
    means: tuple[float, ...] = ()
    """Of each channel."""
    products: tuple[float, float, float] | None = None
    """Means of left x left, right x right, left x right; None where there are not two channels."""


class Part(Protocol):
    """Takes `buffer[:, start:end]`, which is whole chunks, and may look around it."""

    def feed(self, buffer: Series, start: int, end: int) -> None: ...


class Native:
    """Cuts blocks into whole chunks, each with what precedes and follows it."""

    def __init__(self, rate: int, channels: int) -> None:
        self.frames = 0
        self.energies = Energies(rate, channels)
        self.samples = Samples(rate, channels)
        self.spectrum = Spectrum(rate)
        self.parts: tuple[Part, ...] = (self.energies, self.samples, self.spectrum)
        self.before = max(self.spectrum.size, peak.REACH)
        self.rest: Series = np.zeros((channels, self.before), np.float32)

    def feed(self, block: Series) -> None:
        self.frames += len(block)
        for start in range(0, len(block), PIECE):
            self._feed(block[start : start + PIECE])

    def _feed(self, block: Series) -> None:
        held = self.rest.shape[1]
        # One copy joins what was held back and parts the channels.
        buffer = np.empty((len(self.rest), held + len(block)), np.float32)
        buffer[:, :held], buffer[:, held:] = self.rest, block.T
        chunks = max(0, (buffer.shape[1] - self.before - peak.REACH) // CHUNK)
        if chunks:
            for part in self.parts:
                part.feed(buffer, self.before, self.before + chunks * CHUNK)
        self.rest = buffer[:, chunks * CHUNK :].copy()

    def finish(self) -> tuple[Series, Levels, Series]:
        """K-weighted mean squares, levels, and the mean power of the spectrum."""
        # Silence behind the end pushes the last samples through.
        self._feed(np.zeros((peak.REACH + CHUNK, len(self.rest)), np.float32))
        levels = self.samples.finish(self.frames)
        return self.energies.finish(self.frames), levels, self.spectrum.finish()


class Energies:
    """K-weighted mean squares over 100 ms (ITU-R BS.1770-4), all channels together."""

    def __init__(self, rate: int, channels: int) -> None:
        self.rate = rate
        self.weights = channel_weights(channels)
        self.filters = [Blockwise(k_weighting(rate)) for _ in range(channels)]
        self.rest: Series = np.zeros(0, np.float32)
        self.steps = 0
        self.found = Gathered(1, np.float64)

    def feed(self, buffer: Series, start: int, end: int) -> None:
        power = np.zeros(end - start, np.float32)
        for samples, weighting, weight in zip(buffer, self.filters, self.weights, strict=True):
            if weight:
                heard = weighting.feed(samples[start:end]).ravel()
                heard *= heard
                power += heard if weight == 1 else np.float32(weight) * heard
        self._gather(np.concatenate([self.rest, power]))

    def _gather(self, power: Series) -> None:
        start = self._edge(self.steps)
        count = (start + len(power)) * 10 // self.rate - self.steps
        while self._edge(self.steps + count) - start > len(power):
            count -= 1
        edges = np.array([self._edge(self.steps + i) - start for i in range(count + 1)])
        if count > 0:
            sums = np.add.reduceat(power[: edges[-1]], edges[:-1])
            self.found.append((sums / np.diff(edges))[:, None])
        self.steps += count
        self.rest = power[edges[-1] :].copy()

    def _edge(self, step: int) -> int:
        """Where a step begins, also where a tenth of a second is no whole number of samples."""
        return (step * self.rate + 5) // 10

    def finish(self, frames: int) -> Series:
        """Whole steps of the first *frames* samples."""
        steps = 0 if not frames else frames * 10 // self.rate + 1
        while steps and self._edge(steps) > frames:
            steps -= 1
        return self.found.finish()[:steps, 0].astype(np.float32)


class Samples:
    """Highest values, runs at full scale, silence at the ends, likeness of two channels."""

    def __init__(self, rate: int, channels: int) -> None:
        self.rate, self.frames = rate, 0
        self.peak = 0.0
        self.between = peak.Between(rate)
        self.clips = [Clips() for _ in range(channels)]
        self.first: int | None = None
        self.last = 0
        self.sums = np.zeros(channels)
        self.products = np.zeros(3)

    def feed(self, buffer: Series, start: int, end: int) -> None:
        around = buffer[:, start - peak.REACH : end + peak.REACH]
        cuts = peak.pieces(peak.REACH, (end - start) // CHUNK, CHUNK)
        loud = np.zeros(len(cuts) - 2, bool)
        highest = []
        for samples, clips in zip(around, self.clips, strict=True):
            heights = np.maximum.reduceat(np.abs(samples), cuts)
            inside = heights[1:-1]
            self.peak = max(self.peak, float(inside.max()))
            loud |= inside > SILENCE
            chunks = samples[peak.REACH : -peak.REACH].reshape(-1, CHUNK)
            clips.feed(chunks, inside, self.frames)
            highest.append(heights)
        self.between.least(self.peak)
        for samples, heights in zip(around, highest, strict=True):
            self.between.feed(samples, heights, CHUNK)
        self._mark(loud)
        self._compare(buffer[:, start:end])
        self.frames += end - start

    def _mark(self, loud: NDArray[np.bool_]) -> None:
        places = np.flatnonzero(loud)
        if len(places):
            if self.first is None:
                self.first = self.frames + int(places[0]) * CHUNK
            self.last = self.frames + (int(places[-1]) + 1) * CHUNK

    def _compare(self, samples: Series) -> None:
        self.sums += samples.sum(axis=1)
        if len(samples) == 2:
            left, right = samples
            self.products += [left @ left, right @ right, left @ right]

    def finish(self, frames: int) -> Levels:
        for clips in self.clips:
            clips.close()
        number = max(frames, 1)
        left, right, both = (float(value) for value in self.products / number)
        return Levels(
            peak=self.peak,
            true_peak=self.between.highest,
            clips=sum(clips.count for clips in self.clips),
            longest_clip=max(clips.longest for clips in self.clips),
            sounding=None
            if self.first is None
            else (self.first / self.rate, min(self.last, frames) / self.rate),
            means=tuple(float(value) for value in self.sums / number),
            products=(left, right, both) if len(self.sums) == 2 else None,
        )


class Clips:
    """Runs of samples at full scale in one channel."""

    def __init__(self) -> None:
        self.count = self.longest = 0
        self.open, self.next = 0, -1
        """Length of the run that may go on, and the sample it would go on with."""

    def feed(self, chunks: Series, heights: Series, offset: int) -> None:
        """Chunks whose highest values are *heights*; the first sample is number *offset*."""
        hot = np.flatnonzero(heights >= FULL)
        if not len(hot):
            return
        chunk, place = np.nonzero(np.abs(chunks[hot]) >= FULL)
        at = offset + hot[chunk] * CHUNK + place
        breaks = np.flatnonzero(np.diff(at) != 1) + 1
        starts = np.concatenate([[0], breaks])
        lengths = np.diff(np.append(starts, len(at)))
        if at[0] == self.next:
            lengths[0] += self.open
        else:
            self.close()
        self.open, self.next = int(lengths[-1]), int(at[-1]) + 1
        self._count(lengths[:-1])

    def close(self) -> None:
        self._count(np.array([self.open]))
        self.open = 0

    def _count(self, lengths: NDArray[np.int64]) -> None:
        runs = lengths[lengths >= CLIP]
        if len(runs):
            self.count += len(runs)
            self.longest = max(self.longest, int(runs.max()))


class Spectrum:
    """The mean power of windows 187 ms apart, one channel after the other; a full sine is 1.

    Windows with a sample at full scale are left out where there are others: clipping alone fills
    the spectrum to its end.
    """

    def __init__(self, rate: int) -> None:
        self.size = WINDOW << max(0, round(np.log2(rate / 44_100)))
        window = np.hanning(self.size + 1)[:-1]
        self.window = (2 * window / window.sum()).astype(np.float32)
        self.hop = max(self.size // 2, round(SPACING * rate))
        self.next, self.frames, self.count = self.size, 0, 0
        """Where the next window ends, how many samples came, how many windows were taken."""
        self.power, self.whole = np.zeros((2, self.size // 2 + 1))
        self.kept = 0

    def feed(self, buffer: Series, start: int, end: int) -> None:
        ends = np.arange(self.next, self.frames + end - start + 1, self.hop)
        if len(ends):
            windows = np.empty((len(ends), self.size), np.float32)
            for row, place in enumerate(ends - self.frames + start):
                samples = buffer[(self.count + row) % len(buffer)]
                windows[row] = samples[place - self.size : place]
            self._take(windows)
            self.next = int(ends[-1]) + self.hop
        self.frames += end - start

    def _take(self, windows: Series) -> None:
        whole = np.maximum(windows.max(axis=1), -windows.min(axis=1)) < FULL
        spectrum = scipy.fft.rfft(windows * self.window)
        power = spectrum.real**2 + spectrum.imag**2
        self.power += power.sum(axis=0)
        self.whole += power[whole].sum(axis=0)
        self.count += len(windows)
        self.kept += int(whole.sum())

    def finish(self) -> Series:
        if self.kept >= ENOUGH:
            return (self.whole / self.kept).astype(np.float32)
        return (self.power / max(self.count, 1)).astype(np.float32)
