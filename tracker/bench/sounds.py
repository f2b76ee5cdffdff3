"""The demonstration's pieces, longer, in each format that people have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile

from tracker import demo


def make(
    folder: Path, seconds: float, *, told: Callable[[str], None] = lambda _: None
) -> Iterator[Path]:
    """One piece for each format, tagged, of that length; each path as it is done."""
    for suffix in sorted(PIECES):
        told(f"piece{suffix}")
        yield make_one(folder, suffix, seconds)


PIECES = {piece.suffix: piece for piece in reversed(demo.PIECES) if piece.tagged}
"""The first of each format."""


def make_one(folder: Path, suffix: str, seconds: float) -> Path:
    piece, path = PIECES[suffix], folder / f"piece{suffix}"
    sound, length = demo.play(piece), round(seconds * demo.RATE)
    whole = np.tile(sound, (-(-length // len(sound)), 1))[:length]
    if suffix == ".mp3":
        write_mp3(path, whole)
    else:
        demo.write(path, whole, suffix)
    demo.tag(path, piece)
    return path


def write_mp3(path: Path, sound: demo.Sound) -> None:
    """320 kbit/s, as people buy it, and as the goals are said of."""
    with soundfile.SoundFile(
        path, "w", demo.RATE, 2, "MPEG_LAYER_III", format="MP3",
        compression_level=0.0, bitrate_mode="CONSTANT",
    ) as file:  # fmt: skip
        for start in range(0, len(sound), demo.RATE):
            file.write(sound[start : start + demo.RATE])
