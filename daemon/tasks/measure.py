"""What the audio itself says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from tracker.model import Analysis


def run(file: BinaryIO, name: bytes, params: Sequence[str]) -> Analysis:
    """*params* names the wanted features; all where none is named."""
    from tracker.analysis import analyse

    return analyse(file, name, params or None)
