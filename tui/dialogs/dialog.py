"""What the dialogs share."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import BindingType
from textual.screen import ModalScreen

from tui import keys

T = TypeVar("T")


class Dialog(ModalScreen[T | None]):
    """Asks for one thing; Esc answers None."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("screen.back")

    def action_back(self) -> None:
        self.dismiss(None)
