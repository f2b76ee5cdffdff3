"""The watched folders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget

from tracker import paths
from tracker.model import Page as Window
from tracker.model import Root
from tui import format as fmt
from tui import keys
from tui.format import lines, row, say, styled
from tui.screens.page import Page
from tui.session import Session
from tui.widgets.bars import Line
from tui.widgets.line_list import LineList
from tui.widgets.root_table import RootTable


class SettingsScreen(Page):
    NAME = "settings"
    CSS_PATH = "settings.tcss"
    AUTO_FOCUS = "RootTable"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("settings.", "list.copy")

    def __init__(self) -> None:
        super().__init__()
        self.table = RootTable()

    def body(self) -> Iterable[Widget]:
        yield Line(self.about(), id="about")
        yield self.table
        empty = Line(say("No folder is watched. a adds one."), id="empty")
        empty.add_class("empty")
        yield empty

    def about(self) -> Content:
        ui = self.tracker.config.ui
        return lines(
            [
                row([styled("Watched folders", "bold $foreground"),
                     say("  beside those under "), styled("roots", "bold"), say(" in the configuration")]),
                say(f"{paths.config()}: ui.theme {ui.theme}, ui.mouse {'on' if ui.mouse else 'off'}"),
            ]
        )  # fmt: skip

    def on_session(self, session: Session) -> None:
        super().on_session(session)
        if session.roots is not None:
            rows = session.watched
            self.table.show(Window(rows, len(rows)), 0)
            self.set_class(not rows, "-nothing")
            if rows and self.focused is None and self.is_current:
                self.table.focus()

    @work(exclusive=True, group="steer", exit_on_error=False)
    async def action_scan(self) -> None:
        if (root := self.table.chosen) is not None:
            await self.tracker.api.roots.scan(path(root))
            self.tracker.say(say(f"Looking through {root.path}"))
            self.session.refresh()

    @work(exclusive=True, group="steer", exit_on_error=False)
    async def action_confirm(self) -> None:
        """Let through what a scan held back, where it did."""
        if (root := self.table.chosen) is not None and root.reason:
            await self.tracker.api.roots.scan(path(root), confirm=True)
            self.tracker.say(say(f"Let through what was held back in {root.path}"))
            self.session.refresh()

    @work(exclusive=True, group="steer", exit_on_error=False)
    async def action_remove(self) -> None:
        if (root := self.table.chosen) is not None:
            await self.tracker.remove_root(path(root))

    @on(LineList.Opened)
    def opened(self) -> None:
        root = self.table.chosen
        if root is not None and root.reason:
            self.tracker.say(say(f"{root.path}: {fmt.clean(root.reason)}"))

    def action_copy(self) -> None:
        if (root := self.table.chosen) is not None:
            self.app.copy_to_clipboard(fmt.clean(root.path))
            self.tracker.say(say("Copied the path"))


def path(root: Root) -> bytes:
    return root.path_raw or root.path.encode()
