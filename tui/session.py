"""The app's side of the daemon: the only listener to its events, and what everyone wants to know."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from textual.signal import Signal

from tracker.api import Api, Event, Reload, RootsChanged
from tracker.errors import Behind, TrackerError, sentence
from tracker.model import Root, RootId, RootState, Status
from tracker.text import clean

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from textual.app import App

AGAIN = 1.0  # s, before the daemon is looked for again
CALM = 0.5  # s, between two readings of the status, however much happens
BUSY = 2.0  # s, after which the status is read though nothing was heard: clocks go on
IDLE = 30.0
MEMORY = 60  # readings of how much is done, for the plot of the rate


class Session:
    """Follows the daemon through restarts.

    `news` passes on what changed; `changed` says that `status`, `roots` or `gone` are other ones.
    """

    def __init__(self, app: App[str], api: Api, *, demo: bool = False) -> None:
        self.api, self.demo = api, demo
        self.status: Status | None = None
        self.roots: list[Root] | None = None
        self.gone: str | None = None
        """Why the daemon cannot be reached; None while it can."""
        self.done: deque[tuple[float, int]] = deque(maxlen=MEMORY)
        """When, by the monotonic clock, how many jobs were done."""
        self.news: Signal[Event] = Signal(app, "news")
        self.changed: Signal[Session] = Signal(app, "changed")
        self._stale = asyncio.Event()
        self._roots_stale = True

    @property
    def offline(self) -> frozenset[RootId]:
        return frozenset(root.id for root in self.roots or () if root.state is RootState.OFFLINE)

    @property
    def watched(self) -> list[Root]:
        return [root for root in self.roots or () if root.state is not RootState.REMOVED]

    def refresh(self) -> None:
        """Read status and roots again soon."""
        self._roots_stale = True
        self._stale.set()

    async def follow(self) -> None:
        """Hear what changes; when the daemon is gone, say so and look for it again."""
        while True:
            try:
                # a generator on both sides of the wire, whose end must not wait for the collector
                events: AsyncGenerator[Event, None] = self.api.events()  # type: ignore[assignment]
                async with aclosing(events):
                    async for event in events:
                        self.hear(event)
                self.lose("the daemon went away; it may be starting again")
            except Behind:
                continue  # and begin with a `Reload`
            except TrackerError as error:
                self.lose(sentence(error))
            await asyncio.sleep(AGAIN)

    async def keep(self) -> None:
        """Keep `status` and `roots` as they are in the daemon."""
        while True:
            idle = self.status is None or self.status.work.idle
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE if idle else BUSY):
                    await self._stale.wait()
            self._stale.clear()
            try:
                await self.read()
            except TrackerError as error:
                self.lose(sentence(error))
            await asyncio.sleep(CALM)

    async def read(self) -> None:
        roots_stale, self._roots_stale = self._roots_stale, False
        before = self.status, self.roots
        try:
            self.status = await self.api.status()
            if roots_stale:
                self.roots = await self.api.roots.all()
        except TrackerError:
            self._roots_stale = roots_stale
            raise
        self.done.append((time.monotonic(), self.status.work.done))
        if (self.status, self.roots) != before:
            self.changed.publish(self)

    def hear(self, event: Event) -> None:
        if self.gone is not None:
            self.gone = None
            self.changed.publish(self)
        if isinstance(event, Reload | RootsChanged):
            self._roots_stale = True
        self._stale.set()
        self.news.publish(event)

    def lose(self, reason: str) -> None:
        if self.gone is None:
            self.gone = clean(reason)
            self.changed.publish(self)
