"""Everything loaded and tried once, so that a process forked from here measures at once."""

from __future__ import annotations

import io
import os
from contextlib import suppress

import numpy as np
import soundfile

from tracker.analysis import analyse
from tracker.errors import Unreadable

SECONDS, RATE = 6, 44_100
FORMATS = (("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"))


def warm() -> None:
    """A short pass over each decoder. Leaves no thread and no open file behind.

    Raises:
        RuntimeError: a thread is left over, and forking would copy its locks without it.
    """
    noise = np.random.default_rng(1).normal(0, 0.1, (SECONDS * RATE, 2))
    beats = np.arange(SECONDS * RATE) % (RATE // 2) < RATE // 20
    for container, coding in FORMATS:
        file = io.BytesIO()
        soundfile.write(file, noise * beats[:, None], RATE, format=container, subtype=coding)
        file.seek(0)
        analyse(file, b"warm")
    _decode_by_ffmpeg()
    if len(os.listdir("/proc/self/task")) > 1:
        raise RuntimeError("measuring left a thread behind; set OMP_NUM_THREADS=1 before it starts")


def _decode_by_ffmpeg() -> None:
    # A header without its data: libsndfile gives up, FFmpeg is asked as well.
    with suppress(Unreadable):
        analyse(io.BytesIO(b"fLaC" + bytes(64)), b"warm")
