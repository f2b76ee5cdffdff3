"""What is measured at the file's own rate, on every channel: level, peaks, ends, spectrum."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tracker.analysis import peak
from tracker.analysis.decode import Series
from tracker.analysis.gathered import Gathered, Room
from tracker.analysis.weighting import LENGTH, Blockwise, channel_weights, k_weighting
from tracker.analysis.windows import windows

SERIES = ("energies", "levels", "spectrum")
"""What can be wanted."""
CHUNK = 128
"""Samples whose highest is known; also a multiple of `weighting.LENGTH`."""
PIECE = 1 << 18
"""Frames worked on at once, about: each piece costs some 200 calls, and longer ones leave the
cache."""
HIGHEST = 4.0
"""Full scale is 1; what is louder than this is no sound but damage."""
FULL = 1 - 1.5 / 32768
"""Full scale: the highest value of 16 bits, and what a lossy decoder made of it."""
CLIP = 3
"""Samples in a row at full scale that are no chance."""
SILENCE = 1e-3
"""-60 dBFS."""
SPACING = 0.311
"""Seconds from one spectrum to the next: no part of a beat, or it would never see what is on it."""
WINDOW = 2048
"""Samples of its window at up to 48 kHz."""

ENOUGH = 10
"""Windows, three seconds of them, that tell enough."""


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

    def finish(self, frames: int, /) -> Any: ...


class Native:
    """Holds the samples by channels, and cuts them into whole chunks, each with what surrounds it."""

    def __init__(self, rate: int, channels: int, wanted: Collection[str] = SERIES) -> None:
        self.frames, self.dirty = 0, False
        makers: dict[str, Callable[[], Part]] = {
            "energies": lambda: Energies(rate, channels),
            "levels": lambda: Samples(rate, channels),
            "spectrum": lambda: Spectrum(rate),
        }
        self.parts = {name: makers[name]() for name in wanted}
        self.before = max(window_size(rate), peak.REACH)
        self.buffer: Series = np.zeros((channels, self.before), np.float32)
        self.held, self.done = self.before, 0
        """Samples in it, and how many of these are not needed any more."""

    def feed(self, block: Series) -> Iterator[Series]:
        """Work on frames by channels; yields them clean, in pieces of channels by frames.

        A piece holds until the next is asked for.
        """
        self.frames += len(block)
        size = -(-len(block) // max(1, round(len(block) / PIECE)))
        for start in range(0, len(block), size or 1):
            yield self._feed(block[start : start + size])

    def _feed(self, block: Series) -> Series:
        piece = self._append(block)
        chunks = max(0, (self.held - self.before - peak.REACH) // CHUNK)
        if chunks:
            for part in self.parts.values():
                part.feed(self.buffer, self.before, self.before + chunks * CHUNK)
        self.done = chunks * CHUNK
        return piece

    def _append(self, block: Series) -> Series:
        kept, held = self.buffer[:, self.done : self.held], self.held - self.done
        filled = held + len(block)
        if filled > self.buffer.shape[1]:
            self.buffer = np.empty((len(kept), filled + CHUNK), np.float32)
        self.buffer[:, :held] = kept
        self.held = filled
        piece = self.buffer[:, held:filled]
        piece[:] = block.T
        # Two reductions that NaN runs through are cheaper than mending every piece.
        if piece.size and not (piece.min() >= -HIGHEST and piece.max() <= HIGHEST):
            self.dirty = True
            np.nan_to_num(piece, copy=False, nan=0, posinf=0, neginf=0)
            np.clip(piece, -HIGHEST, HIGHEST, out=piece)
        return piece

    def finish(self) -> dict[str, Any]:
        """K-weighted mean squares, levels, and the mean power of the spectrum, by their names."""
        # Silence behind the end pushes the last samples through.
        self._feed(np.zeros((peak.REACH + CHUNK, len(self.buffer)), np.float32))
        return {name: part.finish(self.frames) for name, part in self.parts.items()}


class Energies:
    """K-weighted mean squares over 100 ms (ITU-R BS.1770-4), all channels together."""

    def __init__(self, rate: int, channels: int) -> None:
        self.rate = rate
        weights = np.array(channel_weights(channels))
        self.heard = slice(None) if weights.all() else np.flatnonzero(weights)
        self.weights = weights[self.heard]
        self.filter = Blockwise(k_weighting(rate), len(self.weights))
        self.frames = self.steps = 0
        self.open = 0.0
        """The sum of squares since the last step."""
        self.found = Gathered(1, np.float64)

    def feed(self, buffer: Series, start: int, end: int) -> None:
        heard = self.filter.feed(buffer[self.heard, start:end])
        squares = heard.squares()
        sums = np.zeros((end - start) // LENGTH + 1)
        np.cumsum(self.weights @ squares, out=sums[1:])
        # Only where a step ends inside a block its samples matter: they tell how to share it.
        edges = self._edges(end - start)
        blocks, inside = np.divmod(edges, LENGTH)
        cut = np.minimum(blocks, len(sums) - 2)
        parts = heard.samples(slice(None), cut)
        parts *= parts
        whole = np.maximum(parts.sum(axis=2), np.float32(1e-30))
        parts *= np.arange(LENGTH) < inside[:, None]
        before = sums[blocks] + self.weights @ (squares[:, cut] * (parts.sum(axis=2) / whole))
        self._gather(edges, before, float(sums[-1]))
        self.frames += end - start

    def _edges(self, count: int) -> NDArray[np.int64]:
        """Where steps end within the next *count* samples."""
        steps = np.arange(self.steps + 1, (self.frames + count + 1) * 10 // self.rate + 1)
        edges = (steps * self.rate + 5) // 10 - self.frames
        return np.asarray(edges[edges <= count])

    def _gather(self, edges: NDArray[np.int64], before: NDArray[Any], whole: float) -> None:
        """The sums *before* the edges make steps; what of the *whole* follows begins the next."""
        if not len(edges):
            self.open += whole
            return
        begin = self._edge(self.steps) - self.frames
        sums = before - np.append(-self.open, before[:-1])
        lengths = edges - np.append(begin, edges[:-1])
        self.found.append((sums / lengths)[:, None])
        self.open = whole - float(before[-1])
        self.steps += len(edges)

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
        self.ones = np.ones(CHUNK, np.float32)
        self.sums = np.zeros(channels)
        self.products = np.zeros(3)
        self.room = Room()

    def feed(self, buffer: Series, start: int, end: int) -> None:
        around = buffer[:, start - peak.REACH : end + peak.REACH]
        cuts = peak.pieces(peak.REACH, (end - start) // CHUNK, CHUNK)
        levels = np.abs(around, out=self.room.of(*around.shape))
        heights = peak.highest(levels, cuts)
        inside = heights[:, 1:-1]
        highest = float(inside.max())
        if highest >= FULL:
            for samples, tops, clips in zip(around, inside, self.clips, strict=True):
                chunks = samples[peak.REACH : -peak.REACH].reshape(-1, CHUNK)
                clips.feed(chunks, tops, self.frames)
        self.peak = max(self.peak, highest)
        self.between.least(self.peak)
        for samples, tops in zip(around, heights, strict=True):
            self.between.feed(samples, tops, CHUNK)
        self._mark(levels[:, peak.REACH : -peak.REACH], inside.max(axis=0))
        self._compare(buffer[:, start:end])
        self.frames += end - start

    def _mark(self, levels: Series, heights: Series) -> None:
        """Where the first and the last sample that is no silence lie."""
        loud = np.flatnonzero(heights > SILENCE)
        if not len(loud):
            return
        begin, end = (
            chunk * CHUNK
            + np.flatnonzero(levels[:, chunk * CHUNK :][:, :CHUNK].max(axis=0) > SILENCE)
            for chunk in (int(loud[0]), int(loud[-1]))
        )
        if self.first is None:
            self.first = self.frames + int(begin[0])
        self.last = self.frames + int(end[-1]) + 1

    def _compare(self, samples: Series) -> None:
        chunks = samples.reshape(len(samples), -1, CHUNK) @ self.ones
        self.sums += chunks.sum(axis=1, dtype=np.float64)
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
        places = np.flatnonzero(np.abs(chunks[hot]) >= FULL)
        at = offset + hot[places // CHUNK] * CHUNK + places % CHUNK
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


def window_size(rate: int) -> int:
    return WINDOW << max(0, round(np.log2(rate / 44_100)))


class Spectrum:
    """The mean power of windows 311 ms apart, one channel after the other; a full sine is 1.

    Windows with a sample at full scale are left out where there are others: clipping alone fills
    the spectrum to its end.
    """

    def __init__(self, rate: int) -> None:
        self.size = window_size(rate)
        window = np.hanning(self.size + 1)[:-1]
        self.window = (2 * window / window.sum()).astype(np.float32)
        self.hop = max(self.size // 2, round(SPACING * rate))
        self.next, self.frames, self.count = self.size, 0, 0
        """Where the next window ends, how many samples came, how many windows were taken."""
        self.sums = np.zeros((2, self.size // 2 + 1))
        """Of the power of all windows, and of the whole ones."""
        self.kept = 0

    def feed(self, buffer: Series, start: int, end: int) -> None:
        self.frames += end - start
        ends = np.arange(self.next, self.frames + 1, self.hop) + (end - self.frames)
        for place in range(len(buffer)):
            chosen = ends[place :: len(buffer)] - self.size
            samples = buffer[(self.count + place) % len(buffer)]
            if len(chosen):
                self._take(windows(samples, self.size)[chosen])
        self.next += len(ends) * self.hop
        self.count += len(ends)

    def _take(self, cuts: Series) -> None:
        whole = np.maximum(cuts.max(axis=1), -cuts.min(axis=1)) < FULL
        power = np.abs(scipy.fft.rfft(cuts * self.window))
        power *= power
        self.sums += np.stack([np.ones_like(whole), whole]).astype(np.float32) @ power
        self.kept += int(whole.sum())

    def finish(self, _: int) -> Series:
        every, whole = self.sums
        if self.kept >= ENOUGH:
            return (whole / self.kept).astype(np.float32)
        return (every / max(self.count, 1)).astype(np.float32)
