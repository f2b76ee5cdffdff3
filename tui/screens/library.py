"""Browse the catalogue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from tracker.api import Event, Reload, TracksChanged
from tracker.errors import NotFound, TrackerError, Unavailable, sentence
from tracker.model import Page as Window
from tracker.model import TrackId, TrackRow
from tui import format as fmt
from tui import keys, state
from tui.dialogs.menu import Choice, Menu
from tui.format import row, say, styled
from tui.screens import nothing
from tui.screens.page import Page
from tui.session import Session
from tui.widgets.alike_table import AlikeTable, SoundsLike
from tui.widgets.bars import Line
from tui.widgets.columns import COLUMNS, usual
from tui.widgets.detail import Detail, Known
from tui.widgets.field import Field
from tui.widgets.line_list import AHEAD, BEHIND, LineList, SelectList
from tui.widgets.track_table import TrackTable

TYPING = 0.08  # s of rest, before what was typed is looked for
LOOKING = 0.08  # s the cursor rests, before the panel follows
CALM = 0.02  # s between two readings while scrolling
NEWS = 0.5  # s between two readings because something changed
COPIED = 500  # tracks copied at most: terminals refuse more
COMPARED, ALIKE = 200, 50  # tracks that are asked about at most, and that are listed
TERMS = 6  # parts of a query tried one by one, where nothing is found
TRIES = 50  # refreshes that what is to have the focus may take to come on screen

PANEL = ("duration", "beats", "key", "loudness", "hamms", "structure", "waveform", "quality")
"""Features that the panel shows beyond what the track itself says."""

MORE_SORTS = (("d", "added", "Added"), ("u", "loudness", "Loudness"), ("p", "path", "Path"))
DOWNWARD = ("rating", "energy", "added", "year")
"""What people want the most of first."""


class LibraryScreen(Page):
    NAME = "library"
    CSS_PATH = "library.tcss"
    AUTO_FOCUS = "TrackTable"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "library.", "list.sort", "list.reverse", "list.columns", "list.all", "list.copy",
        "list.open", "settings.add",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.table, self.detail, self.alike = TrackTable(), Detail(), SoundsLike()
        self.field, self.found_line = Field("filter", id="filter"), Line(id="found")
        self.empty = Line(id="empty")
        self.query_text = ""
        self.state = state.load()
        self.stale = asyncio.Event()
        self.fresh = True
        """Another list is to be read from its beginning, or from `follow` on."""
        self.follow: TrackId | None = None
        self.heard = False
        """Something changed since the rows were read."""
        self.waiting: int | None = None
        """How many tracks the daemon's list has more than this one; None where they agree."""
        self._typing: Timer | None = None
        self._news: Timer | None = None
        self._looking: Timer | None = None

    def body(self) -> Iterable[Widget]:
        yield Horizontal(Line(say(" / "), id="slash"), self.field, self.found_line, id="query")
        side = Vertical(self.detail, self.alike, id="side")
        yield Horizontal(self.table, side, id="list")
        self.empty.add_class("empty")
        yield self.empty

    def on_mount(self) -> None:
        self.table.sort = self.state.sort
        self.table.columns = self.state.columns
        super().on_mount()
        self.open()

    # Reading

    def open(self, *, follow: TrackId | None = None) -> None:
        """Read another list; what was asked for the one before is no longer wanted."""
        self.fresh, self.follow = True, follow
        self.table.sorted_by(self.state.sort)
        self.stale.set()
        self.load()

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Read what is wanted, whenever something is."""
        while True:
            await self.stale.wait()
            self.stale.clear()
            try:
                await self.read()
            except TrackerError as error:
                self.tracker.say_error(error)
            await asyncio.sleep(CALM)

    async def read(self) -> None:
        table = self.table
        if self.fresh:
            await self.begin()
        elif self.heard and table.touched and table.rows:
            await self.compare()
        else:
            await self.scroll()
        table.ask()  # it may have been scrolled meanwhile
        self.say_found()
        if table.total == 0:
            await self.explain()
        if self.has_class("-nothing") != (table.total == 0):
            self.set_class(table.total == 0, "-nothing")
            self.refresh_bindings()
        if table.total and self.focused is None and self.is_current:
            table.focus()

    async def page(self, offset: int, limit: int) -> Window[TrackRow]:
        return await self.tracker.api.tracks.page(
            self.query_text, sort=self.state.sort, offset=offset, limit=limit
        )

    async def drift(self) -> int:
        """How many rows came above the one under the cursor."""
        chosen = self.table.chosen
        if chosen is None:
            return 0
        place = await self.tracker.api.tracks.place(
            chosen.id, self.query_text, sort=self.state.sort
        )
        return 0 if place is None else place - self.table.cursor

    async def begin(self) -> None:
        table, place = self.table, None
        if self.follow is not None:
            place = await self.tracker.api.tracks.place(
                self.follow, self.query_text, sort=self.state.sort
            )
        offset = max(0, (place or 0) - AHEAD)
        page = await self.page(offset, AHEAD + table.height + AHEAD)
        if place is None:
            table.begin()
        else:
            table.place(place)
        table.show(page, offset, keep=False)
        table.touched = place is not None
        self.fresh, self.heard, self.waiting, self.follow = False, False, None, None

    async def scroll(self) -> None:
        """Another part of the list; the list as it is now."""
        table, self.heard = self.table, False
        if self.waiting is not None and (drift := await self.drift()):
            table.shift(drift)
        offset, limit = table.wanted
        table.show(await self.page(offset, limit), offset)
        self.waiting = None

    async def compare(self) -> None:
        """Renew the rows where they stand; a changed order waits until it is asked for."""
        table, self.heard = self.table, False
        limit = max(len(table.rows), BEHIND)
        page = await self.page(table.start, limit)
        ids = [one.id for one in table.rows]
        if page.total == table.total and [one.id for one in page.rows[: len(ids)]] == ids:
            self.waiting = None
        else:
            self.waiting = page.total - table.total
            if drift := await self.drift():
                page = await self.page(max(0, table.start + drift), limit)
        table.renew(page.rows)

    @on(LineList.Wanted)
    def read_more(self, event: LineList.Wanted) -> None:
        if event.list is self.table:
            self.stale.set()

    def on_news(self, event: Event) -> None:
        if not isinstance(event, TracksChanged | Reload):
            return
        self.heard = True
        if isinstance(event, Reload) or not self.table.rows:
            self.stale.set()
        elif self._news is None:
            self._news = self.set_timer(NEWS, self.take_notice)
        chosen = self.table.chosen
        if chosen and isinstance(event, TracksChanged) and chosen.id in event.ids:
            self.follow_cursor()

    def take_notice(self) -> None:
        self._news = None
        self.stale.set()

    def on_session(self, session: Session) -> None:
        super().on_session(session)
        self.table.fade(session.offline)
        if self.table.total == 0 and not self.fresh:
            self.stale.set()

    # What is said about the list

    def say_found(self) -> None:
        self.found_line.say(row(self.found(), "  "))

    def found(self) -> list[Content]:
        table, parts = self.table, []
        if table.selected:
            parts.append(styled(f"{fmt.number(len(table.selected))} selected", "$text-accent"))
        if table.origin is not None:
            parts.append(styled(f"range of {len(table.span())}", "$text-accent"))
        if self.waiting is not None:
            news = f"{fmt.number(self.waiting)} new" if self.waiting > 0 else "changed"
            parts.append(styled(f"{news}, press .", "bold $text-warning"))
        if self.query_text:
            parts.append(say(f"{fmt.number(table.total)} found"))
        name, down = self.state.sort.lstrip("-"), self.state.sort.startswith("-")
        if self.size.width >= 80:
            parts.append(styled(f"by {label(name).lower()} {'▾' if down else '▴'}", "$quiet"))
        return parts

    async def explain(self) -> None:
        """Why there is nothing to see, and what to do about it."""
        content = await self.why_nothing() if self.query_text else nothing.yet(self.session)
        self.empty.say(content)

    async def why_nothing(self) -> Content:
        """Each part of the query is left out once, to see which of them finds nothing."""
        parts, counts = nothing.split(self.query_text), []
        if 1 < len(parts) <= TERMS:
            for number in range(len(parts)):
                rest = " ".join(parts[:number] + parts[number + 1 :])
                counts.append((await self.tracker.api.tracks.page(rest, limit=1)).total)
        return nothing.found(parts, counts)

    @property
    def unwatched(self) -> bool:
        """The first visit: no folder is watched, nothing is known."""
        empty = self.table.total == 0 and not self.query_text
        return empty and nothing.unwatched(self.session)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where there is no list, what is done with lists is dead."""
        if action in ("sort", "reverse", "columns", "detail", "similar", "copy", "select_all"):
            return self.table.total > 0
        if action == "open":
            return self.unwatched
        return super().check_action(action, parameters)

    # Filter

    def action_filter(self) -> None:
        self.field.focus()

    @on(Input.Changed, "#filter")
    def typed(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING, self.apply_filter)

    def apply_filter(self, *, follow: TrackId | None = None) -> None:
        self._typing = None
        typed = self.field.value.strip()
        if typed != self.query_text:
            self.query_text = typed
            self.open(follow=follow)

    @on(Input.Submitted, "#filter")
    def keep_filter(self) -> None:
        self.apply_filter()
        self.table.focus()

    def clear_filter(self) -> None:
        chosen = self.table.chosen
        self.field.value = ""
        self.apply_filter(follow=chosen.id if chosen else None)

    def action_back(self) -> None:
        """The panel first, then the filter, then the selection."""
        table = self.table
        if self.focused is self.alike.table or self.covered:
            if not self.has_class("-wide"):
                self.remove_class("-similar")
            table.focus()
        elif self.focused is self.detail or self.has_class("-detail"):
            self.remove_class("-detail")
            table.focus()
        elif self.field.value:
            self.clear_filter()
            table.focus()
        elif self.focused is self.field:
            table.focus()
        else:
            table.select_none()

    # Order and columns

    @work(exit_on_error=False)
    async def action_sort(self) -> None:
        choices = [Choice(column.letter, label(column.id), column.id) for column in COLUMNS]
        choices += [Choice(letter, name, id_) for letter, id_, name in MORE_SORTS]
        chosen = await self.app.push_screen_wait(
            Menu("Sort by", choices, self.state.sort.lstrip("-"))
        )
        if chosen:
            self.sort_by(chosen)

    @on(TrackTable.SortWanted)
    def heading_clicked(self, event: TrackTable.SortWanted) -> None:
        self.sort_by(event.column)

    def action_reverse(self) -> None:
        self.sort_by(self.state.sort.lstrip("-"))

    def sort_by(self, column: str) -> None:
        """By that column; where it is already, the other way round."""
        if self.state.sort.lstrip("-") == column:
            down = not self.state.sort.startswith("-")
        else:
            down = column in DOWNWARD
        self.state.sort = f"-{column}" if down else column
        state.save(self.state)
        chosen = self.table.chosen if self.table.touched else None
        self.open(follow=chosen.id if chosen else None)

    def action_columns(self) -> None:
        from tui.dialogs.columns import Columns

        table = self.table
        shown = usual(table.size.width) if table.columns is None else table.columns
        self.app.push_screen(Columns(shown, self.choose_columns))

    def choose_columns(self, columns: list[str] | None) -> None:
        self.state.columns = columns
        self.table.choose(columns)
        state.save(self.state)

    # The panel

    @on(LineList.Moved)
    def moved(self, event: LineList.Moved) -> None:
        if event.list is self.alike.table:
            self.alike.explain()
            return
        if self._looking is not None:
            self._looking.stop()
        self._looking = self.set_timer(LOOKING, self.follow_cursor)
        if self.table.origin is not None:
            self.say_found()

    @work(exclusive=True, group="look", exit_on_error=False)
    async def look(self) -> None:
        """What is known of the track under the cursor; what takes all tracks to tell comes after."""
        detail, chosen = self.detail, self.table.chosen
        if not in_sight(detail):
            return
        if chosen is None:
            detail.show(None)
            return
        api, before = self.tracker.api.tracks, detail.known
        try:
            track, heard = await asyncio.gather(api.get(chosen.id), api.heard(chosen.id, PANEL))
            same = before is not None and before.track.id == chosen.id
            known = Known(track, heard)
            if same and before is not None:  # nothing is to flicker
                known = replace(known, standing=before.standing, suggested=before.suggested)
            detail.show(known)
            standing, suggested = await asyncio.gather(
                api.standing(chosen.id), api.suggested(chosen.id)
            )
            detail.show(replace(known, standing=standing, suggested=suggested))
        except NotFound:
            detail.show(None)
        except TrackerError as error:
            self.tracker.say_error(error)

    @work(exclusive=True, group="alike", exit_on_error=False)
    async def look_alike(self) -> None:
        """What sounds like the selected tracks, else like the one under the cursor."""
        ids, chosen = self.named(), self.table.chosen
        if not (ids and in_sight(self.alike)):
            return
        name = (chosen.title or chosen.name) if chosen and ids == [chosen.id] else None
        heading = row(
            [styled("Sounds like ", "$quiet"), say(name or fmt.counted(len(ids), "track"))]
        )
        try:
            found = await self.tracker.api.tracks.similar(tuple(ids[:COMPARED]), limit=ALIKE)
        except Unavailable as error:
            self.tracker.say_error(error)
        except TrackerError as error:
            self.alike.tell(heading, sentence(error))
        else:
            if found:
                self.alike.show(heading, found)
            else:
                self.alike.tell(heading, "Nothing yet: its sound is not measured, or it has none.")

    def action_similar(self) -> None:
        """Open the panel, which then follows the cursor; or close it."""
        if not self.toggle_class("-similar").has_class("-similar"):
            self.table.focus()
        elif self.covered:
            self.remove_class("-detail")
            self.enter(self.alike.table)
        self.look_soon()

    @property
    def covered(self) -> bool:
        """What sounds alike stands in the place of the list."""
        beside = self.has_class("-wide") or self.has_class("-tall")
        return self.has_class("-similar") and not beside

    def action_detail(self) -> None:
        """Beside the list: show or hide it; where there is no room: in its place, or back."""
        wide = self.has_class("-wide")
        if not wide:
            self.remove_class("-similar")
        self.toggle_class("-no-detail" if wide else "-detail")
        self.table.focus()
        self.look_soon()

    def look_soon(self) -> None:
        self.call_after_refresh(self.follow_cursor)

    def follow_cursor(self) -> None:
        self.look()
        self.look_alike()

    def on_resize(self) -> None:
        super().on_resize()
        self.look_soon()
        if self.covered:
            self.enter(self.alike.table)

    @on(LineList.Opened)
    async def opened(self, event: LineList.Opened) -> None:
        """Into the panel; from what sounds alike to the track itself."""
        if isinstance(event.list, AlikeTable):
            if (found := event.list.chosen) is not None:
                if not self.has_class("-wide"):
                    self.remove_class("-similar")
                await self.go_to(found.track.id)
            return
        self.remove_class("-no-detail")
        if not self.has_class("-wide"):
            self.add_class("-detail")
        self.look_soon()
        self.enter(self.detail)

    def enter(self, widget: Widget, tries: int = TRIES) -> None:
        """Give it the focus as soon as it is on screen.

        What a class brings there comes when the application looks at the styles, which may be
        after the next refresh.
        """
        if widget.focusable:
            widget.focus()
        elif tries:
            self.call_after_refresh(self.enter, widget, tries - 1)

    def action_open(self) -> None:
        if self.unwatched:
            self.tracker.exit("demo")

    async def go_to(self, track: TrackId) -> None:
        """The list of everything, with the cursor on that track."""
        field = self.field
        with field.prevent(Input.Changed):
            field.value = ""
        self.query_text = ""
        self.open(follow=track)
        self.table.focus()

    # News

    def action_news(self) -> None:
        chosen = self.table.chosen
        self.open(follow=chosen.id if chosen and self.table.cursor else None)

    # Selecting and copying

    @on(SelectList.Selected)
    def selected(self) -> None:
        self.say_found()
        self.look_alike()

    def named(self) -> list[TrackId]:
        """The selected tracks, else the one under the cursor."""
        chosen = self.table.chosen
        selected = [TrackId(int(str(name))) for name in self.table.selected]
        return selected or ([chosen.id] if chosen else [])

    @on(SelectList.RangeChosen)
    def range_chosen(self, event: SelectList.RangeChosen) -> None:
        self.select(event.first, event.last + 1)

    def action_select_all(self) -> None:
        self.select(0, self.table.total)

    @work(exclusive=True, group="select", exit_on_error=False)
    async def select(self, start: int, stop: int) -> None:
        """Also what is not here."""
        ids: list[TrackId] = []
        while start < stop and (rows := (await self.page(start, stop - start)).rows):
            ids += [one.id for one in rows]
            start += len(rows)  # the daemon gives so many at once and no more
        self.table.select(ids)

    @work(exclusive=True, group="copy", exit_on_error=False)
    async def action_copy(self) -> None:
        ids = self.named()
        if not ids:
            return
        choices = [
            Choice("p", "Path", "path"), Choice("t", "Title", "title"), Choice("r", "Row", "row"),
        ]  # fmt: skip
        heading = f"Copy of {fmt.counted(len(ids), 'track')}"
        what = await self.app.push_screen_wait(Menu(heading, choices))
        if what:
            await self.copy(ids, what)

    async def copy(self, ids: list[TrackId], what: str) -> None:
        """Put it on the clipboard of the terminal, through OSC 52."""
        texts = []
        for id_ in ids[:COPIED]:
            track = await self.tracker.api.tracks.get(id_)
            texts.append(fmt.copied(track, what))
        self.app.copy_to_clipboard("\n".join(texts))
        rest = f"; the first {COPIED} of {len(ids)}" if len(ids) > COPIED else ""
        self.tracker.say(say(f"Copied the {what} of {fmt.counted(len(texts), 'track')}{rest}"))


def in_sight(widget: Widget) -> bool:
    """Whether neither it nor what it lies in is hidden."""
    return all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))


def label(sort: str) -> str:
    """What people call a column."""
    names = {column.id: column.heading for column in COLUMNS} | {"energy": "Energy"}
    return (names | {id_: name for _, id_, name in MORE_SORTS}).get(sort, sort)
