"""How high samples lie, and the sound between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.analysis.kernel.library import CHUNK, REACH, at, library

CLIP = 3
"""Samples in a row at full scale that are no chance."""


def heights(row: Series, start: int, end: int) -> tuple[Series, NDArray[np.float64]]:
    """Of the chunks in `row[start:end]` the highest absolute values, and two sums over all.

    The first and the last height are of the `REACH` samples before and behind; the sums are of the
    samples and of their squares.
    """
    chunks = _chunks(row, start, end)
    found, sums = np.empty(chunks + 2, np.float32), np.zeros(2)
    library.heights(_inside(row, start), chunks, found.ctypes.data, sums.ctypes.data)
    return found, sums


def clips(
    row: Series, start: int, end: int, tops: Series, full: float, runs: NDArray[np.int64]
) -> None:
    """Count runs of samples at *full* scale in `row[start:end]`; *tops* is what `heights` found.

    *runs* goes from call to call: length of the run that may go on, how many there were of
    `CLIP` samples and more, the longest of them.
    """
    chunks = _chunks(row, start, end)
    library.clips(
        _inside(row, start), chunks, at(tops, np.float32, chunks + 2), full, CLIP,
        at(runs, np.int64, 3, writes=True),
    )  # fmt: skip


def between(
    row: Series,
    start: int,
    end: int,
    tops: Series,
    kernels: Series,
    bounds: tuple[float, float],
    highest: float,
) -> float:
    """The highest point between samples of `row[start:end]`, or *highest* where that is higher.

    *tops* is what `heights` found; *kernels* are rows of weights of `2 * REACH` samples, and
    *bounds* their gain and their bend, as `peak` explains.
    """
    chunks = _chunks(row, start, end)
    return float(
        library.between(
            _inside(row, start), chunks, at(tops, np.float32, chunks + 2),
            at(kernels, np.float32, 2 * REACH * len(kernels)), len(kernels), *bounds, highest,
        )
    )  # fmt: skip


def _chunks(row: Series, start: int, end: int) -> int:
    """How many there are, with `REACH` samples on either side."""
    if not REACH <= start <= end <= len(row) - REACH or (end - start) % CHUNK:
        raise ValueError(f"no whole chunks from {start} to {end} of {len(row)} samples")
    return (end - start) // CHUNK


def _inside(row: Series, start: int) -> int:
    return at(row, np.float32, len(row)) + 4 * start
