"""A list of any length that holds only the rows around those it shows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tracker.model import Page
from tui import keys
from tui.format import fit

T = TypeVar("T")

BEHIND = 60  # rows fetched on the side that is left
AHEAD = 240  # and on the side that is moved to
NEAR = 80  # rows before the end of what is here, more are asked for
SLACK = 8  # rows a step over the edge scrolls by: one picture for eight keys

Piece = tuple[str, Style]


class LineList(ScrollView, Generic[T], can_focus=True):
    """Draws lines from a window of rows; `Wanted` asks for another window, `show` takes it."""

    DEFAULT_CSS = """
    LineList {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-color: $primary-muted;
        scrollbar-color-active: $primary;
        scrollbar-color-hover: $primary;
        scrollbar-background: $background;
        scrollbar-background-active: $background;
        scrollbar-background-hover: $background;
    }
    LineList > .line-list--heading { color: $quiet; text-style: bold; }
    LineList > .line-list--cursor { background: $row-blurred; }
    LineList:focus > .line-list--cursor { background: $row-focused; text-style: bold; }
    LineList > .line-list--bar { color: $primary; }
    LineList > .line-list--selected { color: $text-accent; }
    LineList > .line-list--quiet { color: $quiet; }
    LineList > .line-list--warning { color: $text-warning; }
    LineList > .line-list--error { color: $text-error; }
    LineList:ansi {
        & > .line-list--cursor { text-style: reverse; }
        &:focus > .line-list--cursor { text-style: reverse bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-list--heading", "line-list--cursor", "line-list--bar", "line-list--selected",
        "line-list--quiet", "line-list--warning", "line-list--error",
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("list.down", "list.up", "list.page-down", "list.page-up"),
        *keys.bindings("list.first", "list.last", "list.open"),
    ]
    HEADED = True

    @dataclass
    class Wanted(Message):
        """Rows came near that are not here."""

        list: LineList[Any]

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, LineList.Wanted) and message.list is self.list

    @dataclass
    class Moved(Message):
        """Another row is under the cursor."""

        list: LineList[Any]

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, LineList.Moved) and message.list is self.list

    @dataclass
    class Opened(Message):
        """Enter, on this row."""

        list: LineList[Any]

    cursor = reactive(0, repaint=False)  # only the two lines that differ are drawn again

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.total = 0
        self.start = 0
        self.rows: Sequence[T] = ()
        self.touched = False
        """Someone moved here since the list began: it must not move by itself any more."""
        self.forward = True
        self._styles: dict[str, Style] = {}

    @abstractmethod
    def name_of(self, row: T) -> Hashable:
        """What stays the same when the row changes."""

    @abstractmethod
    def heading(self, width: int) -> list[Piece]: ...

    @abstractmethod
    def pieces(self, row: T, number: int, width: int) -> list[Piece]:
        """The row in *width* cells, cleaned."""

    @property
    def height(self) -> int:
        """Rows that fit, the heading apart."""
        return max(1, self.size.height - self.HEADED)

    @property
    def sight(self) -> range:
        top = min(self.scroll_offset.y, max(0, self.total - self.height))
        return range(top, min(self.total, top + self.height))

    @property
    def wanted(self) -> tuple[int, int]:
        """Offset and limit of the window to fetch, more of it in the direction of movement."""
        before, after = (BEHIND, AHEAD) if self.forward else (AHEAD, BEHIND)
        top = self.scroll_offset.y
        offset = max(0, top - before)
        return offset, top + self.height + after - offset

    @property
    def chosen(self) -> T | None:
        """The row under the cursor, where it is here."""
        return self.row(self.cursor)

    def row(self, number: int) -> T | None:
        place = number - self.start
        return self.rows[place] if 0 <= place < len(self.rows) else None

    def show(self, page: Page[T], offset: int, *, keep: bool = True) -> None:
        """Take a new window; with *keep* the cursor stays on its row if that is still in it."""
        old_sight, old_total = {n: self.row(n) for n in self.sight}, self.total
        chosen = self.chosen if keep and self.touched else None
        self.total, self.start, self.rows = page.total, offset, page.rows
        if self.virtual_size.height != self.total + self.HEADED:
            self.virtual_size = Size(0, self.total + self.HEADED)
        shift = 0
        if chosen is not None and not self.is_at(chosen, self.cursor):
            shift = next((n - self.cursor for n in self.here() if self.is_at(chosen, n)), 0)
        self.cursor = max(0, min(self.cursor + shift, self.total - 1))
        if shift:  # what was inserted above must not move the row on screen
            self.jump(self.scroll_offset.y + shift)
        if old_total != self.total or shift:
            self.refresh()
        else:
            self.redraw(n for n in self.sight if old_sight.get(n) != self.row(n))
        if chosen != self.chosen or chosen is None:
            self.post_message(self.Moved(self))

    def renew(self, rows: Sequence[T]) -> None:
        """The same rows with what is known of them now; their places stay."""
        fresh = {self.name_of(row): row for row in rows}
        old, self.rows = self.rows, [fresh.get(self.name_of(row), row) for row in self.rows]
        changed = [self.start + i for i, row in enumerate(old) if row != self.rows[i]]
        self.redraw(changed)
        if self.cursor in changed:
            self.post_message(self.Moved(self))

    def begin(self) -> None:
        """Another list: back to its first row, and free to move by itself until someone moves."""
        self.touched, self.forward = False, True
        self.cursor = 0
        self.jump(0)

    def place(self, number: int) -> None:
        """Put the cursor there, at the same height on screen."""
        height = self.cursor - self.scroll_offset.y
        self.rows, self.start = (), 0
        self.total = max(self.total, number + 1)
        self.virtual_size = Size(0, self.total + self.HEADED)
        self.set_reactive(LineList.cursor, number)
        self.jump(max(0, number - max(0, min(height, self.height - 1))))

    def shift(self, rows: int) -> None:
        """So many rows came above what is here: nothing on screen moves."""
        self.start += rows
        self.total = max(self.total, self.start + len(self.rows))
        self.virtual_size = Size(0, self.total + self.HEADED)
        self.set_reactive(LineList.cursor, max(0, self.cursor + rows))
        self.jump(max(0, self.scroll_offset.y + rows))

    def here(self) -> range:
        return range(self.start, self.start + len(self.rows))

    def is_at(self, row: T, number: int) -> bool:
        other = self.row(number)
        return other is not None and self.name_of(other) == self.name_of(row)

    def jump(self, top: int) -> None:
        self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def redraw(self, numbers: Iterable[int]) -> None:
        sight = self.sight
        for number in set(numbers):
            if number in sight:
                self.refresh_line(number + self.HEADED)

    # Drawing

    def style(self, name: str) -> Style:
        """A component's style; "" is plain."""
        if name not in self._styles:
            full = f"line-list--{name}"
            self._styles[name] = (
                self.get_component_rich_style(full, partial=True) if name else self.rich_style
            )
        return self._styles[name]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        if self.HEADED and y == 0:
            return self.strip(self.heading(width), base, width)
        number = self.scroll_offset.y + y - self.HEADED
        row = self.row(number)
        if number >= self.total:
            return Strip.blank(width, base)
        if number == self.cursor:
            base += self.style("cursor")
        if row is None:
            return self.strip([(fit("   …", width), self.style("quiet"))], base, width)
        pieces = self.pieces(row, number, width)
        if base.reverse:  # colours would turn into blocks
            pieces = [(text, Style.null()) for text, _ in pieces]
        return self.strip(pieces, base, width)

    @staticmethod
    def strip(pieces: list[Piece], base: Style, width: int) -> Strip:
        """Segments, so that nothing in a text is taken for markup; few, so that few bytes go out."""
        joined: list[Piece] = []
        for text, style in pieces:
            if joined and (style == joined[-1][1] or (text.isspace() and not style.reverse)):
                joined[-1] = (joined[-1][0] + text, joined[-1][1])
            elif text:
                joined.append((text, style))
        segments = [Segment(text, base + style) for text, style in joined]
        return Strip(segments).adjust_cell_length(width, base)

    # Moving

    def watch_cursor(self, old: int, new: int) -> None:
        self.forward = new >= old
        self.reveal(new)
        self.redraw(self.affected(old, new))
        self.post_message(self.Moved(self))
        self.ask()

    def affected(self, old: int, new: int) -> range | tuple[int, ...]:
        """The lines that look different after the cursor went from *old* to *new*."""
        return (old, new)

    def reveal(self, number: int) -> None:
        sight, slack = self.sight, min(SLACK, self.height // 4)
        if number < sight.start:
            self.jump(max(0, number - slack))
        elif number >= sight.stop:
            self.jump(number - self.height + 1 + slack)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.forward = new_value >= old_value
        self.ask()

    def on_resize(self) -> None:
        self.call_after_refresh(self.settle)
        self.ask()

    def settle(self) -> None:
        """The cursor may be out of sight in the new size."""
        self.reveal(self.cursor)

    def ask(self) -> None:
        """Ask for rows where those in sight, or soon to be, are not here."""
        sight, here = self.sight, self.here()
        if not sight:
            return
        ahead = min(self.total - 1, sight.stop - 1 + NEAR) if self.forward else sight.stop - 1
        behind = sight.start if self.forward else max(0, sight.start - NEAR)
        if not (behind in here and ahead in here):
            self.post_message(self.Wanted(self))

    def action_move(self, steps: int) -> None:
        self.touched = True
        self.cursor = max(0, min(self.cursor + steps, self.total - 1))

    def action_page(self, pages: int) -> None:
        step = pages * max(1, self.height - 1)
        self.jump(max(0, min(self.scroll_offset.y + step, self.total - self.height)))
        self.action_move(step)

    def action_go(self, number: int) -> None:
        self.touched = True
        self.cursor = max(0, number % self.total) if self.total else 0

    def action_open(self) -> None:
        if self.chosen is not None:
            self.post_message(self.Opened(self))

    def on_click(self, event: events.Click) -> None:
        number = self.scroll_offset.y + event.y - self.HEADED
        if event.y >= self.HEADED and number < self.total:
            self.touched = True
            self.cursor = number
            if event.chain == 2:
                self.action_open()
        elif event.y == 0 and self.HEADED:
            self.heading_clicked(event.x)

    def heading_clicked(self, x: int) -> None:
        """Somewhere in the heading."""

    def on_mouse_scroll_down(self) -> None:
        self.touched = True

    def on_mouse_scroll_up(self) -> None:
        self.touched = True


class SelectList(LineList[T]):
    """A list whose rows can be selected, one by one or as a range."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("list.select", "list.range")

    @dataclass
    class RangeChosen(Message):
        """These numbers, the last included, are to be selected; their rows may not be here."""

        first: int
        last: int

    @dataclass
    class Selected(Message):
        """The selection changed."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.selected: set[Hashable] = set()
        """Names of rows."""
        self.origin: int | None = None
        """Where a range began."""

    def marks(self, row: T, number: int) -> list[Piece]:
        """The first two cells of a line: the cursor's bar, and whether it is selected."""
        selected = self.name_of(row) in self.selected or number in self.span()
        return [
            ("▌" if number == self.cursor else " ", self.style("bar")),
            ("✓" if selected else " ", self.style("selected")),
        ]

    def span(self) -> range:
        """The numbers from where `v` was pressed to the cursor."""
        if self.origin is None:
            return range(0)
        first, last = sorted((self.origin, self.cursor))
        return range(first, last + 1)

    def affected(self, old: int, new: int) -> range | tuple[int, ...]:
        if self.origin is None:
            return (old, new)
        return range(min(old, new, self.origin), max(old, new, self.origin) + 1)

    def action_select(self) -> None:
        if self.origin is not None:
            self.action_range()
        elif (row := self.chosen) is not None:
            self.selected ^= {self.name_of(row)}
            self.post_message(self.Selected())
            self.redraw([self.cursor])
            self.action_move(1)

    def action_range(self) -> None:
        """Begin a range here, or select the one that was begun."""
        self.touched = True
        if self.origin is None:
            self.origin = self.cursor
        else:
            chosen, self.origin = self.span(), None
            self.post_message(self.RangeChosen(chosen.start, chosen.stop - 1))
        self.redraw(self.sight)
        self.post_message(self.Selected())

    def select(self, names: Iterable[Hashable]) -> None:
        """These too."""
        self.selected |= set(names)
        self.redraw(self.sight)
        self.post_message(self.Selected())

    def select_none(self) -> bool:
        """Whether there was a selection or a range."""
        had = bool(self.selected) or self.origin is not None
        self.selected, self.origin = set(), None
        if had:
            self.redraw(self.sight)
            self.post_message(self.Selected())
        return had
