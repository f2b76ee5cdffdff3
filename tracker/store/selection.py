"""Which tracks, in which order: a query and a sorting as SQL."""

from __future__ import annotations

from typing import Any, NamedTuple

import apsw

from tracker import query as queries
from tracker.errors import Invalid
from tracker.text import clean

SORTS = {
    "title": "title_order",
    "artist": "artist_order",
    "album": "album_order",
    "genre": "genre_order",
    "path": "shown",
    "year": "year",
    "rating": "rating",
    "bpm": "bpm",
    "key": "key_order",
    "energy": "energy_value",
    "loudness": "loudness",
    "duration": "duration",
    "length": "duration",
    "added": "added",
}
"""What a list can be sorted by, and the column that has the order."""


class Sorting(NamedTuple):
    column: str
    reverse: bool


class Selection:
    """The tracks that match a query, in an order."""

    FEW = 3_000
    """So many are sorted after they were found; of more, the index of the order is walked."""

    def __init__(self, db: apsw.Connection, query: str, sort: str) -> None:
        self.db = db
        self.sorting = sorting(sort)
        self.matches, self.values = _condition(queries.parse(query))
        self.total: int = self._total(queries.parse(query))

    def window(self, columns: str, offset: int, limit: int) -> list[Any]:
        """Rows *offset* to *offset* + *limit*; what has no value in the first field comes last."""
        first = self.sorting[0].column
        rows = self._rows(columns, f"{first} IS NOT NULL", offset, limit)
        if len(rows) < limit and offset + len(rows) < self.total:
            known = self._count(f"{first} IS NOT NULL")
            rows += self._rows(
                columns, f"{first} IS NULL", max(0, offset - known), limit - len(rows)
            )
        return rows

    def _total(self, query: queries.Query) -> int:
        """How many match, counted in the text index alone: a track of many costs a look-up each."""
        everything = "SELECT count(*) FROM track WHERE file IS NOT NULL"
        if not self.values:
            return self.db.execute(everything).get
        matching = self.db.execute(
            """
            SELECT count(*) FROM track_text
            WHERE track_text MATCH ? AND rowid NOT IN (SELECT id FROM track WHERE file IS NULL)
            """,
            self.values,
        ).get
        return matching if query.match else self.db.execute(everything).get - matching

    def _count(self, condition: str) -> int:
        return self.db.execute(
            f"SELECT count(*) FROM track WHERE file IS NOT NULL AND {self.matches} AND {condition}",
            self.values,
        ).get

    def _rows(self, columns: str, condition: str, offset: int, limit: int) -> list[Any]:
        few = bool(self.values) and self.total <= self.FEW
        order = ", ".join(
            [
                f"{'+' if few else ''}{column}{' DESC' if reverse else ''}"
                for column, reverse in self.sorting
            ]
            + [f"id{' DESC' if self.sorting[-1].reverse else ''}"]
        )
        matches = self.matches if few else self.matches.replace("id ", "+id ", 1)
        return self.db.execute(
            f"""
            SELECT {columns} FROM track
            WHERE file IS NOT NULL AND {matches} AND {condition}
            ORDER BY {order} LIMIT ? OFFSET ?
            """,
            (*self.values, limit, offset),
        ).fetchall()


def sorting(text: str) -> list[Sorting]:
    """Fields as typed, "key,-bpm", as columns; by title where nothing is said."""
    found: dict[str, Sorting] = {}
    for field in filter(None, (part.strip() for part in text.split(","))):
        name = field.removeprefix("-").removeprefix("+").lower()
        if name not in SORTS:
            known = ", ".join(SORTS)
            raise Invalid(f"there is no field {clean(name[:40])!r} to sort by; use {known}")
        column = SORTS[name]
        found.setdefault(
            column, Sorting(column, field.startswith("-"))
        )  # a second time says nothing
    return list(found.values()) or [Sorting("title_order", False)]


def _condition(query: queries.Query) -> tuple[str, tuple[str, ...]]:
    text = "(SELECT rowid FROM track_text WHERE track_text MATCH ?)"
    if query.match:
        return f"id IN {text}", (query.match,)
    if query.refuse:
        return f"id NOT IN {text}", (query.refuse,)
    return "1", ()
