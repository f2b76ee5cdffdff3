"""Watch and steer background work."""

from __future__ import annotations

import msgspec

from daemon.reconcile import Reconcile
from daemon.services.tracks import within
from daemon.work import Work
from tracker.model import Job, JobId, JobState, Page
from tracker.model import Work as Progress
from tracker.store import jobs
from tracker.store.database import Database

MOST_JOBS = 500


class Jobs:
    def __init__(self, database: Database, work: Work, reconcile: Reconcile) -> None:
        self.database, self._work, self._reconcile = database, work, reconcile

    async def page(
        self, states: tuple[JobState, ...] = (), *, offset: int = 0, limit: int = 200
    ) -> Page[Job]:
        return await self.database.read(
            jobs.page, states, offset=max(0, offset), limit=within(limit, MOST_JOBS)
        )

    async def work(self) -> Progress:
        progress = await self._work.progress()
        return msgspec.structs.replace(progress, settling=self._reconcile.settling)

    async def retry(self, jobs: tuple[JobId, ...] = ()) -> int:
        return await self._work.retry(jobs)

    async def cancel(self, jobs: tuple[JobId, ...]) -> int:
        return await self._work.cancel(jobs)

    async def pause(self) -> None:
        self._work.paused = True
        self._work.wake()

    async def resume(self) -> None:
        self._work.paused = False
        self._work.wake()
