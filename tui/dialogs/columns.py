"""Which columns the table shows, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from tui import keys
from tui.dialogs.dialog import Dialog
from tui.format import lines, say, styled
from tui.widgets.bars import Line
from tui.widgets.columns import BY_ID, COLUMNS


class Columns(Dialog[bool]):
    """Every change is seen at once in the table behind; True where something was changed."""

    DEFAULT_CSS = "Columns > .box { width: 50; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("list.down", "list.up", "list.select"),
        Binding("enter", "back", show=False),
        Binding("J,shift+down", "carry(1)", show=False),
        Binding("K,shift+up", "carry(-1)", show=False),
        Binding("0", "usual", show=False),
    ]

    def __init__(self, shown: list[str], apply: Callable[[list[str] | None], None]) -> None:
        super().__init__()
        self.shown = [id_ for id_ in shown if id_ in BY_ID]
        self.order = self.shown + [column.id for column in COLUMNS if column.id not in self.shown]
        self.apply = apply
        self.cursor = 0

    def compose(self) -> ComposeResult:
        box = Line(self.draw())
        box.add_class("box")
        box.border_title = "Columns"
        box.border_subtitle = "Space shows or hides · J K move · 0 as usual"
        yield box

    def draw(self) -> Content:
        return lines(self.line(id_, i == self.cursor) for i, id_ in enumerate(self.order))

    def line(self, id_: str, here: bool) -> Content:
        column, on = BY_ID[id_], id_ in self.shown
        label = "Energy" if id_ == "energy" else column.heading
        return format_line(here, on, label)

    def action_move(self, steps: int) -> None:
        self.cursor = (self.cursor + steps) % len(self.order)
        self.query_one(Line).say(self.draw())

    def action_carry(self, steps: int) -> None:
        to = self.cursor + steps
        if 0 <= to < len(self.order):
            self.order.insert(to, self.order.pop(self.cursor))
            self.cursor = to
            self.change()

    def action_select(self) -> None:
        self.shown = list({*self.shown} ^ {self.order[self.cursor]}) or [self.order[self.cursor]]
        self.change()

    def action_usual(self) -> None:
        self.apply(None)
        self.dismiss(True)

    def change(self) -> None:
        self.shown = [id_ for id_ in self.order if id_ in self.shown]
        self.query_one(Line).say(self.draw())
        self.apply(self.shown)

    def on_key(self, event: events.Key) -> None:
        """The letter of a column goes to it."""
        for number, id_ in enumerate(self.order):
            if event.character == BY_ID[id_].letter and event.character not in ("j", "k"):
                event.stop()
                self.cursor = number
                self.query_one(Line).say(self.draw())


def format_line(here: bool, on: bool, label: str) -> Content:
    bar = styled("▌ " if here else "  ", "$primary")
    box = styled("✓ " if on else "  ", "bold $text-success")
    return bar + box + (styled(label, "bold") if here else say(label))
