"""How high the sound rises between its samples (ITU-R BS.1770-4, annex 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.analysis.gathered import Room
from tracker.analysis.windows import windows

REACH = 12
"""Samples on either side that a point between two depends on."""
SHARPNESS = 5.0
"""Of the Kaiser window over the sinc: flat to 0.01 dB up to 0.43 of the sample rate."""
RUN = 16
"""Chunks that are looked at or not together."""
TOGETHER = 16
"""Runs worked on at once: they fit the cache."""
FIRST = 16
"""Chunks that are looked at before others."""


def pieces(before: int, count: int, chunk: int) -> NDArray[np.int64]:
    """Where pieces of a buffer begin: what precedes the chunks, each of them, what follows."""
    return np.concatenate([[0], before + chunk * np.arange(count + 1)])


def highest(levels: Series, cuts: NDArray[np.int64]) -> Series:
    """The highest value of each piece, along the last axis; none is below 0.

    Such numbers are in the order of their bits, and integers are compared in half the time.
    """
    return np.maximum.reduceat(levels.view(np.int32), cuts, axis=-1).view(np.float32)


class Between:
    """The highest point of the four times oversampled sound, found by oversampling little of it.

    A point between samples n and n + 1 is a weighted sum of the samples around it, so it exceeds
    the highest of these at most by `gain`, the sum of the absolute weights. Closer: it is what a
    straight line between the two gives, plus a weighted sum of the second differences around it,
    for our interpolators draw straight lines straight, so the rest of each, summed twice, is such
    a filter. So no point exceeds the higher of the two samples plus `bend` times the largest
    second difference within reach, `bend` being the sum of those absolute weights. Where such a
    bound stays below the highest point so far nothing is missed by not looking: first by runs of
    chunks, then by chunks, then by samples, of which one in 200 is left in loud music.
    """

    def __init__(self, rate: int) -> None:
        self.kernels = interpolators(4 if rate < 96_000 else 2 if rate < 192_000 else 1)
        self.weights = self.kernels.T.astype(np.float32)
        self.gain = float(np.abs(self.kernels).sum(axis=1).max(initial=0))
        self.bend = np.float32(max((bend(kernel) for kernel in self.kernels), default=0.0))
        self.highest = 0.0
        self.steps, self.bent = Room(), Room()

    def least(self, height: float) -> None:
        """The samples themselves reach this."""
        self.highest = max(self.highest, height)

    def feed(self, samples: Series, heights: Series, chunk: int) -> None:
        """*samples* are chunks and `REACH` more on either side; *heights* the highest of each.

        The first of *heights* is of what precedes the chunks, the last of what follows.
        """
        near = np.maximum(np.maximum(heights[:-2], heights[2:]), heights[1:-1])
        if near.max() * self.gain <= self.highest:
            return
        run = min(RUN, len(near))
        starts = np.append(np.arange(0, len(near) - run, run), len(near) - run)
        promising = np.maximum.reduceat(near, starts) * self.gain > self.highest
        runs = starts[promising]
        bends = self.bend * self._bends(samples, runs, run, chunk)
        bounds = bends + windows(np.maximum(heights[1:-1], heights[2:]), run)[runs]
        number, place = np.nonzero(bounds > self.highest)
        chunks, bounds, bends = runs[number] + place, bounds[number, place], bends[number, place]
        # The most promising ones first: they spare the most of the others.
        order = np.argsort(-bounds) if len(bounds) > FIRST else np.arange(len(bounds))
        for part in (order[:FIRST], order[FIRST:]):
            part = part[bounds[part] > self.highest]
            if len(part):
                self._look(windows(samples, chunk + 2 * REACH, chunk)[chunks[part]], bends[part])

    def _bends(self, samples: Series, runs: NDArray[np.int64], run: int, chunk: int) -> Series:
        """The largest second difference within reach of each chunk of each run."""
        size = run * chunk + 2 * REACH
        choices = windows(samples, size, chunk)
        # Behind each run follow two differences from it to the next, which mean nothing.
        cuts = np.append(pieces(REACH - 1, run, chunk), size - 2)
        found = np.empty((len(runs), run + 2), np.float32)
        for at in range(0, len(runs), TOGETHER):
            chosen = choices[runs[at : at + TOGETHER]]
            flat, steps, bent = (
                chosen.ravel(),
                self.steps.of(chosen.size),
                self.bent.of(chosen.size),
            )
            np.subtract(flat[1:], flat[:-1], out=steps[:-1])
            np.subtract(steps[1:-1], steps[:-2], out=bent[:-2])
            bent[-2:] = 0
            heights = highest(np.abs(bent, out=bent).reshape(chosen.shape), cuts)
            found[at : at + TOGETHER] = heights[:, :-1]
        return np.maximum(np.maximum(found[:, :-2], found[:, 2:]), found[:, 1:-1])

    def _look(self, chunks: Series, above: Series) -> None:
        """At points of *chunks*, where the samples beside them are exceeded by *above* at most."""
        levels = np.abs(chunks[:, REACH : 1 - REACH])
        tops = np.maximum(levels[:, :-1], levels[:, 1:])
        places = np.flatnonzero(tops > (self.highest - above)[:, None])
        # The first of the samples that a point depends on is REACH - 1 before it.
        places += places // tops.shape[1] * (2 * REACH) + 1
        points = windows(chunks.ravel(), 2 * REACH)[places]
        heights = np.abs(points @ self.weights)
        self.highest = max(self.highest, float(heights.max(initial=0)))


def interpolators(times: int) -> NDArray[np.float64]:
    """Kernels for the points between samples 0 and 1, on the samples 1 - REACH to REACH."""
    near = np.arange(1 - REACH, REACH + 1)
    kernels = []
    for place in np.arange(1, times) / times:
        away = place - near
        window = np.i0(SHARPNESS * np.sqrt(np.maximum(0, 1 - (away / REACH) ** 2)))
        kernel = np.sinc(away) * window
        kernel /= kernel.sum()
        # A trifle between the two middle samples, and it gives back a straight line exactly.
        slant = place - kernel @ near
        kernel[REACH - 1 : REACH + 1] += [-slant, slant]
        kernels.append(kernel)
    return np.array(kernels).reshape(-1, 2 * REACH)


def bend(kernel: NDArray[np.float64]) -> float:
    """By how much it departs from a straight line at most where second differences are 1."""
    place = kernel @ np.arange(1 - REACH, REACH + 1)
    straight = np.zeros(2 * REACH)
    straight[REACH - 1 : REACH + 1] = 1 - place, place
    return float(np.abs(np.cumsum(np.cumsum(kernel - straight))).sum())
