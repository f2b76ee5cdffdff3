"""What every screen has: the line on top, the banner, the lines below, and a size it needs."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from tracker.api import Event
from tui import format as fmt
from tui import keys
from tui.format import say
from tui.session import Session
from tui.widgets.bars import Bar, BottomLine, Line, RuleLine, TopLine

if TYPE_CHECKING:
    from tui.app import TrackerApp

LEAST = (60, 15)  # cells


class Banner(Line):
    """What is wrong, for as long as it is; what is shown stays readable."""

    def warn(self, session: Session) -> None:
        said = [say(text) for text in self.troubles(session)]
        self.set_class(bool(said), "-said")
        self.set_class(session.gone is not None, "-gone")
        self.say(fmt.lines(said[:3]))

    @staticmethod
    def troubles(session: Session) -> list[str]:
        """The worst first."""
        said = []
        if session.gone is not None:
            said.append(f"{session.gone}. What you see is the last that is known; looking again.")
        elif session.status is not None and session.status.complaint:
            said.append(session.status.complaint)
        said += [
            f"{root.path} is {fmt.root(root, time.time())}"
            for root in session.watched
            if root.id in session.offline or root.reason
        ]
        if len(said) > 3:
            said[2:] = [f"and {fmt.counted(len(said) - 2, 'folder')} more: press 6"]
        return said


class Page(Screen[None]):
    NAME: ClassVar[str]
    HORIZONTAL_BREAKPOINTS = [(0, "-cramped"), (LEAST[0], "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (LEAST[1], "-short"), (36, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("screen.")

    def __init__(self) -> None:
        super().__init__()
        self.banner = Banner()
        self.bars: list[Bar] = []
        self.cramped = Line(id="cramped")

    @property
    def tracker(self) -> TrackerApp:
        return cast("TrackerApp", self.app)

    @property
    def session(self) -> Session:
        return self.tracker.session

    def compose(self) -> ComposeResult:
        top = TopLine(self.session, self.NAME)
        rule, bottom = RuleLine(self.session), BottomLine(self.session, self.NAME)
        self.bars = [top, rule, bottom]
        yield top
        yield self.banner
        yield from self.body()
        yield rule
        yield bottom
        yield self.cramped

    def body(self) -> Iterable[Widget]:
        raise NotImplementedError

    def on_mount(self) -> None:
        self.session.changed.subscribe(self, self.on_session)
        self.session.news.subscribe(self, self.on_news)
        self.bindings_updated_signal.subscribe(self, self.on_bindings)
        self.on_session(self.session)

    def on_session(self, session: Session) -> None:
        """Status, roots or the connection are other ones."""
        self.banner.warn(session)
        for bar in self.bars:
            bar.renew()

    def on_news(self, event: Event) -> None:
        """Something changed in the daemon."""

    def on_bindings(self, _: Screen[object]) -> None:
        self.bars[-1].renew()

    def on_resize(self) -> None:
        width, height = self.size
        self.cramped.say(
            say(f"{width} x {height} is too small: {LEAST[0]} x {LEAST[1]} are needed.")
        )

    @on(Worker.StateChanged)
    def trouble(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and (error := event.worker.error) is not None:
            self.tracker.tell(error)

    def action_add_root(self) -> None:
        self.tracker.add_root()

    def action_back(self) -> None:
        """The panel first, then the filter, then the selection."""
