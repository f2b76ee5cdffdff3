"""Chromaprint, where the library is: loaded once here, for the cage lets nothing be loaded later."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr

from tracker.analysis.decode import Series
from tracker.analysis.series import RATE

try:
    import chromaprint as _found
except ImportError:  # it looks for libchromaprint as it is imported
    _found = None
chromaprint: Any = _found

LENGTH = 120
"""Seconds from the start that are heard, as AcoustID does."""
HEARD = 11_025
"""Hz, at which Chromaprint works: handed in at this rate, it need not resample."""


class Printer:
    """Hears the first two minutes of all channels as one, at 22 050 Hz."""

    def __init__(self) -> None:
        self.frames = 0
        self.stream = soxr.ResampleStream(RATE, HEARD, 1, dtype="float32", quality="MQ")
        self.prints = chromaprint.Fingerprinter() if chromaprint else None
        if self.prints:
            self.prints.start(HEARD, 1)

    def feed(self, mono: Series) -> None:
        left = LENGTH * RATE - self.frames
        if self.prints and left > 0 and len(mono):
            self.frames += len(mono[:left])
            self._feed(self.stream.resample_chunk(mono[:left]))

    def _feed(self, sound: Series) -> None:
        if self.prints:
            self.prints.feed(np.rint(32767 * np.clip(sound, -1, 1)).astype(np.int16).tobytes())

    def finish(self, rest: Series) -> tuple[bytes, float] | None:
        """The raw numbers as little-endian uint32, and the seconds heard; None without any."""
        self.feed(rest)
        if not self.prints or not chromaprint or not self.frames:
            return None
        self._feed(self.stream.resample_chunk(np.zeros(0, np.float32), last=True))
        numbers, _ = chromaprint.decode_fingerprint(self.prints.finish())
        raw = np.array(numbers, "<u4").tobytes()
        return (raw, self.frames / RATE) if raw else None
