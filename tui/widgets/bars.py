"""The lines around the music: where you are above, what the keys do and how far the work is below."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tracker.model import Running
from tui import format as fmt
from tui import keys
from tui.session import Session

ALWAYS = ("app.help", "app.quit")  # shown first when it gets narrow
SCREENS = (("library", "Library"), ("jobs", "Jobs"), ("settings", "Settings"))


class Line(Static):
    """Text that was cleaned; it is drawn again only when it differs."""

    def __init__(self, content: Content | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(content or fmt.say(""), id=id, markup=False)
        self.said = content or fmt.say("")

    def say(self, content: Content) -> None:
        if not content.is_same(self.said):
            self.said = content
            self.update(content)


class Bar(Widget):
    """One line with a left and a right end; the right one is kept when it gets narrow."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.drawn = fmt.say("")

    def left(self, width: int) -> Content:
        """At most *width* cells."""
        raise NotImplementedError

    def right(self, width: int) -> Content:
        return fmt.say("")

    def render(self) -> RenderResult:
        self.drawn = self.draw()
        return self.drawn

    def draw(self) -> Content:
        width = self.size.width
        right = self.right(width).truncate(width)
        room = width - right.cell_length
        return self.left(room).truncate(max(0, room - 1), pad=True) + fmt.say(" ") + right

    def renew(self) -> None:
        """Draw it again, if it says something else now."""
        if not self.draw().is_same(self.drawn):
            self.refresh()


class TopLine(Bar):
    DEFAULT_CSS = "TopLine { background: $panel; }"

    def __init__(self, session: Session, here: str) -> None:
        super().__init__()
        self.session, self.here = session, here

    def left(self, width: int) -> Content:
        parts = [fmt.styled(" demo " if self.session.demo else " tracker ", "bold $text-primary")]
        status = self.session.status
        trouble = status.work.failed + status.work.quarantined if status else 0
        for name, label in SCREENS:
            if name == "jobs" and trouble:
                label = f"{label} {fmt.number(trouble)}"
            if name == self.here:
                parts.append(fmt.styled(f" ▸ {label} ", "bold"))
            else:
                parts.append(fmt.styled(f"   {label} ", "$quiet"))
        return fmt.row(parts)

    def right(self, width: int) -> Content:
        status, gone = self.session.status, self.session.gone
        word, colour = fmt.health(status, gone)
        tracks = f"  {fmt.counted(status.tracks, 'track')} " if status and width >= 70 else " "
        return fmt.row([fmt.styled("● ", colour), fmt.say(word), fmt.say(tracks)])


class RuleLine(Bar):
    """The border above the bottom line; what is being read and measured stands on it."""

    DEFAULT_CSS = "RuleLine { color: $quiet; }"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def left(self, width: int) -> Content:
        status = self.session.status
        text = self.current(list(status.work.running)) if status else ""
        line = f"── {text} " if text else ""
        return fmt.styled(fmt.fit(line, width - 4).rstrip() + " " * bool(text), "$quiet") + (
            fmt.styled("─" * width, "$rule")
        )

    def right(self, width: int) -> Content:
        return fmt.styled("─", "$rule")

    @staticmethod
    def current(running: list[Running]) -> str:
        names = [fmt.clean(one.job.path.rpartition("/")[2]) for one in running[:4]]
        verb = "reading" if all(one.job.kind == "read" for one in running) else "measuring"
        return f"{verb} {' · '.join(names)}" if names else ""

    def draw(self) -> Content:
        width = self.size.width
        return self.left(width).truncate(width)


class BottomLine(Bar):
    """What the keys do here, as many as fit, and how far the work is."""

    def __init__(self, session: Session, here: str) -> None:
        super().__init__()
        self.session, self.here = session, here

    def left(self, width: int) -> Content:
        active = {one.binding.id for one in self.screen.active_bindings.values() if one.enabled}
        shown = sorted(
            (key for key in keys.TABLE if key.shown and key.id in active),
            key=lambda key: not key.id.startswith(f"{self.here}."),
        )
        room, fitting = width, []
        for key in sorted(shown, key=lambda key: key.id not in ALWAYS):
            room -= len(self.word(key).plain)
            if room < 0:
                break
            fitting.append(key)
        return fmt.row(self.word(key) for key in shown if key in fitting)

    @staticmethod
    def word(key: keys.Key) -> Content:
        name = keys.names(key.keys.partition(",")[0])
        return fmt.row(
            [
                fmt.styled(f" {name}", "bold $text-accent"),
                fmt.styled(f" {key.label} ", "$quiet"),
            ]
        )

    def right(self, width: int) -> Content:
        status = self.session.status
        return fmt.progress(status.work, width // 3) if status else fmt.say("")
