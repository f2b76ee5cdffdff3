"""The columns of the track table, and how they share its width. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Column(NamedTuple):
    id: str
    """A field of the row, and what to sort by."""
    heading: str
    letter: str
    """In the menus."""
    least: int
    """Cells it needs."""
    share: int = 0
    """Of what is left over; 0 stays as it is."""
    right: bool = False
    rank: int = 0
    """The highest goes first when it gets narrow."""
    wide: int = 0
    """Shown unasked from this width on."""


COLUMNS = (
    Column("title", "Title", "t", 16, share=5),
    Column("artist", "Artist", "a", 12, share=4, rank=1),
    Column("bpm", "BPM", "b", 8, right=True, rank=2),
    Column("key", "Key", "k", 5, right=True, rank=3),
    Column("energy", "E", "e", 2, right=True, rank=4),
    Column("duration", "Length", "l", 7, right=True, rank=5),
    Column("rating", "Rating", "r", 6, rank=6),
    Column("album", "Album", "m", 12, share=4, rank=8, wide=130),
    Column("genre", "Genre", "g", 10, share=2, rank=9, wide=150),
    Column("year", "Year", "y", 5, right=True, rank=7, wide=112),
)
BY_ID = {column.id: column for column in COLUMNS}

GAP = 2  # cells between two columns


def usual(width: int) -> list[str]:
    """What is shown where nobody chose."""
    return [column.id for column in COLUMNS if column.wide <= width]


def layout(ids: Sequence[str], width: int) -> list[tuple[Column, int]]:
    """Each column with its cells; what does not fit is left out, the least important first."""
    columns = [BY_ID[id_] for id_ in ids if id_ in BY_ID]
    while len(columns) > 1 and _needed(columns) > width:
        columns.remove(max(columns, key=lambda column: column.rank))
    spare, shares = max(0, width - _needed(columns)), sum(column.share for column in columns)
    placed = []
    for column in columns:
        more = spare * column.share // shares if shares else 0
        spare, shares = spare - more, shares - column.share
        placed.append((column, column.least + more))
    return placed


def _needed(columns: list[Column]) -> int:
    return sum(column.least + GAP for column in columns)
