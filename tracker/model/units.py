"""Units and ids, so that a signature says what a number is."""

from __future__ import annotations

from typing import NewType

RootId = NewType("RootId", int)
TrackId = NewType("TrackId", int)
FileId = NewType("FileId", int)
JobId = NewType("JobId", int)
RunId = NewType("RunId", int)
"""One life of the daemon, from start to stop or death."""

Seconds = NewType("Seconds", float)
Bpm = NewType("Bpm", float)
Lufs = NewType("Lufs", float)
"""Loudness units relative to full scale, ITU-R BS.1770; silence has none."""
Moment = NewType("Moment", float)
"""Seconds since 1970, UTC; for people, never for timers."""
