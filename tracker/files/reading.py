"""Read a file once for good: which audio it is, and what it says of itself."""

from __future__ import annotations

from typing import BinaryIO

from tracker.files import tags
from tracker.files.identity import identify
from tracker.model import Reading


def read(file: BinaryIO) -> Reading:
    """Content never raises; only the file's own OSError does."""
    identity = identify(file)
    found, stream, complaint = tags.read(file)
    return Reading(identity, found, stream, complaint)
