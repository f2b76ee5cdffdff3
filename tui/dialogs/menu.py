"""Choose one of a few, by its letter or with the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from tui import keys
from tui.dialogs.dialog import Dialog
from tui.format import fit, lines, say, styled
from tui.widgets.bars import Line


class Choice(NamedTuple):
    letter: str
    label: str
    value: str
    says: str = ""


class Menu(Dialog[str]):
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("list.down", "list.up", "list.open")

    def __init__(self, title: str, choices: Sequence[Choice], chosen: str | None = None) -> None:
        super().__init__()
        self.heading, self.choices = title, choices
        values = [choice.value for choice in choices]
        self.cursor = values.index(chosen) if chosen in values else 0

    def compose(self) -> ComposeResult:
        box = Line(self.draw())
        box.add_class("box")
        box.border_title = say(self.heading)
        yield box

    def draw(self) -> Content:
        width = max(len(choice.label) for choice in self.choices)
        return lines(
            self.line(choice, i == self.cursor, width) for i, choice in enumerate(self.choices)
        )

    def line(self, choice: Choice, here: bool, width: int) -> Content:
        bar = styled("▌ " if here else "  ", "$primary")
        label = styled(fit(choice.label, width + 2), "bold" if here else "")
        says = styled(choice.says, "$quiet")
        return bar + styled(choice.letter, "bold $text-accent") + say("  ") + label + says

    def action_move(self, steps: int) -> None:
        self.cursor = (self.cursor + steps) % len(self.choices)
        self.query_one(Line).say(self.draw())

    def action_open(self) -> None:
        self.dismiss(self.choices[self.cursor].value)

    def on_key(self, event: events.Key) -> None:
        for choice in self.choices:
            if event.character == choice.letter:
                event.stop()
                self.dismiss(choice.value)
