"""What the audio itself says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from tracker.model import Analysis
from tracker.model.tempi import ALL, Tempi

RANGE = "tempo_range="


def params(features: Sequence[str], tempi: Tempi) -> list[str]:
    """What `run` is told."""
    return [*features, f"{RANGE}{tempi}"]


def run(file: BinaryIO, name: bytes, params: Sequence[str]) -> Analysis:
    """*params* names the wanted features, all where none is named, and the range of tempi."""
    from tracker.analysis import analyse

    ranges = [param.removeprefix(RANGE) for param in params if param.startswith(RANGE)]
    tempi = Tempi.parse(ranges[-1]) if ranges else ALL
    return analyse(file, name, [name for name in params if "=" not in name] or None, tempi)
