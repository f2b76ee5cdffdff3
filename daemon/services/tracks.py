"""Browse the catalogue."""

from __future__ import annotations

from tracker.errors import Busy
from tracker.model import Alike, Analysis, Page, Suggestion, Track, TrackId, TrackRow
from tracker.store import alike, tracks
from tracker.store.database import Database

MOST_ROWS = 1_000
MOST_TRACKS = 500
"""In one answer: with all that is known about each they stay well below the limit of a frame."""
MOST_ALIKE = 500
MOST_ASKED = 200
"""Tracks that may be asked about at once."""


def within(number: int, most: int) -> int:
    return max(0, min(number, most))


class Tracks:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def page(
        self, query: str = "", *, sort: str = "", offset: int = 0, limit: int = 200
    ) -> Page[TrackRow]:
        return await self.database.read(
            tracks.page, query, sort=sort, offset=max(0, offset), limit=within(limit, MOST_ROWS)
        )

    async def find(
        self, query: str = "", *, sort: str = "", offset: int = 0, limit: int = 200
    ) -> Page[Track]:
        return await self.database.read(
            tracks.find, query, sort=sort, offset=max(0, offset), limit=within(limit, MOST_TRACKS)
        )

    async def get(self, track: TrackId) -> Track:
        return await self.database.read(tracks.get, track)

    async def named(self, name: bytes) -> Track:
        return await self.database.read(tracks.named, name)

    async def place(self, track: TrackId, query: str = "", *, sort: str = "") -> int | None:
        return await self.database.read(tracks.place, track, query, sort=sort)

    async def heard(self, track: TrackId, features: tuple[str, ...] = ()) -> Analysis:
        return await self.database.read(tracks.heard, track, features)

    async def standing(self, track: TrackId) -> dict[str, float]:
        return await self.database.read(alike.standing, track)

    async def similar(self, tracks: tuple[TrackId, ...], *, limit: int = 20) -> list[Alike]:
        if len(tracks) > MOST_ASKED:
            raise Busy(f"{len(tracks)} tracks are too many to compare with; name {MOST_ASKED}")
        return await self.database.read(alike.similar, tracks, limit=within(limit, MOST_ALIKE))

    async def suggested(self, track: TrackId) -> list[Suggestion]:
        return await self.database.read(alike.suggested, track)
