"""How high the sound rises between its samples (ITU-R BS.1770-4, annex 2)."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.analysis.gathered import Room

REACH = 12
"""Samples on either side that a point between two depends on."""
SHARPNESS = 5.0
"""Of the Kaiser window over the sinc: flat to 0.01 dB up to 0.43 of the sample rate."""
FIRST = 16
"""The most promising places are looked at first: they spare the most of the others."""


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

    A point between samples n and n + 1 is what a straight line between them gives, plus a weighted
    sum of the second differences around it: our interpolators draw straight lines straight, so the
    rest of each, summed twice, is such a filter. So no point exceeds the higher of the two samples
    plus `bend` times the largest second difference within reach, `bend` being the sum of the
    absolute weights. Where this bound stays below the highest point so far nothing is missed by not
    looking; that is 9 of 10 chunks of loud music and nearly all of others.
    """

    def __init__(self, rate: int) -> None:
        self.kernels = interpolators(4 if rate < 96_000 else 2 if rate < 192_000 else 1)
        self.bend = max((bend(kernel) for kernel in self.kernels), default=0.0)
        self.highest = 0.0
        self.matrix: Series | None = None
        self.steps, self.room = Room(), Room()

    def least(self, height: float) -> None:
        """The samples themselves reach this."""
        self.highest = max(self.highest, height)

    def feed(self, samples: Series, heights: Series, chunk: int) -> None:
        """*samples* are chunks and `REACH` more on either side; *heights* the highest of each.

        The first of *heights* is of what precedes the chunks, the last of what follows.
        """
        # No second difference exceeds four times the samples.
        if not len(self.kernels) or heights.max() * (1 + 4 * self.bend) <= self.highest:
            return
        steps = np.subtract(samples[1:], samples[:-1], out=self.steps.of(len(samples) - 1))
        bent = np.subtract(steps[1:], steps[:-1], out=self.room.of(len(samples) - 2))
        cuts = pieces(REACH - 1, len(heights) - 2, chunk)
        bends = highest(np.abs(bent, out=bent), cuts)
        bends = np.maximum(np.maximum(bends[:-2], bends[2:]), bends[1:-1])
        bound = np.maximum(heights[1:-1], heights[2:]) + np.float32(self.bend) * bends
        windows = sliding_window_view(samples, chunk + 2 * REACH)[::chunk]
        places = np.flatnonzero(bound > self.highest)
        if len(places) > FIRST:
            first = places[np.argpartition(bound[places], -FIRST)[-FIRST:]]
            self._look(windows[first], chunk)
            places = places[bound[places] > self.highest]
        if len(places):
            self._look(windows[places], chunk)

    def _look(self, windows: Series, chunk: int) -> None:
        if self.matrix is None:
            self.matrix = _matrix(self.kernels, chunk)
        points = windows @ self.matrix
        self.highest = max(self.highest, float(points.max()), -float(points.min()))


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


def _matrix(kernels: NDArray[np.float64], chunk: int) -> Series:
    """From a chunk and `REACH` samples on either side to all points between."""
    matrix = np.zeros((chunk + 2 * REACH, len(kernels), chunk), np.float32)
    for place in range(chunk):
        matrix[place + 1 : place + 1 + 2 * REACH, :, place] = kernels.T
    return matrix.reshape(chunk + 2 * REACH, -1)
