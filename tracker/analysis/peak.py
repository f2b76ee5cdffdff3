"""How high the sound rises between its samples (ITU-R BS.1770-4, annex 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.analysis.kernel import levels
from tracker.analysis.kernel.library import REACH

SHARPNESS = 5.0
"""Of the Kaiser window over the sinc: flat to 0.01 dB up to 0.43 of the sample rate."""


class Between:
    """The highest point of the four times oversampled sound, found by oversampling little of it.

    A point between samples n and n + 1 is a weighted sum of the samples around it, so it exceeds
    the highest of these at most by `gain`, the sum of the absolute weights. Closer: it is what a
    straight line between the two gives, plus a weighted sum of the second differences around it,
    for our interpolators draw straight lines straight, so the rest of each, summed twice, is such
    a filter. So no point exceeds the higher of the two samples plus `bend` times the largest
    second difference within reach, `bend` being the sum of those absolute weights. Where such a
    bound stays below the highest point so far nothing is missed by not looking: first by chunks,
    then by samples, of which one in 200 is left in loud music.
    """

    def __init__(self, rate: int) -> None:
        self.kernels = interpolators(4 if rate < 96_000 else 2 if rate < 192_000 else 1)
        self.weights = self.kernels.astype(np.float32)
        gain = float(np.abs(self.kernels).sum(axis=1).max(initial=0))
        self.bounds = gain, max((bend(weights) for weights in self.kernels), default=0.0)
        self.highest = 0.0

    def least(self, height: float) -> None:
        """The samples themselves reach this."""
        self.highest = max(self.highest, height)

    def feed(self, row: Series, start: int, end: int, heights: Series) -> None:
        """The chunks in `row[start:end]`; *heights* are those that `levels.heights` finds."""
        if heights.max() * self.bounds[0] > self.highest:
            self.highest = levels.between(
                row, start, end, heights, self.weights, self.bounds, self.highest
            )


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
