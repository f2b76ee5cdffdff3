"""Who decodes a file where it is measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from tracker.errors import Unreadable


@contextmanager
def opened(file: BinaryIO) -> Iterator[Any]:
    """The decoder that measuring would choose. Raises Unreadable where none takes it."""
    from tracker.analysis.decode import CannotDecode, decoders, unbuffered

    with unbuffered(file) as handle:
        for decoder in decoders(handle):
            with suppress(CannotDecode):
                chosen = decoder(handle)
                break
        else:
            raise Unreadable("a piece to be heard cannot be decoded; does it play?")
        with chosen as sound:
            yield sound
