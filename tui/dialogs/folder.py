"""Name a folder to watch, with the names that are there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tracker.text import clean
from tui.dialogs.dialog import Dialog
from tui.format import fit_end, lines, say, styled
from tui.widgets.bars import Line
from tui.widgets.field import Field

MOST = 10  # names shown
LOOKED = 5_000  # names of a folder looked at


class AddFolder(Dialog[bytes]):
    """Answers with the absolute path; its bytes, where the name is not UTF-8."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    AddFolder > .box { width: 70; }
    AddFolder #names { color: $quiet; height: auto; }
    """

    def __init__(self, start: str = "~/") -> None:
        super().__init__()
        self.start = start
        self.raw: dict[str, bytes] = {}
        """What was shown -> what it is, where the two differ."""
        self.names: list[str] = []
        self.cursor = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Watch a folder"
            box.border_subtitle = "Tab completes · Enter adds · Esc leaves"
            yield Field("/path/to/music", value=self.start)
            yield Line(id="names")

    def on_mount(self) -> None:
        self.query_one(Field).cursor_position = len(self.start)

    @on(Input.Changed)
    @work(exclusive=True, group="names")
    async def look(self) -> None:
        """Show the folders that begin with what was typed."""
        import asyncio

        typed = self.query_one(Field).value
        self.names = await asyncio.to_thread(self.folders, typed)
        self.cursor = 0
        self.draw()

    def folders(self, typed: str) -> list[str]:
        """As they are shown; *typed* is a path that may be unfinished."""
        typed = afresh(typed)
        parent, _, begin = typed.rpartition("/")
        found = []
        try:
            with os.scandir(self.path(parent + "/")) as entries:
                for _, entry in zip(range(LOOKED), entries, strict=False):
                    name = clean(entry.name)
                    hidden = name.startswith(".") and not begin.startswith(".")
                    if name.lower().startswith(begin.lower()) and not hidden and entry.is_dir():
                        shown = f"{parent}/{name}"
                        found.append(shown)
                        if os.fsencode(name) != entry.name:
                            self.raw[shown] = entry.path
        except OSError:
            return []
        return sorted(found, key=str.casefold)

    def path(self, shown: str) -> bytes:
        """The bytes of what was typed or completed, made absolute."""
        shown = afresh(shown)
        for known in sorted(self.raw, key=len, reverse=True):
            if shown == known or shown.startswith(known + "/"):
                return self.raw[known] + os.fsencode(shown[len(known) :])
        return os.path.abspath(os.fsencode(str(Path(shown or "/").expanduser())))

    def draw(self) -> None:
        first = max(0, self.cursor - MOST + 1)
        shown = [
            styled(fit_end(f" {name}/", 64), "bold reverse" if number == self.cursor else "")
            for number, name in enumerate(self.names)
        ][first : first + MOST]
        if len(self.names) > MOST:
            shown.append(say(f" ... {len(self.names)} folders"))
        self.query_one("#names", Line).say(lines(shown))

    def action_move(self, steps: int) -> None:
        if self.names:
            self.cursor = (self.cursor + steps) % len(self.names)
            self.draw()

    def action_complete(self) -> None:
        if self.names:
            field = self.query_one(Field)
            field.value = self.names[self.cursor] + "/"
            field.cursor_position = len(field.value)

    @on(Input.Submitted)
    def answer(self) -> None:
        typed = self.query_one(Field).value.strip()
        self.dismiss(self.path(typed.rstrip("/") or "/") if typed else None)


def afresh(typed: str) -> str:
    """A second slash in a row begins a new path, so that nothing has to be erased first."""
    return "/" + typed.rpartition("//")[2] if "//" in typed else typed
