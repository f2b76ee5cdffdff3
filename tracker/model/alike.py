"""What sounds alike, and what that suggests."""

from __future__ import annotations

import msgspec

from tracker.model.track import TrackRow
from tracker.model.units import TrackId


class Alike(msgspec.Struct, frozen=True, omit_defaults=True):
    """A track that sounds like one that was asked about, and what else they have in common."""

    track: TrackRow
    to: TrackId
    """The one asked about that it is most like."""
    likeness: float
    """The cosine of their embeddings: 1 the same, 0 nothing in common, -1 opposite."""
    percentile: float | None = None
    """The share of the other tracks that sound less like what was asked about."""
    reasons: tuple[str, ...] = ()
    """Tempo, key and energy, as far as they are known: "same key", "-0.4% to match"."""
    key_move: str | None = None
    """What the change of key is called: "up a fifth"."""
    pitch_percent: float | None = None
    """By how much to play it faster for both to have one tempo, an octave apart where that is less."""

    @property
    def distance(self) -> float:
        """0 the same sound, 1 nothing in common."""
        return 1 - self.likeness


class Suggestion(msgspec.Struct, frozen=True):
    """A label that the user gave to most of the tracks that sound like this one."""

    field: str
    """"genre" or "mood"."""
    value: str
    confidence: float
    why: str
    """One sentence."""
    voters: tuple[TrackRow, ...]
    """The tracks that bear it, the most alike first."""
