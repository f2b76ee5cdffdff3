"""What is measured at the file's own rate, on every channel: level, peaks, ends, spectrum."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tracker.analysis import peak
from tracker.analysis.decode import Series
from tracker.analysis.gathered import Gathered, Room
from tracker.analysis.kernel import levels
from tracker.analysis.kernel.channels import part
from tracker.analysis.kernel.library import CHUNK, REACH
from tracker.analysis.transform import Transform
from tracker.analysis.weighting import Weighted, channel_weights, k_weighting
from tracker.analysis.windows import windows

SERIES = ("energies", "levels", "spectrum")
"""What can be wanted."""
PIECE = 1 << 18
"""Frames worked on at once, about: each piece costs some hundred calls, and longer ones leave the
cache."""
HIGHEST = 4.0
"""Full scale is 1; what is louder than this is no sound but damage."""
FULL = 1 - 1.5 / 32768
"""Full scale: the highest value of 16 bits, and what a lossy decoder made of it."""
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

    def __init__(
        self, rate: int, channels: int, wanted: Collection[str] = SERIES, *, mono: bool = True
    ) -> None:
        """*mono*: whether all channels as one are wanted too."""
        self.frames, self.dirty = 0, False
        makers: dict[str, Callable[[], Part]] = {
            "energies": lambda: Energies(rate, channels),
            "levels": lambda: Samples(rate, channels),
            "spectrum": lambda: Spectrum(rate),
        }
        self.parts = {name: makers[name]() for name in wanted}
        self.before = max(window_size(rate), REACH)
        self.buffer: Series = np.zeros((channels, self.before), np.float32)
        self.held, self.done = self.before, 0
        """Samples in it, and how many of these are not needed any more."""
        self.mono = Room() if mono else None

    def feed(self, block: Series) -> Iterator[Series]:
        """Work on frames by channels; yields all channels as one, in pieces.

        A piece holds until the next is asked for.
        """
        self.frames += len(block)
        size = -(-len(block) // max(1, round(len(block) / PIECE)))
        for start in range(0, len(block), size or 1):
            mono = self._feed(block[start : start + size])
            if mono is not None:
                yield mono

    def _feed(self, block: Series) -> Series | None:
        mono = self._append(block)
        chunks = max(0, (self.held - self.before - REACH) // CHUNK)
        if chunks:
            for one in self.parts.values():
                one.feed(self.buffer, self.before, self.before + chunks * CHUNK)
        self.done = chunks * CHUNK
        return mono

    def _append(self, block: Series) -> Series | None:
        kept, held = self.buffer[:, self.done : self.held], self.held - self.done
        filled = held + len(block)
        if filled > self.buffer.shape[1]:
            self.buffer = np.empty((len(kept), filled + CHUNK), np.float32)
        self.buffer[:, :held] = kept
        self.held = filled
        mono = self.mono.of(len(block)) if self.mono else None
        self.dirty |= part(block, self.buffer[:, held:filled], mono, HIGHEST)
        return mono

    def finish(self) -> dict[str, Any]:
        """K-weighted mean squares, levels, and the mean power of the spectrum, by their names."""
        # Silence behind the end pushes the last samples through.
        self._feed(np.zeros((REACH + CHUNK, len(self.buffer)), np.float32))
        return {name: one.finish(self.frames) for name, one in self.parts.items()}


class Energies:
    """K-weighted mean squares over 100 ms (ITU-R BS.1770-4), all channels together."""

    def __init__(self, rate: int, channels: int) -> None:
        self.rate = rate
        self.weights = np.array(channel_weights(channels))
        heard = np.flatnonzero(self.weights)
        # The last of an odd number is its own companion.
        pairs = [heard[at : at + 2][[0, -1]] for at in range(0, len(heard), 2)]
        stages = k_weighting(rate)
        self.pairs = [(pair, Weighted(stages)) for pair in pairs]
        self.frames = self.steps = 0
        self.open = 0.0
        """The sum of squares since the last step."""
        self.found = Gathered(1, np.float64)

    def feed(self, buffer: Series, start: int, end: int) -> None:
        edges = self._edges(end - start)
        sums = np.zeros(len(edges) + 1)
        for (one, other), weighted in self.pairs:
            pair = buffer[one, start:end], buffer[other, start:end]
            squares = weighted.squares(pair, edges - self.frames)
            sums += self.weights[one] * squares[:, 0]
            if other != one:
                sums += self.weights[other] * squares[:, 1]
        sums[0] += self.open
        self.open = float(sums[-1])
        lengths = np.diff(edges, prepend=self._edge(self.steps))
        self.found.append((sums[:-1] / lengths)[:, None])
        self.steps += len(edges)
        self.frames += end - start

    def _edges(self, count: int) -> NDArray[np.int64]:
        """Where steps end within the next *count* samples, counted from the first of all."""
        last = self.frames + count
        edges = self._edge(np.arange(self.steps + 1, (last + 1) * 10 // self.rate + 1))
        return np.asarray(edges[edges <= last])

    def _edge(self, step: Any) -> Any:
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
        self.runs = np.zeros((channels, 3), np.int64)
        """As `levels.clips` counts them."""
        self.first: int | None = None
        self.last = 0
        self.sums = np.zeros((channels, 2))
        """Of the samples, and of their squares."""
        self.product = 0.0
        """The sum of left x right."""

    def feed(self, buffer: Series, start: int, end: int) -> None:
        found = [levels.heights(row, start, end) for row in buffer]
        heights = np.stack([one for one, _ in found])
        self.sums += [sums for _, sums in found]
        if len(buffer) == 2:
            self.product += float(np.vdot(*buffer[:, start:end]))
        inside = heights[:, 1:-1]
        highest = float(inside.max())
        if highest >= FULL or self.runs[:, 0].any():
            for row, (tops, _), runs in zip(buffer, found, self.runs, strict=True):
                levels.clips(row, start, end, tops, FULL, runs)
        self.peak = max(self.peak, highest)
        self.between.least(self.peak)
        for row, (tops, _) in zip(buffer, found, strict=True):
            self.between.feed(row, start, end, tops)
        self._mark(buffer[:, start:end], inside.max(axis=0))
        self.frames += end - start

    def _mark(self, samples: Series, heights: Series) -> None:
        """Where the first and the last sample that is no silence lie."""
        loud = np.flatnonzero(heights > SILENCE)
        if not len(loud):
            return
        begin, end = (
            chunk * CHUNK
            + np.flatnonzero(np.abs(samples[:, chunk * CHUNK :][:, :CHUNK]).max(axis=0) > SILENCE)
            for chunk in (int(loud[0]), int(loud[-1]))
        )
        if self.first is None:
            self.first = self.frames + int(begin[0])
        self.last = self.frames + int(end[-1]) + 1

    def finish(self, frames: int) -> Levels:
        means = self.sums / max(frames, 1)
        return Levels(
            peak=self.peak,
            true_peak=self.between.highest,
            clips=int(self.runs[:, 1].sum()),
            longest_clip=int(self.runs[:, 2].max()),
            sounding=None
            if self.first is None
            else (self.first / self.rate, min(self.last, frames) / self.rate),
            means=tuple(float(value) for value in means[:, 0]),
            products=(float(means[0, 1]), float(means[1, 1]), self.product / max(frames, 1))
            if len(means) == 2
            else None,
        )


def window_size(rate: int) -> int:
    return WINDOW << max(0, round(np.log2(rate / 44_100)))


class Spectrum:
    """The mean power of windows 311 ms apart, one channel after the other; a full sine is 1.

    Windows with a sample at full scale are left out where there are others: clipping alone fills
    the spectrum to its end.
    """

    def __init__(self, rate: int) -> None:
        self.size = window_size(rate)
        self.transform = Transform(self.size, self.size // 2 + 1)
        self.hop = max(self.size // 2, round(SPACING * rate))
        self.next, self.frames, self.count = self.size, 0, 0
        """Where the next window ends, how many samples came, how many windows were taken."""
        self.sums = np.zeros((2, self.size // 2 + 1))
        """Of the power of all windows, and of the whole ones."""
        self.kept = 0
        self.room = Room()

    def feed(self, buffer: Series, start: int, end: int) -> None:
        self.frames += end - start
        ends = np.arange(self.next, self.frames + 1, self.hop) + (end - self.frames)
        for place in range(min(len(buffer), len(ends))):
            samples = buffer[(self.count + place) % len(buffer), ends[place] - self.size : end]
            self._take(samples, len(buffer) * self.hop)
        self.next += len(ends) * self.hop
        self.count += len(ends)

    def _take(self, samples: Series, hop: int) -> None:
        cuts = windows(samples, self.size, hop)
        whole = np.maximum(cuts.max(axis=1), -cuts.min(axis=1)) < FULL
        power = self.transform.of(samples, hop, self.room.of(len(cuts), self.size // 2 + 1))
        power *= power
        self.sums += np.stack([np.ones_like(whole), whole]).astype(np.float32) @ power
        self.kept += int(whole.sum())

    def finish(self, _: int) -> Series:
        every, whole = self.sums
        if self.kept >= ENOUGH:
            return (whole / self.kept).astype(np.float32)
        return (every / max(self.count, 1)).astype(np.float32)
