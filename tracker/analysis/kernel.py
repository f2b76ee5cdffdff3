"""What `kernel.c` does to every sample, with arrays checked before compiled code sees them."""

from __future__ import annotations

import ctypes
import hashlib
from ctypes import c_double, c_float, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.errors import Broken

CHUNK, REACH, TAPS = 128, 12, 5
"""As in `kernel.c`: samples looked at together; samples on either side that a point between two
depends on; numbers that a section of a filter multiplies samples with."""
CLIP = 3
"""Samples in a row at full scale that are no chance."""
SECTION = TAPS + 2
"""Numbers that describe a section: its taps, and what it takes back of its own results."""
PAST = 8
"""Numbers that are kept of the frames before: four of two channels."""

DIGEST = 32
"""Digits of the SHA-256 of its source that a library knows."""

_SOURCE = Path(__file__).with_name("kernel.c")
_P, _N = c_void_p, c_size_t
_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "part": (c_int, _P, _N, _N, c_float, _P, _N, _P),
    "weigh": (None, _P, _P, _N, _P, _N, _P, _P, _N, _P),
    "levels": (None, _P, _N, _P, _P),
    "clips": (None, _P, _N, _P, c_float, c_int64, _P),
    "between": (c_float, _P, _N, _P, _P, _N, c_float, c_float, c_float),
    "halve": (None, _P, _N, _P),
    "cross": (None, _P, _N, _N, _P),
    "spectra": (None, _P, _N, _N, _N, _P, _P, _P, _N, _P, _P),
    "rolloffs": (None, _P, _N, _N, c_double, _P),
    "peaks": (_N, _P, _N, _N, _N, _N, c_float, _P, _P, _P, _P, _P),
    "follow": (None, _P, _P, _N, _P, _P, _N, _P, _P),
}
"""What each gives, and takes."""


def loaded(source: Path = _SOURCE) -> ctypes.CDLL:
    """The library that the installation built beside *source*.

    Raises:
        Broken: there is none, or one that was built of something else.
    """
    again = "reinstall tracker"
    try:
        library = ctypes.CDLL(str(source.with_name("libkernel.so")))
        library.source.restype = ctypes.c_char_p
        made_of = library.source().decode()
        for name, (result, *arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise Broken(
            f"the compiled part of measuring cannot be loaded ({error}); {again}"
        ) from error
    if made_of != hashlib.sha256(source.read_bytes()).hexdigest()[:DIGEST]:
        raise Broken(f"the compiled part of measuring is of another version; {again}")
    return library


_library = loaded()


def _at(values: NDArray[Any], kind: type[np.generic], least: int) -> int:
    """Where at least so many of this kind lie, one behind the other. Raises ValueError elsewhere."""
    if values.dtype != kind or not values.flags.c_contiguous or values.size < least:
        raise ValueError(f"{least} {kind.__name__} are needed in one piece, not {values!r:.80}")
    return values.ctypes.data


def part(block: Series, rows: Series, mono: Series | None, highest: float) -> bool:
    """Write frames by channels into *rows* of channels, and their mean into *mono*.

    What is no number becomes 0, and what exceeds *highest* is cut to it; the answer is whether
    there was any.
    """
    frames, channels = block.shape
    block = np.ascontiguousarray(block, np.float32)  # FFmpeg's may lie by channels
    if rows.shape != (channels, frames) or rows.dtype != np.float32 or not channels:
        raise ValueError(f"rows of {rows.shape} do not hold {channels} channels of {frames} frames")
    if not frames:
        return False
    if (
        rows.strides[1] != 4
        or rows.strides[0] % 4
        or (channels > 1 and rows.strides[0] < 4 * frames)
    ):
        raise ValueError("rows have to lie one behind the other")
    return bool(
        _library.part(
            _at(block, np.float32, 1), frames, channels, highest,
            rows.ctypes.data, rows.strides[0] // 4,
            None if mono is None else _at(mono, np.float32, frames),
        )
    )  # fmt: skip


def weigh(
    pair: tuple[Series, Series],
    sections: NDArray[np.float64],
    state: NDArray[np.float64],
    edges: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The squares of two filtered channels, summed up to each of the rising *edges*, and behind.

    The channels, which may be the same, are whole chunks; *sections* are one or two rows of
    `SECTION` numbers; *state*, which goes from call to call, `PAST` for the samples and for each
    section. The sums come as rows of two.
    """
    number, count = len(sections), len(pair[0])
    if number not in (1, 2) or len(pair[1]) != count or count % CHUNK:
        raise ValueError(f"{number} sections of a filter for {count} and {len(pair[1])} samples")
    if len(edges) and not 0 <= edges[0] <= edges[-1] <= count:
        raise ValueError("edges lie outside of the samples")
    if (edges[1:] < edges[:-1]).any():
        raise ValueError("edges have to rise")
    sums = np.zeros((len(edges) + 1, 2))
    _library.weigh(
        *(_at(samples, np.float32, 0) for samples in pair), count // CHUNK,
        _at(sections, np.float64, SECTION * number), number,
        _at(state, np.float64, PAST * (number + 1)),
        _at(edges, np.int64, 0), len(edges), sums.ctypes.data,
    )  # fmt: skip
    return sums


def levels(row: Series, start: int, end: int) -> tuple[Series, NDArray[np.float64]]:
    """Of the chunks in `row[start:end]` the highest absolute values, and two sums over all.

    The first and the last height are of the `REACH` samples before and behind; the sums are of the
    samples and of their squares.
    """
    chunks = _chunks(row, start, end)
    heights, sums = np.empty(chunks + 2, np.float32), np.zeros(2)
    _library.levels(_inside(row, start), chunks, heights.ctypes.data, sums.ctypes.data)
    return heights, sums


def clips(
    row: Series, start: int, end: int, heights: Series, full: float, runs: NDArray[np.int64]
) -> None:
    """Count runs of samples at *full* scale in `row[start:end]`; *heights* is what `levels` found.

    *runs* goes from call to call: length of the run that may go on, how many there were of
    `CLIP` samples and more, the longest of them.
    """
    chunks = _chunks(row, start, end)
    _library.clips(
        _inside(row, start), chunks, _at(heights, np.float32, chunks + 2), full, CLIP,
        _at(runs, np.int64, 3),
    )  # fmt: skip


def between(
    row: Series,
    start: int,
    end: int,
    heights: Series,
    kernels: Series,
    bounds: tuple[float, float],
    highest: float,
) -> float:
    """The highest point between samples of `row[start:end]`, or *highest* where that is higher.

    *heights* is what `levels` found; *kernels* are rows of weights of `2 * REACH` samples, and
    *bounds* their gain and their bend, as `peak` explains.
    """
    chunks = _chunks(row, start, end)
    return float(
        _library.between(
            _inside(row, start), chunks, _at(heights, np.float32, chunks + 2),
            _at(kernels, np.float32, 2 * REACH * len(kernels)), len(kernels), *bounds, highest,
        )
    )  # fmt: skip


def _chunks(row: Series, start: int, end: int) -> int:
    """How many there are, with `REACH` samples on either side."""
    if not REACH <= start <= end <= len(row) - REACH or (end - start) % CHUNK:
        raise ValueError(f"no whole chunks from {start} to {end} of {len(row)} samples")
    return (end - start) // CHUNK


def _inside(row: Series, start: int) -> int:
    return _at(row, np.float32, 1) + 4 * start


def halve(samples: Series) -> Series:
    """Every second sample, smoothed by 1/4 1/2 1/4, but for those at both ends."""
    halves = np.empty(max(0, (len(samples) - 1) // 2), np.float32)
    _library.halve(_at(samples, np.float32, 0), len(halves), halves.ctypes.data)
    return halves


def cross(samples: Series, size: int) -> Series:
    """Of whole pieces of *size* samples the share of zero crossings and the mean square, as rows."""
    if size < 8 or size % 8:
        raise ValueError(f"{size} samples are no piece")
    found = np.empty((len(samples) // size, 2), np.float32)
    _library.cross(_at(samples, np.float32, 0), len(found), size, found.ctypes.data)
    return found


def rolloffs(powers: Series, share: float) -> NDArray[np.int64]:
    """In each row the first place up to which that share of its sum lies."""
    frames, width = powers.shape
    if not width:
        raise ValueError("rows of nothing have no place")
    places = np.empty(frames, np.int64)
    _library.rolloffs(_at(powers, np.float32, 0), frames, width, share, places.ctypes.data)
    return places


def follow(
    strength: Series, periods: NDArray[np.float64], lags: NDArray[np.float64], losses: Series
) -> tuple[Series, NDArray[np.int64]]:
    """The score of the best way along onsets to each frame, and the beat before, -1 where none is.

    The beat before lies one of *lags*, in the *periods* of the frame, before it, at a loss.
    """
    frames = len(strength)
    scores, came = np.empty(frames, np.float32), np.empty(frames, np.int64)
    if len(losses) != len(lags):
        raise ValueError("each lag has its loss")
    _library.follow(
        _at(strength, np.float32, 0), _at(periods, np.float64, frames), frames,
        _at(lags, np.float64, 0), _at(losses, np.float32, 0), len(lags),
        scores.ctypes.data, came.ctypes.data,
    )  # fmt: skip
    return scores, came


def spectra(
    samples: Series,
    hop: int,
    window: Series,
    tables: tuple[NDArray[np.int32], Series],
    work: Series,
    magnitudes: Series,
) -> None:
    """Write the magnitudes of so many windows, one every *hop* samples, as there are rows for.

    *tables* are the order of half as many numbers as *window* has, and the roots of unity:
    `transform` makes them. *work* holds eight windows.
    """
    (frames, keep), size = magnitudes.shape, len(window)
    order, turns = tables
    half = size // 2
    if size < 8 or size & (size - 1) or not 0 < keep <= half + 1 or hop < 1:
        raise ValueError(f"no {keep} lines of windows of {size} samples, one every {hop}")
    first = 2 if half.bit_length() % 2 == 0 else 1  # numbers transformed before the radix of four
    if len(order) != half or order.min() < 0 or order.max() >= half:
        raise ValueError("the order leads out of the window")
    _library.spectra(
        _at(samples, np.float32, (frames - 1) * hop + size if frames else 0), frames, hop, size,
        _at(window, np.float32, size), _at(order, np.int32, half),
        _at(turns, np.float32, 2 * (size + 1 - first)), keep,
        _at(work, np.float32, 8 * size), _at(magnitudes, np.float32, 0),
    )  # fmt: skip


def peaks(
    magnitudes: Series,
    bins: tuple[int, int],
    least: float,
    around: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[NDArray[np.int64], Series]:
    """Where spectra have peaks above *least*, as places in `magnitudes.ravel()`.

    Looked for from the first of *bins* to before the second; with each comes the mean power from
    the bin that the first of *around* names for it to before the one of the second.
    """
    frames, width = magnitudes.shape
    first, end = bins
    below, above = around
    if not 1 <= first <= end <= width - 1 or not len(below) == len(above) == end - first:
        raise ValueError(f"bins from {first} to {end} of {width}")
    if len(below) and not (below.min() >= 0 and above.max() <= width and (below < above).all()):
        raise ValueError("surroundings lie outside of the spectrum")
    most = frames * ((end - first + 1) // 2)
    places, powers, sums = np.empty(most, np.int64), np.empty(most, np.float32), np.empty(width + 1)
    found = _library.peaks(
        _at(magnitudes, np.float32, 0), frames, width, first, end, least,
        _at(below, np.int64, 0), _at(above, np.int64, 0),
        sums.ctypes.data, places.ctypes.data, powers.ctypes.data,
    )  # fmt: skip
    return places[:found], powers[:found]
