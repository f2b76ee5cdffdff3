"""What the dialogs share."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import BindingType
from textual.screen import ModalScreen

from tui import keys

T = TypeVar("T")


class Dialog(ModalScreen[T | None]):
    """Asks for one thing; Esc answers None."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 50%;
    }
    Dialog:ansi { background: ansi_default; }
    Dialog > .box {
        width: auto;
        min-width: 30;
        max-width: 90%;
        height: auto;
        max-height: 90%;
        padding: 0 1;
        background: $surface;
        border: round $primary;
        border-title-color: $text-primary;
        border-subtitle-color: $quiet;
    }
    Dialog Input {
        border: none;
        height: 1;
        padding: 0;
        background: $panel;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("screen.back")

    def action_back(self) -> None:
        self.dismiss(None)
