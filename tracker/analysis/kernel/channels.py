"""The samples themselves: by channels, as one channel, at a lower rate."""

from __future__ import annotations

import numpy as np

from tracker.analysis.decode import Series
from tracker.analysis.kernel.library import at, library


def part(block: Series, rows: Series, mono: Series | None, highest: float) -> bool:
    """Write frames by channels into *rows* of channels, and their mean into *mono*.

    What is no number becomes 0, and what exceeds *highest* is cut to it; the answer is whether
    there was any.
    """
    frames, channels = block.shape
    if rows.shape != (channels, frames) or not channels:
        raise ValueError(f"rows of {rows.shape} do not hold {channels} channels of {frames} frames")
    if not frames:
        return False
    step, apart = _steps(block)
    stride, beside = _steps(rows)
    if beside != 1 or (channels > 1 and stride < frames) or not rows.flags.writeable:
        raise ValueError("rows have to lie one behind the other, to be written")
    return bool(
        library.part(
            block.ctypes.data, frames, channels, step, apart, highest,
            rows.ctypes.data, stride,
            None if mono is None else at(mono, np.float32, frames, writes=True),
        )
    )  # fmt: skip


def _steps(values: Series) -> tuple[int, int]:
    """How many samples lie from one to the next, along both axes."""
    wrong = any(step < 0 or step % 4 for step in values.strides)
    if values.dtype != np.float32 or wrong or not values.flags.aligned:
        raise ValueError(f"{values.dtype} with strides of {values.strides} are no samples")
    return values.strides[0] // 4, values.strides[1] // 4


def halve(samples: Series) -> Series:
    """Every second sample, smoothed by 1/4 1/2 1/4, but for those at both ends."""
    halves = np.empty(max(0, (len(samples) - 1) // 2), np.float32)
    library.halve(at(samples, np.float32, len(samples)), len(halves), halves.ctypes.data)
    return halves


def cross(samples: Series, size: int) -> Series:
    """Of whole pieces of *size* samples the share of zero crossings and the mean square, as rows."""
    if size < 8 or size % 8:
        raise ValueError(f"{size} samples are no piece")
    found = np.empty((len(samples) // size, 2), np.float32)
    library.cross(at(samples, np.float32, len(samples)), len(found), size, found.ctypes.data)
    return found
