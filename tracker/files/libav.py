"""Opening a foreign file with FFmpeg, which is to see its bytes and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

import av
from av.container import InputContainer

LENIENT: dict[str, Any] = {"metadata_errors": "replace"}
"""What is no UTF-8 in the metadata is no reason to fail; from PyAV 19 on that goes without saying."""
SETTINGS = LENIENT if int(av.__version__.partition(".")[0]) < 19 else {}


def opened(file: BinaryIO, options: Mapping[str, str]) -> InputContainer:
    """Raises av.FFmpegError, OSError or ValueError where it is nothing that FFmpeg knows."""
    return av.open(Nameless(file), "r", options=dict(options), **SETTINGS)


class Nameless:
    """The bytes of a file without its name, lest an extension decide what it is."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def legible(text: str) -> str:
    """Metadata without the halves of characters that PyAV 19 makes of what is no UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
