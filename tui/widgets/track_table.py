"""The library as a table."""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style
from textual.geometry import Region
from textual.message import Message

from tracker.model import FileState, RootId, TrackId, TrackRow
from tui import colours
from tui import format as fmt
from tui.widgets.columns import GAP, Column, layout, usual
from tui.widgets.line_list import Piece, SelectList

GUTTER = 3  # cells: the cursor's bar, the selection, what is wrong
DIM = Style(dim=True)


class TrackTable(SelectList[TrackRow]):
    @dataclass
    class SortWanted(Message):
        """A heading was clicked."""

        column: str

    def __init__(self) -> None:
        super().__init__()
        self.columns: list[str] | None = None
        """Those chosen, in their order; None shows what fits."""
        self.sort = ""
        self.offline: frozenset[RootId] = frozenset()

    def name_of(self, row: TrackRow) -> TrackId:
        return row.id

    def choose(self, columns: list[str] | None) -> None:
        self.columns = columns
        self.refresh()

    def sorted_by(self, sort: str) -> None:
        if sort != self.sort:
            self.sort = sort
            self.refresh(Region(0, 0, self.size.width, 1))

    def fade(self, offline: frozenset[RootId]) -> None:
        """Rows of these roots are dim."""
        if offline != self.offline:
            self.offline = offline
            self.refresh()

    def placed(self, width: int) -> list[tuple[Column, int]]:
        ids = usual(width) if self.columns is None else self.columns
        return layout(ids, width - GUTTER)

    # Drawing

    def heading(self, width: int) -> list[Piece]:
        style = self.style("heading")
        sorted_by, down = self.sort.lstrip("-"), self.sort.startswith("-")
        pieces = [(" " * GUTTER, style)]
        for column, cells in self.placed(width):
            arrow = ("▾" if down else "▴") if column.id == sorted_by else ""
            marked = column.id in ("bpm", "key")  # their last cell is for the mark
            text = column.heading + (arrow or (" " if marked else ""))
            pieces.append((fmt.fit(text, cells, right=column.right) + " " * GAP, style))
        return pieces

    def pieces(self, row: TrackRow, number: int, width: int) -> list[Piece]:
        absent = row.state is not FileState.PRESENT or row.root in self.offline
        pieces = self.front(row, number, absent)
        for column, cells in self.placed(width):
            text = fmt.fit(fmt.cell(row, column.id), cells, right=column.right)
            style = DIM if absent else self.tone(row, column.id)
            pieces.append((text, style))
            pieces.append((" " * GAP, style))
        return pieces

    def front(self, row: TrackRow, number: int, absent: bool) -> list[Piece]:
        wrong = ("!", self.style("warning")) if row.complaint else ("-" if absent else " ", DIM)
        return [
            *self.marks(row, number),
            wrong,
        ]

    def tone(self, row: TrackRow, column: str) -> Style:
        """What is certain is bright, what is a guess dim; colour where it means something."""
        dark = self.app.current_theme.dark
        colour = None
        match column:
            case "title":
                return Style.null() if row.title else self.style("quiet")
            case "bpm":
                return Style.null() if fmt.sure(row.bpm_confidence) else DIM
            case "key":
                colour = colours.of_key(row.key, dark=dark) if row.key else None
            case "energy":
                colour = None if row.energy is None else colours.of_energy(row.energy, dark=dark)
            case "artist":
                return Style.null()
            case _:
                return self.style("quiet")
        guess = column == "key" and not fmt.sure(row.key_confidence)
        style = Style(color=colour) if colour else Style.null()
        return style + DIM if guess else style

    # Pointing

    def heading_clicked(self, x: int) -> None:
        left = GUTTER
        for column, cells in self.placed(self.size.width):
            if left <= x < left + cells:
                self.post_message(self.SortWanted(column.id))
            left += cells + GAP
