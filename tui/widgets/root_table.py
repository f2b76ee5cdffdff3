"""The watched folders, one a line."""

from __future__ import annotations

import time

from rich.style import Style

from tracker.model import Root, RootId, RootState
from tui import format as fmt
from tui.widgets.line_list import LineList, Piece

STATE, FILES, MISSING = 10, 9, 9  # cells
TONES = {RootState.ONLINE: "selected", RootState.POLLING: "selected", RootState.OFFLINE: "error"}


class RootTable(LineList[Root]):
    def name_of(self, row: Root) -> RootId:
        return row.id

    def heading(self, width: int) -> list[Piece]:
        style = self.style("heading")
        path, rest = self.widths(width)
        return [
            (fmt.fit("   Folder", path + 3), style),
            (fmt.fit("State", STATE), style),
            (fmt.fit("Files", FILES, right=True), style),
            (fmt.fit("Missing", MISSING, right=True), style),
            (" " * rest, style),
        ]

    @staticmethod
    def widths(width: int) -> tuple[int, int]:
        """Of the path, and of the reason."""
        rest = max(0, width - 3 - STATE - FILES - MISSING)
        path = max(min(rest, 16), rest // 2)
        return path, rest - path

    def pieces(self, row: Root, number: int, width: int) -> list[Piece]:
        path, rest = self.widths(width)
        quiet = self.style("quiet")
        tone = self.style(TONES.get(row.state, "quiet"))
        since = f"since {fmt.moment(row.since, time.time())} " if row.since is not None else ""
        return [
            ("▌" if number == self.cursor else " ", self.style("bar")),
            ("  ", Style.null()),
            (fmt.fit_end(fmt.clean(row.path), path - 1) + " ", Style.null()),
            (fmt.fit(row.state, STATE), tone),
            (fmt.fit(fmt.number(row.files), FILES, right=True), Style.null()),
            (
                fmt.fit(fmt.number(row.missing) if row.missing else "", MISSING, right=True),
                quiet,
            ),
            (fmt.fit("  " + since + fmt.clean(row.reason or ""), rest), quiet),
        ]
