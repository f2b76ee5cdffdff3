"""The compiled library, and how arrays are handed to it."""

from __future__ import annotations

import ctypes
from ctypes import c_double, c_float, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.analysis.kernel.sources import HERE, LIBRARY, digest
from tracker.errors import Broken

CHUNK, REACH, TAPS = 128, 12, 5
"""As in `vectors.h`: samples looked at together; samples on either side that a point between two
depends on; numbers that a section of a filter multiplies samples with."""

LENGTH = 65
"""Bytes of a digest and the 0 behind it."""

_P, _N = c_void_p, c_size_t
_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "part": (c_int, _P, _N, _N, _N, _N, c_float, _P, _N, _P),
    "halve": (None, _P, _N, _P),
    "cross": (None, _P, _N, _N, _P),
    "weigh": (None, _P, _P, _N, _P, _N, _P, _P, _N, _P),
    "heights": (None, _P, _N, _P, _P),
    "clips": (None, _P, _N, _P, c_float, c_int64, _P),
    "between": (c_float, _P, _N, _P, _P, _N, c_float, c_float, c_float),
    "magnitudes": (None, _P, _N, _N, _N, _P, _P, _P, _N, _P, _P),
    "rolloffs": (None, _P, _N, _N, c_double, _P),
    "peaks": (_N, _P, _N, _N, _N, _N, c_float, _P, _P, _P, _P, _P),
    "follow": (None, _P, _P, _N, _P, _P, _N, _P, _P),
}
"""What each gives, and takes."""


def loaded(folder: Path = HERE) -> ctypes.CDLL:
    """The library that the installation built in *folder*.

    Raises:
        Broken: there is none, or one that was built of something else.
    """
    try:
        library = ctypes.CDLL(str(folder / LIBRARY))
        made_of = (ctypes.c_char * LENGTH).in_dll(library, "made_of").value
        for name, (result, *arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError, ValueError) as error:
        raise Broken(
            f"the compiled part of measuring cannot be loaded ({error}); reinstall tracker"
        ) from error
    if made_of != digest(folder).encode():
        raise Broken("the compiled part of measuring is of another version; reinstall tracker")
    return library


library = loaded()


def at(values: NDArray[Any], kind: type[np.generic], least: int) -> int:
    """Where at least so many of this kind lie, one behind the other. Raises ValueError elsewhere."""
    if values.dtype != kind or not values.flags.c_contiguous or values.size < least:
        raise ValueError(f"{least} {kind.__name__} are needed in one piece, not {values!r:.80}")
    return values.ctypes.data
