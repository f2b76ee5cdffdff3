"""What the audio itself says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from tracker.model import Analysis
from tracker.model.tempi import ALL, Tempi

RANGE = "tempo_range="


def params(features: Sequence[str], tempi: Tempi) -> list[str]:
    """What `run` is told."""
    return [*features, f"{RANGE}{tempi}"]


def understood(params: Iterable[str]) -> tuple[list[str], Tempi]:
    """The wanted features, none where all are, and the range of tempi, out of `params`."""
    features, tempi = [], ALL
    for param in params:
        if param.startswith(RANGE):
            tempi = Tempi.parse(param.removeprefix(RANGE))
        else:
            features.append(param)
    return features, tempi


def run(file: BinaryIO, name: bytes, params: Sequence[str]) -> Analysis:
    """*params* are those of `params`."""
    from tracker.analysis import analyse

    features, tempi = understood(params)
    return analyse(file, name, features or None, tempi)
