"""A line to type in."""

from __future__ import annotations

from textual.widgets import Input

from tracker.text import clean


class Field(Input):
    """Whatever is typed or pasted is cleaned; the cursor does not blink, which costs bytes."""

    def __init__(self, placeholder: str = "", *, value: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(
            clean(value), placeholder, id=id, compact=True, select_on_focus=False, max_length=1000
        )
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        return clean(value)
