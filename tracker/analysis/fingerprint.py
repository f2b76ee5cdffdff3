"""What it sounds like to a machine that looks for the same recording: Chromaprint."""

from __future__ import annotations

from tracker.analysis import printer
from tracker.analysis.audio import Audio
from tracker.model import Fingerprint, Seconds

VERSION = 1


def available() -> bool:
    """Whether libchromaprint is installed; without it this is no feature of ours."""
    return printer.chromaprint is not None


def measure(audio: Audio) -> Fingerprint | None:
    """The fingerprint of the first two minutes; None for less than about 3 s, and for silence.

    All silence is alike, and no recording of anything.
    """
    if audio.prints is None or audio.levels.sounding is None:
        return None
    raw, seconds = audio.prints
    return Fingerprint(raw, Seconds(round(seconds, 3)))
