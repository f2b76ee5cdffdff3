"""How loud the ear takes a frequency to be: the K-weighting of ITU-R BS.1770-4."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.analysis.kernel.loudness import PAST, weigh

Poly = NDArray[np.float64]
"""Coefficients of 1, z^-1, z^-2 ..."""

SHELF_FROM = 4_000
"""Hz of a sample rate; below it nothing is left for the shelf to lift."""


def k_weighting(rate: int) -> list[tuple[Poly, Poly]]:
    """The two biquads of BS.1770 for any sample rate, from their analogue prototypes."""
    stages = [_high_pass(rate, 38.13547087602444, 0.5003270373238773)]
    if rate >= SHELF_FROM:
        stages.append(_shelf(rate, 1681.974450955533, 0.7071752369554196, 3.999843853973347))
    return stages


def channel_weights(channels: int) -> list[float]:
    """1 for each channel, 1.41 for those beside the listener, 0 for the low-frequency one.

    As WAV and FLAC order them: 5.0 is L R C Ls Rs, 5.1 has the LFE behind C, 7.1 two more behind
    the listener before Ls and Rs (BS.1770-4, table 4).
    """
    match channels:
        case 5:
            return [1, 1, 1, 1.41, 1.41]
        case 6:
            return [1, 1, 1, 0, 1.41, 1.41]
        case 8:
            return [1, 1, 1, 0, 1, 1, 1.41, 1.41]
    return [1.0] * channels


class Weighted:
    """Two channels, filtered; only the sums of their squares are told.

    A recursion waits for its own last result. So each section is widened by what leaves its
    response as it is, but lets a result depend on those two and four samples before instead of
    one and two (scattered look-ahead; Parhi and Messerschmitt 1989): two frames are found at once.
    """

    def __init__(self, stages: list[tuple[Poly, Poly]]) -> None:
        self.sections = np.stack([look_ahead(*stage) for stage in stages])
        self.state = np.zeros((len(stages) + 1, PAST))

    def squares(self, pair: tuple[Series, Series], edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """Their sums up to each edge, and behind the last; whole chunks come in."""
        return weigh(pair, self.sections, self.state, edges)


def look_ahead(numerator: Poly, poles: Poly) -> Poly:
    """A biquad as `weigh` takes it: poles times their mirror image are a polynomial of z^-2."""
    mirrored = poles * np.array([1, -1, 1])
    return np.concatenate([np.convolve(numerator, mirrored), np.convolve(poles, mirrored)[2::2]])


def _shelf(rate: int, frequency: float, q: float, gain: float) -> tuple[Poly, Poly]:
    k = np.tan(np.pi * frequency / rate)
    high = 10 ** (gain / 20)
    band = high**0.4996667741545416
    scale = 1 + k / q + k * k
    above = [high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k]
    return np.array(above) / scale, _poles(k, q)


def _high_pass(rate: int, frequency: float, q: float) -> tuple[Poly, Poly]:
    return np.array([1.0, -2.0, 1.0]), _poles(np.tan(np.pi * frequency / rate), q)


def _poles(k: float, q: float) -> Poly:
    scale = 1 + k / q + k * k
    return np.array([1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale])
