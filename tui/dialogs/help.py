"""The keys that work here."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input

from tui import keys
from tui.dialogs.dialog import Dialog
from tui.format import fit, lines, say, styled
from tui.widgets.bars import Line
from tui.widgets.field import Field

MARKS = (
    ("~", "a guess: measured, but not sure"),
    ("≠", "the file's tags say something else"),
    ("•", "you said so"),
    ("!", "it could not be measured, or not wholly: the panel says why"),
    ("-", "missing, or its folder is offline"),
)


class Help(Dialog[None]):
    """The keys of what has the focus, searchable."""

    DEFAULT_CSS = """
    Help > .box { width: 76; height: 80%; }
    Help VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
    """

    def __init__(self, active: Iterable[str]) -> None:
        """*active*: ids of the bindings that work there."""
        super().__init__()
        ids = set(active)
        self.keys = [key for key in keys.TABLE if key.id in ids]

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Keys"
            box.border_subtitle = "type to search · Esc leaves"
            yield Field("search")
            with VerticalScroll(can_focus=False):
                yield Line(self.draw(""))

    @on(Input.Changed)
    def search(self, event: Input.Changed) -> None:
        self.query_one(VerticalScroll).query_one(Line).say(self.draw(event.value))

    def draw(self, words: str) -> Content:
        wanted = words.casefold().split()
        parts: list[Content] = []
        for title, group in (("Here", self.here()), ("Everywhere", self.everywhere())):
            found = [key for key in group if matches(f"{key.says} {keys.names(key.keys)}", wanted)]
            if found:
                parts += [styled(title, "bold $text-primary"), *map(self.line, found), say("")]
        marks = [(mark, text) for mark, text in MARKS if matches(f"{mark} {text}", wanted)]
        if marks:
            parts.append(styled("Marks", "bold $text-primary"))
            parts += [
                styled(fit(f"  {m}", 16), "bold $text-accent") + say(text) for m, text in marks
            ]
        return lines(parts) if parts else styled("No key does that here.", "$quiet")

    def here(self) -> list[keys.Key]:
        return [key for key in self.keys if not key.id.startswith("app.")]

    def everywhere(self) -> list[keys.Key]:
        return [key for key in self.keys if key.id.startswith("app.")]

    @staticmethod
    def line(key: keys.Key) -> Content:
        return styled(fit(f"  {keys.names(key.keys)}", 16), "bold $text-accent") + say(key.says)

    def on_key(self, event: object) -> None:
        """The arrows move the list while the search has the focus."""
        name = getattr(event, "key", "")
        if name in ("down", "up", "pagedown", "pageup"):
            scroll = self.query_one(VerticalScroll)
            step = 1 if name in ("down", "up") else scroll.size.height - 1
            scroll.scroll_relative(y=step if name.endswith("down") else -step, animate=False)


def matches(text: str, words: list[str]) -> bool:
    return all(word in text.casefold() for word in words)
