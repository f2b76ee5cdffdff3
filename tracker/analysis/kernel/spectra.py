"""Magnitudes of windows, and what is found in rows of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.analysis.kernel.library import at, library


def magnitudes(
    samples: Series,
    hop: int,
    window: Series,
    tables: tuple[NDArray[np.int32], Series],
    work: Series,
    found: Series,
) -> None:
    """Write the magnitudes of so many windows, one every *hop* samples, as there are rows for.

    *tables* are the order of half as many numbers as *window* has, and the roots of unity:
    `transform` makes them. *work* holds eight windows.
    """
    (frames, keep), size = found.shape, len(window)
    order, turns = tables
    half = size // 2
    if size < 8 or size & (size - 1) or not 0 < keep <= half + 1 or hop < 1:
        raise ValueError(f"no {keep} lines of windows of {size} samples, one every {hop}")
    if len(order) != half or order.min() < 0 or order.max() >= half:
        raise ValueError("the order leads out of the window")
    library.magnitudes(
        at(samples, np.float32, (frames - 1) * hop + size if frames else 0), frames, hop, size,
        at(window, np.float32, size), at(order, np.int32, half),
        at(turns, np.float32, 2 * (size + 1 - paired(half))), keep,
        at(work, np.float32, 8 * size, writes=True),
        at(found, np.float32, frames * keep, writes=True),
    )  # fmt: skip


def paired(half: int) -> int:
    """How many numbers are transformed together before the radix of four: 2 where *half* is 2^odd."""
    return 2 if half.bit_length() % 2 == 0 else 1


def rolloffs(powers: Series, share: float) -> NDArray[np.int64]:
    """In each row the first place up to which that share of its sum lies."""
    frames, width = powers.shape
    if not width:
        raise ValueError("rows of nothing have no place")
    places = np.empty(frames, np.int64)
    library.rolloffs(
        at(powers, np.float32, frames * width), frames, width, share, places.ctypes.data
    )
    return places


def peaks(
    spectra: Series,
    bins: tuple[int, int],
    least: float,
    around: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[NDArray[np.int64], Series]:
    """Where spectra have peaks above *least*, as places in `spectra.ravel()`.

    Looked for from the first of *bins* to before the second; with each comes the mean power from
    the bin that the first of *around* names for it to before the one of the second.
    """
    frames, width = spectra.shape
    first, end = bins
    below, above = around
    if not 1 <= first <= end <= width - 1 or not len(below) == len(above) == end - first:
        raise ValueError(f"bins from {first} to {end} of {width}")
    if len(below) and not (below.min() >= 0 and above.max() <= width and (below < above).all()):
        raise ValueError("surroundings lie outside of the spectrum")
    most = frames * ((end - first + 1) // 2)
    places, powers, sums = np.empty(most, np.int64), np.empty(most, np.float32), np.empty(width + 1)
    found = library.peaks(
        at(spectra, np.float32, frames * width), frames, width, first, end, least,
        at(below, np.int64, len(below)), at(above, np.int64, len(above)),
        sums.ctypes.data, places.ctypes.data, powers.ctypes.data,
    )  # fmt: skip
    return places[:found], powers[:found]
