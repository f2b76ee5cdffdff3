"""The compiled library, and how arrays are handed to it."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.kernel.interface import HERE, LIBRARY, digest, opened
from tracker.errors import Broken

CHUNK, REACH, TAPS = 128, 12, 5
"""As in `vectors.h`: samples looked at together; samples on either side that a point between two
depends on; numbers that a section of a filter multiplies samples with."""


def loaded(folder: Path = HERE) -> ctypes.CDLL:
    """The library that the installation built in *folder*.

    Raises:
        Broken: there is none, or one that was built of something else.
    """
    try:
        library, made_of = opened(folder / LIBRARY)
    except (OSError, AttributeError, ValueError) as error:
        raise Broken(
            f"the compiled part of measuring cannot be loaded ({error}); reinstall tracker"
        ) from error
    if made_of != digest(folder):
        raise Broken("the compiled part of measuring is of another version; reinstall tracker")
    return library


library = loaded()


def at(values: NDArray[Any], kind: type[np.generic], count: int, *, writes: bool = False) -> int:
    """Where at least *count* of this kind lie, one behind the other; may they be written?

    Raises ValueError where they do not, or may not.
    """
    flags = values.flags
    if values.dtype != kind or not (flags.c_contiguous and flags.aligned) or values.size < count:
        raise ValueError(f"{count} {kind.__name__} are needed in one piece, not {values!r:.80}")
    if writes and not flags.writeable:
        raise ValueError("what is only to be read is not written")
    return values.ctypes.data
