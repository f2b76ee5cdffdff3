"""Which tempi are wanted: it decides between a tempo, its double and its half."""

from __future__ import annotations

from typing import Annotated, Self

import msgspec
from msgspec import Meta

OCTAVE = ("tempo", "beats", "hamms", "structure")
"""Features whose answer depends on the octave of the tempo."""

_Tempo = Annotated[int, Meta(ge=20, le=400)]


class Tempi(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A range of tempi, BPM, both ends in it."""

    slowest: _Tempo
    fastest: _Tempo

    def __post_init__(self) -> None:
        if self.slowest >= self.fastest:
            raise ValueError("the slower tempo comes first")

    def __str__(self) -> str:
        return f"{self.slowest}-{self.fastest}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """What `str` wrote. Raises ValueError for anything else."""
        slowest, fastest = map(int, text.split("-"))
        return cls(slowest, fastest)

    def __contains__(self, bpm: float) -> bool:
        return self.slowest <= bpm <= self.fastest

    def version(self, feature: str, version: int) -> int:
        """What *version* of a feature counts as under this range: 2 under 70-180 is 70_180_002.

        So what was measured under another range is measured again, and nothing else is.
        """
        if self == ALL or feature not in OCTAVE:
            return version
        return version + 1_000 * (1_000 * self.slowest + self.fastest)


ALL = Tempi(46, 224)
"""All that can be heard."""
