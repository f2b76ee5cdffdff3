"""ID3 frames that stop reading after as many values as anybody writes.

mutagen copies the rest of a frame for each value in it, so that three megabytes of empty ones
would take it minutes.
"""

from __future__ import annotations

from typing import Any

from mutagen import id3
from mutagen.id3._specs import MultiSpec

MOST = 64
"""Values of one frame."""
UNREAD = ("ETCO", "EQU2", "SYLT")
"""Frames of the same weakness that say nothing we keep."""


class Few(MultiSpec):
    """As many values as there are, or MOST."""

    def read(self, header: Any, frame: Any, data: bytes) -> tuple[list[Any], bytes]:
        values: list[Any] = []
        while data and len(values) < MOST:
            found = []
            for spec in self.specs:
                value, data = spec.read(header, frame, data)
                found.append(value)
            values.append(found if len(found) > 1 else found[0])
        return values, b""


def _bounded(spec: Any) -> Any:
    if not isinstance(spec, MultiSpec):
        return spec
    few: Any = Few
    return few(spec.name, *spec.specs, sep=spec.sep, default=spec.default)


def _frame(kind: Any) -> Any:
    """A frame of this kind, by the same name."""
    if kind.__name__ in UNREAD:
        return type(kind.__name__, (id3.BinaryFrame,), {})
    return type(kind.__name__, (kind,), {"_framespec": [*map(_bounded, kind._framespec)]})


FRAMES = {name: _frame(kind) for name, kind in id3.Frames.items()} | id3.Frames_2_2
"""What `known_frames` of a mutagen ID3 is to be; before version 2.4 a frame is one text."""
