"""The API, done: each module here is one area of `tracker.api`."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator

from daemon.events import Events
from daemon.reconcile import Reconcile
from daemon.services.jobs import Jobs
from daemon.services.roots import Roots
from daemon.services.tracks import Tracks
from daemon.work import Work
from tracker import __version__
from tracker.api import PROTOCOL, Event
from tracker.errors import Broken
from tracker.model import Moment, Seconds, Status
from tracker.store import files, tracks
from tracker.store.database import Database
from tracker.text import clean


class Service:
    """Implements `tracker.api.Api`."""

    def __init__(
        self, database: Database, events: Events, work: Work, reconcile: Reconcile
    ) -> None:
        self.tracks = Tracks(database)
        self.roots = Roots(database, reconcile)
        self.jobs = Jobs(database, work, reconcile)
        self.stopping = asyncio.Event()
        self._database, self._events, self._work, self._reconcile = (
            database,
            events,
            work,
            reconcile,
        )
        self._since = time.monotonic()
        self._started = Moment(time.time())

    async def status(self) -> Status:
        read = self._database.read
        present, missing = await read(files.counts)
        return Status(
            pid=os.getpid(),
            version=__version__,
            protocol=PROTOCOL,
            state=self._state(),
            uptime=Seconds(round(time.monotonic() - self._since, 1)),
            tracks=await read(tracks.count),
            files=present,
            missing=missing,
            work=await self.jobs.work(),
            host=clean(socket.gethostname()),
            complaint=self._work.full or self._work.broken,
            since=self._started,
        )

    def _state(self) -> str:
        if self.stopping.is_set():
            return "stopping"
        if self._work.full:
            return "read-only"
        return "ready" if self._work.reader else "starting"

    async def settled(self) -> None:
        await self._reconcile.look_now()
        while not await self._idle():
            if self._work.broken:
                raise Broken(self._work.broken)
            async with self._work.quiet:
                try:
                    async with asyncio.timeout(0.5):  # settling files tell nobody
                        await self._work.quiet.wait()
                except TimeoutError:
                    continue

    async def _idle(self) -> bool:
        return not self._reconcile.restless and await self._work.idle()

    async def stop(self) -> None:
        self.stopping.set()

    def events(self) -> AsyncIterator[Event]:
        return self._events.listen()
