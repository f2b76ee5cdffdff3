"""One root kept in step: its watcher, its hints, its looks, and whether it is believed.

Events are hints; the truth is a walk: at start, now and then, after every trouble of the watcher,
and of each place that a hint names. A root that is not well changes no row.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from daemon import scan
from daemon.events import Events
from daemon.watcher import watch
from daemon.work import Work
from tracker.api import RootsChanged
from tracker.config import Watch
from tracker.errors import NotFound, ReadOnly
from tracker.files import volume
from tracker.model import RootId, RootState, Seconds, Stamp, TrackId
from tracker.store import files, roots
from tracker.store.database import Database
from tracker.text import clean

log = logging.getLogger(__name__)
BATCH = 500
"""Rows in one transaction; the root's health is checked before each."""
MANY_HINTS = 2_000
"""Of more, a look through the whole root is cheaper."""
BULK = 50
"""Of fewer new files than this, someone waits for each: they go first."""
URGENT = 5
AGAIN = 3
"""Times, between two looks through the whole root, that a file is queued again unchanged."""
ENOUGH = 5
"""Files of which one must be readable for a drive to be there."""
DEAD = 10.0  # s, after which a drive that does not answer counts as gone
CHECK = 15.0  # s, between two glances whether the root is still there
R = TypeVar("R")
T = TypeVar("T")


class Keeper:
    """One root: its watcher, its hints, its looks. A dead drive holds up only this one."""

    def __init__(
        self,
        root: RootId,
        path: bytes,
        database: Database,
        events: Events,
        work: Work,
        config: Watch,
    ) -> None:
        self.root, self.path = root, path
        self.database, self.events, self.work, self.config = database, events, work, config
        self.settling = scan.Settling(Seconds(config.settle))
        self.hinted: set[bytes] = {b""}
        self.owed: set[bytes] = set()
        """Files whose job was dropped because they were not as we know them."""
        self.paid: Counter[bytes] = Counter()
        """How often a job was queued again for one that is, after all; anew at each whole look."""
        self.confirmed = False
        self.stopped = False
        self.looks = 0
        """Complete ones, so that one can wait for the next."""
        self.looking: set[bytes] = set()
        """What the look under way looks at."""
        self.offline = False
        self.suspect: bytes | None = None
        """A file that could not be read: until others can, the drive counts as gone."""
        self.silent = False
        """The kernel does not tell us of changes there."""
        self.deaf = False
        """It would, but the watcher cannot begin."""
        self.due = 0.0
        self.identity: str | None = None
        self.watched: str | None = None
        self.watcher: asyncio.Task[None] | None = None
        self.wake = asyncio.Event()
        self.looked = asyncio.Condition()
        self.asking = asyncio.Lock()
        self.thread = ThreadPoolExecutor(1, thread_name_prefix=f"root-{root}")

    @property
    def restless(self) -> bool:
        """Whether something is still to be looked at; not so while it is offline."""
        return not self.offline and (
            bool(self.looking or self.hinted) or bool(self.settling.since) or self.looks == 0
        )

    def hint(self, places: Iterable[bytes] | None) -> None:
        """Look at these again; None is the whole root."""
        if places is None:
            self.hinted = {b""}
        elif b"" not in self.hinted:
            self.hinted.update(places)
            if len(self.hinted) > MANY_HINTS:
                self.hinted = {b""}
        self.wake.set()

    def owe(self, path: bytes) -> None:
        """Look at this file, and queue what it lacks if it is as we know it."""
        self.owed.add(path)
        self.hint([path])

    async def answers(self, path: bytes) -> bool:
        """Whether the drive is there, though this file could not be read from it."""
        self.suspect = path
        self.wake.set()
        with suppress(TimeoutError, NotFound, ReadOnly):
            async with asyncio.timeout(DEAD):
                well = await self._healthy()
                return well and not self.offline  # then it was away, and may be back since
        return False

    async def look_now(self, *, confirm: bool = False) -> None:
        """Look through the whole root and wait until that is done."""
        self.confirmed = self.confirmed or confirm
        target = self.looks + (2 if b"" in self.looking else 1)
        self.hint(None)
        async with self.looked:
            await self.looked.wait_for(lambda: self.looks >= target or self.stopped)

    async def run(self) -> None:
        """Look whenever there is reason to, until cancelled."""
        try:
            while not self.stopped:
                self.wake.clear()
                if self.hinted:
                    await self._look_once()
                elif not self.offline and not await self._healthy():
                    self.hint(None)
                self._watch()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self.wake.wait()
                if not self.wake.is_set():
                    self._time_passed()
        finally:
            self.watcher.cancel() if self.watcher else None
            self.thread.shutdown(wait=False, cancel_futures=True)
            async with self.looked:
                self.stopped = True
                self.looked.notify_all()

    def _watch(self) -> None:
        """A watcher for a root that is well; one that was begun on another volume is blind."""
        wanted = None if self.offline or self.silent else self.identity
        if wanted == self.watched:
            return
        if self.watcher:
            self.watcher.cancel()
            self.watcher = None
        if wanted:
            self.watcher = asyncio.create_task(watch(self.path, self.hint, self._hears))
        self.watched = wanted

    def _hears(self, well: bool) -> None:
        self.deaf = not well

    def _pause(self) -> float:
        if self.offline:
            return min(CHECK, self.config.every)
        if self.settling.since:
            return self.config.settle / 2
        return max(0.0, min(CHECK, self.due - time.monotonic()))

    def _time_passed(self) -> None:
        """Nothing woke us: look at what is settling, or through everything when that is due."""
        if self.offline or time.monotonic() >= self.due:
            self.hint(None)
        elif self.settling.since:
            self.hint(list(self.settling.since))

    async def _look_once(self) -> None:
        places, self.hinted = self.hinted, set()
        self.looking = places
        try:
            await self._look(places)
        except ReadOnly as trouble:
            log.warning("%s: %s", clean(self.path), trouble)
            self.hinted = {b""}  # again, when there may be room
            await asyncio.sleep(CHECK)
        except NotFound:
            self.stopped = True  # removed meanwhile
        finally:
            self.looking = set()
            async with self.looked:
                self.looks += b"" in places
                self.looked.notify_all()

    async def _look(self, places: set[bytes]) -> None:
        """One walk of these places, and what follows from it."""
        whole = b"" in places
        # A word given while we look is for the look that follows: this one may have doubted before.
        confirmed = self.confirmed
        if not await self._healthy():
            return
        mounted = await self._mounted()
        seen = await self._walk({b""} if whole else places)
        gone = await self._unmounted(mounted, believed=confirmed)
        seen.unreadable += gone
        known: dict[bytes, files.Known] = {}
        for place in {b""} if whole else places:
            known |= await self.database.read(files.known, self.root, place)
        found = scan.compare(seen, known)
        doubt = None if confirmed else await self._doubt(found, seen, known, whole=whole)
        if doubt is not None:
            found.vanished = []
        elif gone and whole:
            doubt = self._missed(gone)
        if whole:
            await self._tell(seen, doubt)
            self.confirmed = self.confirmed and not confirmed
        elif doubt is not None:
            self.hint(None)
        if not self.offline:
            owed = self._pay(seen, found, known, whole=whole)
            await self._apply(found, self._rested(found, places, whole=whole))
            if self.offline:
                self.owed |= owed

    def _pay(
        self,
        seen: scan.Seen,
        found: scan.Difference,
        known: Mapping[bytes, files.Known],
        *,
        whole: bool,
    ) -> set[bytes]:
        """Count files as returned that a job missed, though the root was only away for a moment.

        Not for ever: on some drives a file that is open never looks as it does in its folder.
        """
        if whole:
            self.paid.clear()
        owed = {path for path in self.owed & seen.files.keys() if self.paid[path] < AGAIN}
        self.owed -= owed
        self.paid.update(owed)
        back = owed & known.keys() - found.changed.keys()
        found.returned += {known[path].id for path in back}.difference(found.returned)
        return owed

    async def _mounted(self) -> set[bytes] | None:
        """Where below the root another drive is mounted now."""
        return await self._in_thread(volume.mounts, self.path)

    async def _unmounted(self, before: set[bytes] | None, *, believed: bool) -> list[bytes]:
        """Folders without the drive that lay there with files of ours: these are not gone.

        *before* are those mounted when the walk began; *believed* is the user's word that all is
        as it should be.
        """
        after = await self._mounted()
        if before is None or after is None:
            return []
        read = self.database.read
        known = await read(roots.mounts, self.root)
        gone = [] if believed else sorted(known - (before & after))
        gone = [path for path in gone if await read(files.present, self.root, path)]
        if known != after | set(gone):
            await self.database.write(roots.note_mounts, self.root, after | set(gone))
        return gone

    def _missed(self, gone: Sequence[bytes]) -> str:
        """What to say of drives that are not mounted."""
        more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
        return (
            f"the drive at {clean(os.path.join(self.path, gone[0]))}{more} is not mounted; its "
            "files stay as they are until it is, or you `tracker root scan --confirm`"
        )

    async def _walk(self, places: set[bytes]) -> scan.Seen:
        walk, ignore = scan.walk, self.config.ignore
        return await self._in_thread(
            partial(walk, self.path, places, ignore=ignore, stop=self._is_stopped)
        )

    def _is_stopped(self) -> bool:
        return self.stopped

    async def _healthy(self) -> bool:
        """Whether the root is there and the one we know; says so where it is not.

        Asked by jobs too, while a look is under way: one after another, as each notes what it finds.
        """
        async with self.asking:
            return await self._is_healthy()

    async def _is_healthy(self) -> bool:
        known = await self.database.read(roots.get_place, self.root)
        health = await self._in_thread(volume.look, self.path)
        self.identity = health.identity
        reason = health.reason
        if self.identity is not None and self.identity != known.identity:
            reason = await self._strange(known.identity)
        if reason is None and self.suspect is not None:
            reason = await self._mute(self.suspect)
        if reason is not None:
            self.identity = None
            await self._say(RootState.OFFLINE, reason)
        elif self.identity != known.identity and self.identity is not None:
            await self.database.write(roots.identify, self.root, self.identity)
        return self.identity is not None

    async def _mute(self, unread: bytes) -> str | None:
        """Why a folder from which a file could not be read is not there; None where it is."""
        sample = await self.database.read(files.sample, self.root, ENOUGH)
        names = sample.keys() - {unread}
        if not await self._in_thread(volume.reads, self.path, names):
            return f"{clean(self.path)} cannot be read any more; is the drive connected?"
        self.suspect = None
        return None

    async def _strange(self, before: str | None) -> str | None:
        """Why a folder of another identity is not the one we know; None where it is."""
        if before is None or self.confirmed:
            return None
        sample = await self.database.read(files.sample, self.root)
        if await self._in_thread(volume.holds, self.path, sample):
            return None
        return (
            f"another volume lies at {clean(self.path)}; mount the right one, "
            "or `tracker root scan --confirm` this one"
        )

    async def _in_thread(self, work: Callable[..., R], *args: object) -> R:
        """Where a dead drive holds up nobody else."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, work, *args)

    async def _doubt(
        self,
        found: scan.Difference,
        seen: scan.Seen,
        known: Mapping[bytes, files.Known],
        *,
        whole: bool,
    ) -> str | None:
        """Why what vanished is not believed to be gone; None where it is.

        Files of tracks that lie elsewhere now were moved, and count for nothing.
        """
        if not found.vanished:
            return None
        present = await self.database.read(files.present, self.root)
        if len(found.vanished) >= present and not found.changed and not found.returned:
            return (
                f"{clean(self.path)} is empty, where {present} files were: is the drive mounted? "
                "If they are gone for good, `tracker root scan --confirm` it"
            )
        alone = await self.database.read(files.without_another, found.vanished)
        if scan.suspicious(alone, present):
            return (
                f"{alone} of {present} files are not there any more; nothing is changed until "
                "they are back, or you `tracker root scan --confirm`"
            )
        return None

    async def _tell(self, seen: scan.Seen, doubt: str | None) -> None:
        """How the root is after a look through all of it."""
        tells = await self._in_thread(volume.tells, self.path)
        self.silent = not (tells and volume.watches_left(seen.folders))
        polled = self.silent or self.deaf
        self.due = time.monotonic() + (self.config.polling if polled else self.config.every)
        if doubt and not seen.files:
            await self._say(RootState.OFFLINE, doubt)
        else:
            await self._say(RootState.POLLING if polled else RootState.ONLINE, doubt)

    async def _say(self, state: RootState, reason: str | None) -> None:
        self.offline = state is RootState.OFFLINE
        if self.offline:
            self.settling.since.clear()
        if await self.database.write(roots.tell, self.root, state, reason):
            log.info("root %s is %s%s", clean(self.path), state, f": {reason}" if reason else "")
            self.events.publish(RootsChanged())
            self.work.wake()

    def _rested(
        self, found: scan.Difference, places: set[bytes], *, whole: bool
    ) -> dict[bytes, Stamp]:
        if not whole:
            self.settling.forget(path for path in places if path not in found.changed)
        return self.settling.look(
            found.changed, Seconds(time.monotonic()), time.time_ns(), whole=whole
        )

    async def _apply(self, found: scan.Difference, ready: Mapping[bytes, Stamp]) -> None:
        """Write it down, a batch at a time, as long as the root stays well."""
        priority = URGENT if len(ready) <= BULK else 0
        write = self.database.write
        for some in batches(list(ready.items())):
            if await self._healthy():
                self._announce(await write(files.found, self.root, dict(some), priority=priority))
        for returned in batches(found.returned):
            if await self._healthy():
                self._announce(await write(files.returned, returned))
        for vanished in batches(found.vanished):
            if await self._healthy():
                self._announce(await write(files.vanished, vanished))

    def _announce(self, changed: list[TrackId]) -> None:
        self.events.tracks(changed)
        self.events.publish(RootsChanged())
        self.work.wake()


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
