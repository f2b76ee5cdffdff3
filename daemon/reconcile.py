"""Keeping the catalogue in step with what lies in the roots: each root has a keeper of its own."""

from __future__ import annotations

import asyncio

from daemon.events import Events
from daemon.keeper import Keeper, batches
from daemon.work import Work
from tracker.api import RootsChanged
from tracker.config import Watch
from tracker.model import RootId
from tracker.store import files, roots
from tracker.store.database import Database
from tracker.store.roots import Place


class Reconcile:
    """All keepers, by root."""

    def __init__(self, database: Database, events: Events, work: Work, config: Watch) -> None:
        self.database, self.events, self.work, self.config = database, events, work, config
        self.keepers: dict[RootId, Keeper] = {}
        self.tasks: dict[RootId, asyncio.Task[None]] = {}
        self.begun = asyncio.Event()

    async def run(self) -> None:
        """Keep every root until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                self.group = group
                for place in await self.database.read(roots.places):
                    self._keep(place)
                self.begun.set()
                await asyncio.Event().wait()
        finally:
            for keeper in self.keepers.values():
                keeper.stopped = True

    async def follow(self, root: RootId) -> Keeper:
        """Keep this root too, from now on."""
        await self.begun.wait()
        if root not in self.keepers:
            for place in await self.database.read(roots.places):
                if place.id == root:
                    self._keep(place)
        self.events.publish(RootsChanged())
        return self.keepers[root]

    def _keep(self, place: Place) -> None:
        keeper = self.keepers[place.id] = Keeper(
            place.id, place.path, self.database, self.events, self.work, self.config
        )
        self.tasks[place.id] = self.group.create_task(keeper.run())

    async def leave(self, root: RootId) -> None:
        """Watch a root no longer; its files are marked missing and nothing is forgotten."""
        await self.begun.wait()
        keeper, task = self.keepers.pop(root, None), self.tasks.pop(root, None)
        if keeper and task:
            keeper.stopped = True
            task.cancel()
            await asyncio.wait([task])
        known = await self.database.read(files.known, root)
        for batch in batches([old.id for old in known.values()]):
            self.events.tracks(await self.database.write(files.vanished, batch))
        await self.database.write(roots.remove, root)
        self.work.wake()
        self.events.publish(RootsChanged())

    async def look_now(self) -> None:
        """Look through every root and wait until that is done; a dead drive is not waited for."""
        await self.begun.wait()
        looks = [keeper.look_now() for keeper in self.keepers.values() if not keeper.offline]
        await asyncio.gather(*looks)

    def look_again(self, path: bytes) -> None:
        """The file at this whole path is not as the catalogue says."""
        for keeper in self.keepers.values():
            inside = keeper.path.rstrip(b"/") + b"/"
            if path.startswith(inside):
                keeper.owe(path[len(inside) :])

    async def well(self, path: bytes) -> bool:
        """Whether the drive of the file at this whole path, which could not be read, is there."""
        for keeper in self.keepers.values():
            inside = keeper.path.rstrip(b"/") + b"/"
            if path.startswith(inside):
                return await keeper.answers(path[len(inside) :])
        return True

    @property
    def settling(self) -> int:
        """Files that are seen but not at rest."""
        return sum(len(keeper.settling.since) for keeper in self.keepers.values())

    @property
    def restless(self) -> bool:
        """Whether something is still to be looked at."""
        return not self.begun.is_set() or any(keeper.restless for keeper in self.keepers.values())
