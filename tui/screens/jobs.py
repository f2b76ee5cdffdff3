"""What is being read and measured, and what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import pairwise
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from tracker.api import Event, Reload, WorkChanged
from tracker.errors import TrackerError
from tracker.model import Job, JobId, JobState
from tui import format as fmt
from tui import keys
from tui.format import row, say, styled
from tui.screens.page import Page
from tui.session import Session
from tui.widgets.bars import Line
from tui.widgets.job_table import JobTable
from tui.widgets.line_list import LineList, SelectList

CALM = 0.05  # s between two readings
NEWS = 0.5  # s between two readings because something changed
TREND = 24  # cells of the plot of the rate

VIEWS: dict[str, tuple[JobState, ...]] = {
    "everything": (),
    "what went wrong": (JobState.FAILED, JobState.QUARANTINED),
    "the quarantine": (JobState.QUARANTINED,),
}


class JobsScreen(Page):
    NAME = "jobs"
    CSS_PATH = "jobs.tcss"
    AUTO_FOCUS = "JobTable"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("jobs.", "list.all", "list.copy")

    def __init__(self) -> None:
        super().__init__()
        self.table = JobTable()
        self.summary_line, self.empty = Line(id="summary"), Line(id="empty")
        self.view = "everything"
        self.stale = asyncio.Event()
        self._news: Timer | None = None

    def body(self) -> Iterable[Widget]:
        yield self.summary_line
        yield self.table
        self.empty.add_class("empty")
        yield self.empty

    def on_mount(self) -> None:
        super().on_mount()
        self.stale.set()
        self.load()

    # Reading

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
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
        offset, limit = table.wanted
        page = await self.tracker.api.jobs.page(VIEWS[self.view], offset=offset, limit=limit)
        if offset >= page.total > 0:  # it got shorter than where we stand
            offset = 0
            page = await self.tracker.api.jobs.page(VIEWS[self.view], limit=limit)
        table.show(page, offset)
        self.set_class(page.total == 0, "-nothing")
        self.empty.say(self.nothing())
        self.say_summary()
        table.ask()
        if page.total and self.focused is None and self.is_current:
            table.focus()

    @on(LineList.Wanted)
    def read_more(self) -> None:
        self.stale.set()

    def on_news(self, event: Event) -> None:
        if isinstance(event, WorkChanged | Reload) and self._news is None:
            self._news = self.set_timer(NEWS, self.take_notice)

    def take_notice(self) -> None:
        self._news = None
        self.stale.set()

    def on_session(self, session: Session) -> None:
        super().on_session(session)
        if session.status is not None:
            self.table.time(session.status.work.running)
        self.say_summary()

    # What is said

    def nothing(self) -> Content:
        if self.view == "everything":
            return say("Nothing waits, nothing went wrong.")
        return say(
            "Nothing went wrong." if self.view == "what went wrong" else "The quarantine is empty."
        )

    def say_summary(self) -> None:
        self.summary_line.say(self.summary())

    def summary(self) -> Content:
        parts = [styled(f"{self.view}  ", "bold")]
        status = self.session.status
        if status is None:
            return row(parts)
        work = status.work
        facts = [
            (len(work.running), "running", ""),
            (work.queued, "waiting", ""),
            (work.settling, "settling", "$quiet"),
            (work.failed, "failed", "$text-warning"),
            (work.quarantined, "in quarantine", "$text-error"),
        ]
        known = [styled(f"{fmt.number(n)} {name}", style) for n, name, style in facts if n]
        if work.paused:
            known.insert(0, styled("paused", "bold $text-warning"))
        parts.append(row(known, " · "))
        if trend := self.trend():
            parts += [styled("   rate ", "$quiet"), styled(trend, "$text-primary")]
        return row(parts)

    def trend(self) -> str:
        """How many were done in the last whiles, newest at the right; nothing where none were."""
        rates = [
            max(0, then[1] - before[1]) / max(0.1, then[0] - before[0])
            for before, then in pairwise(self.session.done)
        ][-TREND:]
        return fmt.spark(rates) if any(rates) else ""

    # Steering

    def action_view(self) -> None:
        names = list(VIEWS)
        self.look_at(names[(names.index(self.view) + 1) % len(names)])

    def look_at(self, view: str) -> None:
        self.view = view
        self.table.select_none()
        self.table.begin()
        self.say_summary()
        self.stale.set()

    @on(LineList.Opened)
    @work(exclusive=True, group="report", exit_on_error=False)
    async def opened(self) -> None:
        from tui.dialogs.report import Report

        job = self.table.chosen
        if job is not None and await self.app.push_screen_wait(Report(job)) == "retry":
            await self.retry((job.id,))

    def chosen(self) -> tuple[JobId, ...]:
        """The selected ones, else the one under the cursor."""
        selected = tuple(JobId(int(str(name))) for name in self.table.selected)
        under = self.table.chosen
        return selected or ((under.id,) if under else ())

    @work(exclusive=True, group="steer", exit_on_error=False)
    async def action_retry(self) -> None:
        if ids := self.chosen():
            await self.retry(ids)

    @work(exclusive=True, group="steer", exit_on_error=False)
    async def action_retry_all(self) -> None:
        await self.retry(())

    async def retry(self, ids: tuple[JobId, ...]) -> None:
        count = await self.tracker.api.jobs.retry(ids)
        self.table.select_none()
        self.tracker.say(
            say(f"{fmt.counted(count, 'job')} queued again" if count else "Nothing to retry")
        )
        self.stale.set()
        self.session.refresh()

    @work(exclusive=True, group="steer", exit_on_error=False)
    async def action_cancel(self) -> None:
        if ids := self.chosen():
            count = await self.tracker.api.jobs.cancel(ids)
            self.table.select_none()
            self.tracker.say(say(f"{fmt.counted(count, 'job')} cancelled; r queues it again"))
            self.stale.set()
            self.session.refresh()

    @work(exclusive=True, group="steer", exit_on_error=False)
    async def action_pause(self) -> None:
        status = self.session.status
        if status is not None and status.work.paused:
            await self.tracker.api.jobs.resume()
            self.tracker.say(say("Measuring goes on"))
        else:
            await self.tracker.api.jobs.pause()
            self.tracker.say(
                say("Paused: what runs is finished, new files are still read. P goes on")
            )
        self.session.refresh()

    @on(SelectList.RangeChosen)
    def range_chosen(self, event: SelectList.RangeChosen) -> None:
        self.select(event.first, event.last + 1)

    def action_select_all(self) -> None:
        self.select(0, self.table.total)

    @work(exclusive=True, group="select", exit_on_error=False)
    async def select(self, start: int, stop: int) -> None:
        ids: list[JobId] = []
        api, states = self.tracker.api.jobs, VIEWS[self.view]
        while start < stop and (rows := (await api.page(states, offset=start, limit=stop)).rows):
            ids += [job.id for job in rows[: stop - start]]
            start += len(rows)  # the daemon gives so many at once and no more
        self.table.select(ids)

    def action_copy(self) -> None:
        if (job := self.table.chosen) is not None:
            self.app.copy_to_clipboard(copied(job))
            self.tracker.say(say("Copied what is known about the job"))

    def action_back(self) -> None:
        if not self.table.select_none() and self.view != "everything":
            self.look_at("everything")


def copied(job: Job) -> str:
    return "\n".join(fmt.clean(text) for text in (job.path, job.error or job.state))
