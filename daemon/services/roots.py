"""The watched folders."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

from daemon.reconcile import Reconcile
from tracker.errors import Invalid, NotFound, Refused
from tracker.model import Root
from tracker.store import roots
from tracker.store.database import Database
from tracker.text import clean


class Roots:
    def __init__(self, database: Database, reconcile: Reconcile) -> None:
        self.database, self.reconcile = database, reconcile

    async def all(self) -> list[Root]:
        return await self.database.read(roots.all)

    async def add(self, path: bytes) -> Root:
        place = await asyncio.to_thread(real_folder, path)
        for other in await self.database.read(roots.places):
            if other.path == place:
                break
            if nested(place, other.path) or nested(other.path, place):
                raise Refused(
                    f"{clean(place)} and the root {clean(other.path)} lie one in the other; "
                    "remove that root first, or name another folder"
                )
        root = await self.database.write(roots.add, place)
        await self.reconcile.follow(root.id)
        return root

    async def remove(self, path: bytes) -> Root:
        place = await self._named(path)
        root = await self.database.read(roots.get, place.id)
        await self.reconcile.leave(place.id)
        return await self.database.read(roots.get, root.id)

    async def scan(self, path: bytes, *, confirm: bool = False) -> Root:
        place = await self._named(path)
        keeper = await self.reconcile.follow(place.id)
        await keeper.look_now(confirm=confirm)
        return await self.database.read(roots.get, place.id)

    async def _named(self, path: bytes) -> roots.Place:
        """The root of this path, as given or with its links resolved."""
        with suppress(NotFound):  # as given: its folder may be gone
            return await self.database.read(roots.at, path.rstrip(b"/"))
        resolved = await asyncio.to_thread(os.path.realpath, path)
        return await self.database.read(roots.at, resolved)


def real_folder(path: bytes) -> bytes:
    """The folder itself, links resolved. Raises Invalid where there is none to watch."""
    if not path.startswith(b"/") or b"\0" in path:
        raise Invalid(f"{clean(path)} is no absolute path")
    real = os.path.realpath(path)
    if real == b"/":
        raise Invalid("the whole file system is no music folder; name one beneath it")
    try:
        os.scandir(real).close()
    except OSError as error:
        raise Invalid(
            f"{clean(path)} cannot be watched: {error.strerror}; name a folder you can read"
        ) from error
    return real


def nested(inner: bytes, outer: bytes) -> bool:
    return inner.startswith(outer.rstrip(b"/") + b"/")
