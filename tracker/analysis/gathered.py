"""Rows that keep coming, in one array: hours of small pieces would take twice their room.

And room that is used again: the pages of fresh megabytes cost as much as what is done in them.
"""

from __future__ import annotations

import math
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

ROOM = 1 << 16
"""Bytes to begin with."""


class Gathered:
    """Rows of *width* numbers, in the order in which they come."""

    def __init__(self, width: int, dtype: Any = np.float32) -> None:
        rows = max(1, ROOM // (width * np.dtype(dtype).itemsize))
        self.rows: NDArray[Any] = np.empty((rows, width), dtype)
        self.count = 0

    def append(self, rows: NDArray[Any]) -> None:
        count = self.count + len(rows)
        if count > len(self.rows):
            self._make_room(count)
        self.rows[self.count : count] = rows
        self.count = count

    def _make_room(self, count: int) -> None:
        # The system moves the pages of a large array, it copies none; what no row has touched
        # takes no memory.
        more = (max(count, len(self.rows) * 3 // 2), self.rows.shape[1])
        self.rows.resize(more, refcheck=False)

    def finish(self) -> NDArray[Any]:
        """All rows; none may follow."""
        self.rows.resize((self.count, self.rows.shape[1]), refcheck=False)
        return self.rows


class Room:
    """For what is made of each piece and not kept."""

    def __init__(self) -> None:
        self.values: NDArray[np.float32] = np.empty(0, np.float32)

    def of(self, *shape: int) -> NDArray[np.float32]:
        """An array of any values; it holds until the next one is asked for."""
        size = math.prod(shape)
        if size > len(self.values):
            self.values = np.empty(size, np.float32)
        return self.values[:size].reshape(shape)


class NotGathered:
    """Stands where a series was not asked for: whoever reads it did not say so, and is told.

    A part of it may be taken; that was not gathered either.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getitem__(self, part: object) -> NotGathered:
        return self

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise LookupError(f"{self._name} was not gathered; name it among what the feature reads")

    __getattr__ = __array__ = __bool__ = __len__ = __iter__ = __abs__ = __complex__ = _refuse
