"""Which audio it is, and what it says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from tracker.model import Reading


def run(file: BinaryIO, name: bytes, params: Sequence[str]) -> Reading:
    from tracker.files.reading import read

    return read(file)
