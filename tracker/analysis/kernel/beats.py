"""Beats one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.decode import Series
from tracker.analysis.kernel.library import at, library

FARTHEST = 1 << 30
"""Frames; C has no such integers for what is no number."""


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
    if not (np.abs(periods) < FARTHEST).all() or not (np.abs(lags) < FARTHEST).all():
        raise ValueError("no beat is so far away")
    library.follow(
        at(strength, np.float32, frames), at(periods, np.float64, frames), frames,
        at(lags, np.float64, len(lags)), at(losses, np.float32, len(lags)), len(lags),
        scores.ctypes.data, came.ctypes.data,
    )  # fmt: skip
    return scores, came
