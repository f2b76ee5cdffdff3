"""Magnitudes of windowed sound: what the discrete Fourier transform needs beside the samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.analysis.kernel import spectra

LINE = 64
"""Bytes that a processor's cache holds together."""


class Transform:
    """Magnitudes of Hann windows: lines from 0 to before *keep*; a full-scale sine is 1."""

    def __init__(self, size: int, keep: int) -> None:
        """*size* is a power of two, 8 at least."""
        self.size, self.keep = size, keep
        window = np.hanning(size + 1)[:-1]
        self.window = (2 * window / window.sum()).astype(np.float32)
        self.tables = reversed_bits(size // 2), roots(size)
        room = np.empty(8 * size + LINE // 4, np.float32)
        self.work = room[-room.ctypes.data % LINE // 4 :][: 8 * size]

    def of(self, samples: Series, hop: int, found: Series) -> Series:
        """Those of as many windows as there are rows of *found*, one every *hop* samples."""
        spectra.magnitudes(samples, hop, self.window, self.tables, self.work, found)
        return found


def reversed_bits(count: int) -> NDArray[np.int32]:
    """Where each of *count* numbers, a power of two, goes when its bits are read backwards."""
    order = np.zeros(1, np.int32)
    while len(order) < count:
        order = np.concatenate([2 * order, 2 * order + 1])
    return order


def roots(size: int) -> Series:
    """The roots of unity as `kernel/spectra.c` reads them, each as real and imaginary part.

    For each pass of its radix of four the powers 1, 2 and 3; then those of the lines.
    """
    half = size // 2
    done = spectra.paired(half)
    angles = []
    while done < half:
        angles.append((np.arange(done)[:, None] * np.array([1, 2, 3]) / (4 * done)).ravel())
        done *= 4
    turns = -2 * np.pi * np.concatenate([*angles, np.arange(half + 1) / size])
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)
