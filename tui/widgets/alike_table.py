"""What sounds like a track: a list, and why the one under the cursor is in it."""

from __future__ import annotations

from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tracker.mixing.reasons import FARTHEST
from tracker.model import Alike, Page, TrackId
from tui import colours, sheet
from tui import format as fmt
from tui.format import styled
from tui.widgets.bars import Line
from tui.widgets.line_list import LineList, Piece

GUTTER, SCORE, KEY, PITCH, EDGE, WIDE = 1, 4, 5, 7, 2, 60
"""Cells, those left free at the scrollbar among them; the artist stands beside the title from WIDE on."""


class AlikeTable(LineList[Alike]):
    HEADED = False

    def name_of(self, row: Alike) -> TrackId:
        return row.track.id

    def heading(self, width: int) -> list[Piece]:
        return []

    def pieces(self, row: Alike, number: int, width: int) -> list[Piece]:
        track, rest = row.track, max(0, width - GUTTER - SCORE - KEY - PITCH - EDGE)
        artist = rest * 2 // 5 if rest >= WIDE else 0
        dark = self.app.current_theme.dark
        colour = colours.of_key(track.key, dark=dark) if track.key else None
        return [
            ("▌" if number == self.cursor else " ", self.style("bar")),
            (fmt.fit(score(row), SCORE - 1, right=True) + " ", self.style("quiet")),
            (fmt.fit(fmt.cell(track, "title"), rest - artist), Style.null()),
            (fmt.fit(fmt.cell(track, "artist"), artist), self.style("quiet")),
            (fmt.fit(fmt.key(track.key, track.key_confidence), KEY), Style(color=colour)),
            (fmt.fit(pitch(row), PITCH, right=True) + " " * EDGE, self.style("quiet")),
        ]


class SoundsLike(Vertical):
    """Stays open until it is closed, and follows the cursor of the library."""

    DEFAULT_CSS = """
    SoundsLike { height: 1fr; }
    SoundsLike Line { height: auto; padding: 0 1; }
    SoundsLike AlikeTable { height: 1fr; }
    SoundsLike.-nothing AlikeTable { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.heading, self.why, self.table = Line(), Line(), AlikeTable()

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.table
        yield self.why

    def show(self, heading: Content, found: list[Alike]) -> None:
        """Another list, from its first row."""
        self.heading.say(heading)
        self.set_class(not found, "-nothing")
        if [one.track.id for one in found] != [one.track.id for one in self.table.rows]:
            self.table.begin()
        self.table.show(Page(found, len(found)), 0, keep=False)
        self.explain()

    def tell(self, heading: Content, text: str) -> None:
        """Why there is no list."""
        self.show(heading, [])
        self.why.say(styled(text, "$quiet"))

    def explain(self) -> None:
        """What the one under the cursor has in common with what was asked about."""
        if (chosen := self.table.chosen) is not None:
            self.why.say(styled(" · ".join(told(chosen)), "$quiet"))


def score(one: Alike) -> str:
    """Of a hundred."""
    return str(round(100 * max(0.0, one.likeness)))


def pitch(one: Alike) -> str:
    """How much faster it is to be played; nothing where nobody would."""
    percent = one.pitch_percent
    if percent is None or abs(percent) > FARTHEST:
        return ""
    return f"{fmt.signed(percent) if percent < 0 else f'+{percent:.1f}'}%"


def told(one: Alike) -> list[str]:
    nearer = []
    if one.percentile is not None:
        nearer = [f"nearer than {sheet.below(one.percentile)} of yours"]
    return [*nearer, *(fmt.clean(reason) for reason in one.reasons)]
