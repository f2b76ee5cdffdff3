"""How much there is of low, mid and high sound over time, in memory that does not grow."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tracker.analysis.decode import Series
from tracker.analysis.series import RATE

LOW, HIGH = 200.0, 2_000.0
"""Hz, where the mid band begins and ends."""
CELLS = 4096
"""At most so many; neighbours are joined when they are full, so half are left at least."""


class Overview:
    """Power in three bands, from every second frame of the 1 024/256 spectrum."""

    SIZE, HOP, EVERY = 1024, 256, 2
    SECONDS = EVERY * HOP / RATE
    """Of a frame that is looked at."""
    TOGETHER = 8
    """Batches worked on at once."""
    SPREAD = 1.5
    """A sine's power is spread over the bins of a Hann window: 1 + 2 x 0.5^2."""

    def __init__(self) -> None:
        bins = np.fft.rfftfreq(self.SIZE, 1 / RATE)
        # The lowest bin is an offset, no sound.
        edges = [1, *np.searchsorted(bins, (LOW, HIGH)).tolist(), len(bins)]
        self.parts = [slice(*part) for part in pairwise(edges)]
        self.frames = 0
        self.every = 1
        """Frames that are looked at to a cell."""
        self.cells: Series = np.zeros((CELLS, 3), np.float32)
        self.filled = 0
        self.waiting: list[Series] = []
        """Frames that make no cell yet."""

    def see(self, magnitudes: Series) -> None:
        """A batch of spectra."""
        chosen = magnitudes[-self.frames % self.EVERY :: self.EVERY]
        self.frames += len(magnitudes)
        power = np.empty((len(chosen), len(self.parts)), np.float32)
        for column, part in enumerate(self.parts):
            np.vecdot(chosen[:, part], chosen[:, part], out=power[:, column])
        self.waiting.append(power)
        if len(self.waiting) >= self.TOGETHER:
            self._work()

    def _work(self) -> Series:
        """Make cells; returns the frames that are too few for one."""
        frames = np.concatenate([np.zeros((0, len(self.parts)), np.float32), *self.waiting])
        while len(frames) >= self.every:
            count = min(len(frames) // self.every, CELLS - self.filled)
            whole = frames[: count * self.every].reshape(count, self.every, 3)
            self.cells[self.filled : self.filled + count] = whole.mean(axis=1)
            self.filled += count
            frames = frames[count * self.every :]
            if self.filled == CELLS:
                self.cells[: CELLS // 2] = (self.cells[::2] + self.cells[1::2]) / 2
                self.filled, self.every = CELLS // 2, 2 * self.every
        self.waiting = [frames.copy()]
        return frames

    def finish(self) -> tuple[Series, float]:
        """Mean power by cells and bands, a full-scale sine 1, and the seconds of a cell."""
        rest = self._work()
        cells = self.cells[: self.filled]
        if len(rest):
            cells = np.concatenate([cells, rest.mean(axis=0, keepdims=True)])
        return cells / np.float32(self.SPREAD), self.every * self.SECONDS
