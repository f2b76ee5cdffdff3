"""How long it is, and what was wrong with the file."""

from __future__ import annotations

from tracker.analysis.audio import Audio
from tracker.model import Duration

VERSION = 1


def measure(audio: Audio) -> Duration | None:
    """Decoded frames, counted."""
    return Duration(audio.seconds, audio.complaint)
