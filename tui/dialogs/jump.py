"""A letter on everything that can have the focus."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.geometry import Offset
from textual.widget import Widget

from tui.dialogs.dialog import Dialog
from tui.format import styled
from tui.widgets.bars import Line

LETTERS = "asdfghjklqwertyuiop"


class Jump(Dialog[Widget]):
    DEFAULT_CSS = """
    Jump { background: transparent; align: left top; layers: over; }
    Jump > Line { width: 3; height: 1; position: absolute; layer: over; }
    """

    def __init__(self, widgets: list[Widget]) -> None:
        super().__init__()
        self.widgets = dict(zip(LETTERS, widgets, strict=False))

    def compose(self) -> ComposeResult:
        for letter, widget in self.widgets.items():
            label = Line(styled(f" {letter} ", "bold reverse $accent"))
            label.absolute_offset = Offset(widget.region.x, widget.region.y)
            yield label

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self.dismiss(self.widgets.get(event.character or ""))
