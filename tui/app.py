"""The terminal application."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import work
from textual.app import App, ScreenStackError, SystemCommand
from textual.binding import BindingType
from textual.color import Color
from textual.content import Content
from textual.worker import Worker, WorkerState

from tracker import paths
from tracker.api import Api
from tracker.config import Config
from tracker.errors import TrackerError, Unavailable, sentence
from tracker.model import TrackId
from tui import keys
from tui.format import say
from tui.screens.library import LibraryScreen
from tui.session import Session

SETTLED = 1.0  # s after the start: what is there then stays

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.command import Provider
    from textual.screen import Screen

    from tui.screens.page import Page


class Change(NamedTuple):
    """Something the user did, and the way back."""

    says: str
    do: Callable[[], Awaitable[object]]
    undo: Callable[[], Awaitable[object]]


class TrackerApp(App[str]):
    """Ends with "demo" where the demo is to be opened in its place."""

    TITLE = "tracker"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "f24"  # ours is in the table of keys
    DEFAULT_MODE = "library"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("app.")

    def __init__(self, api: Api, config: Config | None = None, *, demo: bool = False) -> None:
        super().__init__()
        self.api, self.config = api, config or Config()
        self.session = Session(self, api, demo=demo)
        self.animation_level = "none"
        self.changes: list[Change] = []
        self.undone: list[Change] = []
        if self.config.ui.theme in self.available_themes:
            self.theme = self.config.ui.theme

    def on_mount(self) -> None:
        self.run_worker(self.session.follow(), group="follow")
        self.run_worker(self.session.keep(), group="keep")
        if self.config.ui.theme not in self.available_themes:
            self.say_error(TrackerError(f"there is no theme {self.config.ui.theme!r}"))

    def get_css_variables(self) -> dict[str, str]:
        """Beside the theme's: text that steps back, rules, and the line of the cursor.

        Solid colours, blended here, as a line of the table knows nothing of what lies below it.
        """
        variables = super().get_css_variables()
        if self.current_theme.ansi:
            return (
                variables
                | dict.fromkeys(("quiet", "rule"), "ansi_default")
                | dict.fromkeys(("row-blurred", "row-focused"), "ansi_default")
            )
        front, back = (Color.parse(variables[name]) for name in ("foreground", "background"))
        return variables | {
            "quiet": front.blend(back, 0.4).hex6,
            "rule": front.blend(back, 0.78).hex6,
            "row-blurred": front.blend(back, 0.9).hex6,
            "row-focused": Color.parse(variables["primary"]).blend(back, 0.62).hex6,
        }

    # Screens

    def clear_selection(self) -> None:
        """A field clears it when it begins: from Python 3.12 on that is before there is a screen."""
        with suppress(ScreenStackError):
            super().clear_selection()

    def action_show(self, name: str) -> None:
        self.switch_mode(name)

    def action_trouble(self) -> None:
        """What failed, from anywhere."""
        from tui.screens.jobs import JobsScreen

        self.switch_mode("jobs")
        if isinstance(self.screen, JobsScreen):
            self.call_after_refresh(self.screen.look_at, "what went wrong")

    async def show_track(self, track: TrackId) -> None:
        """The library with the cursor there, without a filter."""
        self.switch_mode("library")
        if isinstance(self.screen, LibraryScreen):
            await self.screen.go_to(track)

    def action_keys(self) -> None:
        from tui.dialogs.help import Help

        active = self.screen.active_bindings.values()
        self.push_screen(Help([one.binding.id for one in active if one.enabled and one.binding.id]))

    @work(exit_on_error=False)
    async def action_jump(self) -> None:
        from tui.dialogs.jump import Jump

        chosen = await self.push_screen_wait(Jump(self.screen.focus_chain))
        if chosen is not None:
            chosen.focus()

    def action_leave(self) -> None:
        self.exit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        yield SystemCommand("Change theme", "Other colours, until you leave", self.search_themes)

    # Saying things

    def say(self, content: Content, *, severity: str = "information") -> None:
        """A toast."""
        self.notify(
            content.plain,
            severity="error" if severity == "error" else "information",
            markup=False,
        )

    def say_error(self, error: TrackerError) -> None:
        """The one place where what went wrong is shown; a lost daemon has its banner."""
        if isinstance(error, Unavailable):
            self.session.lose(sentence(error))
        else:
            self.say(say(sentence(error)), severity="error")

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and (error := event.worker.error) is not None:
            self.tell(error)

    def tell(self, error: BaseException) -> None:
        """What a worker could not do is said; a mistake of ours is not hidden."""
        if not isinstance(error, TrackerError):
            raise error
        self.say_error(error)

    # Folders, and undo

    @work(exclusive=True, group="add", exit_on_error=False)
    async def add_root(self) -> None:
        from tui.dialogs.folder import AddFolder

        path = await self.push_screen_wait(AddFolder())
        if path is None:
            return
        roots = self.api.roots
        before = {root.id for root in await roots.all()}
        if (await roots.add(path)).id in before:
            self.say(say(f"Already watched: {shown(path)}"))
            return
        says = f"Watching {shown(path)}"
        self.remember(Change(says, lambda: roots.add(path), lambda: roots.remove(path)))

    async def remove_root(self, path: bytes) -> None:
        roots = self.api.roots
        await roots.remove(path)
        says = f"No longer watching {shown(path)}"
        self.remember(Change(says, lambda: roots.remove(path), lambda: roots.add(path)))

    def remember(self, change: Change) -> None:
        """It was done; `u` takes it back."""
        self.changes.append(change)
        self.undone.clear()
        self.say(say(f"{change.says}. u undoes"))
        self.session.refresh()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Undo and redo are there where there is something to take back."""
        match action:
            case "undo":
                return bool(self.changes)
            case "redo":
                return bool(self.undone)
        return super().check_action(action, parameters)

    @work(exclusive=True, group="undo", exit_on_error=False)
    async def action_undo(self) -> None:
        await self.step(self.changes, self.undone, back=True)

    @work(exclusive=True, group="undo", exit_on_error=False)
    async def action_redo(self) -> None:
        await self.step(self.undone, self.changes, back=False)

    async def step(self, source: list[Change], target: list[Change], *, back: bool) -> None:
        if not source:
            return
        change = source[-1]
        try:
            await (change.undo() if back else change.do())
        except TrackerError as error:
            self.say_error(error)
            return
        target.append(source.pop())
        self.say(say(f"Taken back: {change.says}" if back else change.says))
        self.session.refresh()
        self.refresh_bindings()


def shown(path: bytes) -> str:
    return say(path).plain


def library() -> Page:
    return LibraryScreen()


def jobs() -> Page:
    from tui.screens.jobs import JobsScreen

    return JobsScreen()


def settings() -> Page:
    from tui.screens.settings import SettingsScreen

    return SettingsScreen()


def actions() -> type[Provider]:
    from tui.palette import Actions

    return Actions


def tracks() -> type[Provider]:
    from tui.palette import Tracks

    return Tracks


def system() -> type[Provider]:
    from textual.system_commands import SystemCommandsProvider

    return SystemCommandsProvider


TrackerApp.MODES = {"library": library, "jobs": jobs, "settings": settings}
TrackerApp.COMMANDS = {actions, tracks, system}


def spare_the_frames() -> None:
    """Have the collector pass over what lives as long as we do: a full one held up a frame.

    What is made later is collected as ever, only less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def run(config: Config, folders: list[bytes], *, demo: bool = False) -> int:
    """Open the app on the daemon that runs, and watch *folders* from now on.

    Raises:
        TrackerError: where there is no daemon, or a folder cannot be watched.
    """
    if asyncio.run(show(config, folders, demo=demo)) == "demo":
        os.execv(sys.executable, [sys.executable, "-m", "tui.cli", "--demo"])  # noqa: S606
    return 0


async def show(config: Config, folders: list[bytes], *, demo: bool) -> str | None:
    from tracker.rpc import connect

    async with connect(paths.socket()) as api:
        for folder in folders:
            await api.roots.add(folder)
        asyncio.get_running_loop().call_later(SETTLED, spare_the_frames)
        return await TrackerApp(api, config, demo=demo).run_async(mouse=config.ui.mouse)
