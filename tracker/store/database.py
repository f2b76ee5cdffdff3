"""The catalogue file: one thread writes, two read, nobody else opens it."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

import apsw

from tracker.errors import ReadOnly, Unusable
from tracker.store.whereabouts import Whereabouts
from tracker.text import clean

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)
APPLICATION = int.from_bytes(b"trkr", "big")  # in the file's header: this is a catalogue
PATIENCE = 5_000  # ms: another program may hold the file for a moment, to back it up
READERS = 2
CACHE = 16_000  # KiB of pages that a connection keeps
READERS_CACHE = 40_000  # KiB: all vectors of 100 000 tracks, which every look for alike ones reads
OLDEST_SQLITE = (3, 51, 3)  # before it, a WAL reset could damage the file
HELD = (apsw.BusyError, apsw.LockedError)
DAMAGED = (apsw.CorruptError, apsw.NotADBError)
GLANCE = 5.0  # s, between two looks whether the file is still there, where nothing is written
DISK = (apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError)


class Lane:
    """One connection and the one thread that uses it."""

    def __init__(self, name: str) -> None:
        self.thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self.connection: apsw.Connection | None = None
        self.before: Callable[[apsw.Connection], None] = lambda _: None
        """Called ahead of each transaction; what it raises prevents that."""

    async def open(self, connect: Callable[[Path], apsw.Connection], path: Path) -> None:
        loop = asyncio.get_running_loop()
        self.connection = await loop.run_in_executor(self.thread, connect, path)

    async def run(self, work: Callable[[apsw.Connection], T]) -> T:
        """Do *work* in one transaction: all of it or nothing.

        Raises:
            ReadOnly: the disk is full or broken, or another program keeps the catalogue for
                itself; nothing of it was done.
            Unusable: it is damaged.
        """

        def transaction() -> T:
            assert self.connection, "the database is open inside its `async with`"  # noqa: S101
            self.before(self.connection)
            try:
                with self.connection:
                    result = work(self.connection)
            except apsw.SQLError as error:
                # SQLite rolled back by itself, and to do it again is the error: why stands before.
                raise error.__context__ or error from None
            return result

        try:
            return await asyncio.get_running_loop().run_in_executor(self.thread, transaction)
        except HELD as error:
            raise ReadOnly(
                "another program holds the catalogue and lets nobody write to it; close that"
            ) from error
        except DISK as error:
            raise ReadOnly(
                f"the catalogue cannot be written ({clean(str(error))}); make room on its disk"
            ) from error
        except DAMAGED as error:
            raise Unusable(
                f"the catalogue is damaged ({clean(str(error))}); `tracker stop`, restore a backup"
            ) from error

    def close(self) -> None:
        self.thread.shutdown()
        if self.connection:
            self.connection.close()


class Database:
    """The catalogue, while its `async with` lasts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.whereabouts = Whereabouts(path)
        self.writing = Lane("catalogue-write")
        self.readers = [Lane(f"catalogue-read-{number}") for number in range(READERS)]
        self.resting: asyncio.Queue[Lane] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        try:
            await self.writing.open(open_for_writing, self.path)
            for lane in self.readers:
                await lane.open(open_for_reading, self.path)
                self.resting.put_nowait(lane)
        except BaseException:
            await self.__aexit__()
            raise
        self.whereabouts.note()
        self.writing.before = self.whereabouts.check
        return self

    async def __aexit__(self, *_: object) -> None:
        for lane in self.readers:
            if lane.connection:
                lane.connection.interrupt()
        for lane in (*self.readers, self.writing):  # the last to close tidies the WAL away
            await asyncio.to_thread(lane.close)

    async def read(
        self, query: Callable[Concatenate[apsw.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a query of `tracker.store` on one snapshot, beside whatever is being written."""
        lane = await self.resting.get()
        try:
            return await asyncio.shield(
                done := asyncio.ensure_future(lane.run(lambda db: query(db, *args, **kwargs)))
            )
        except asyncio.CancelledError:
            if lane.connection:
                lane.connection.interrupt()  # nobody waits for the answer
            await asyncio.wait([done])
            if not done.cancelled():
                done.exception()
            raise
        finally:
            self.resting.put_nowait(lane)

    async def write(
        self,
        change: Callable[Concatenate[apsw.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a change in a transaction of its own; once begun it is finished.

        Raises:
            ReadOnly: the disk is full or broken; nothing of it was done.
            Unusable: the file is gone from its place; nothing of it was done.
        """
        return await self.writing.run(lambda db: change(db, *args, **kwargs))

    async def watch(self) -> None:
        """Look after the file while nobody writes. Raises Unusable when it is gone."""
        while True:
            with suppress(ReadOnly):  # another program holds it: said when something is written
                await self.write(lambda _: None)
            await asyncio.sleep(GLANCE)


def open_for_writing(path: Path) -> apsw.Connection:
    """The catalogue at *path*, new or brought up to date; what is not ours stays untouched."""
    if tuple(map(int, apsw.sqlite_lib_version().split("."))) < OLDEST_SQLITE:
        raise Unusable(
            f"SQLite {apsw.sqlite_lib_version()} can damage a catalogue; `pip install -U apsw`"
        )
    try:
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(PATIENCE)
        connection.transaction_mode = "IMMEDIATE"
        try:
            check(connection, path)
            connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "full")  # what was acknowledged survives a power cut
            harden(connection)
            migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    except (*DAMAGED, *HELD, *DISK) as error:
        raise Unusable(
            f"{clean(os.fsencode(path))} cannot be opened as a catalogue "
            f"({clean(str(error))}); name another place, or restore a backup"
        ) from error
    return connection


def open_for_reading(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(PATIENCE)
    harden(connection)
    connection.pragma("query_only", True)
    connection.pragma("cache_size", -READERS_CACHE)
    extend(connection)
    return connection


def extend(connection: apsw.Connection) -> None:
    """Teach it to compare vectors, where sqlite-vec is: without it all else works.

    The package is only looked up: to import it would import numpy.
    """
    if (found := find_spec("sqlite_vec")) is None or found.origin is None:
        return
    connection.enable_load_extension(True)
    try:
        connection.load_extension(str(Path(found.origin).with_name("vec0")))
    except apsw.ExtensionLoadingError as error:
        log.warning("sqlite-vec cannot be loaded: %s", clean(str(error)))
    finally:
        connection.enable_load_extension(False)


def harden(connection: apsw.Connection) -> None:
    """Believe nothing that a damaged or doctored file claims."""
    connection.pragma("foreign_keys", True)
    connection.pragma("trusted_schema", False)
    connection.pragma("cell_size_check", True)
    connection.pragma("temp_store", "memory")
    connection.pragma("cache_size", -CACHE)


def check(connection: apsw.Connection, path: Path) -> None:
    """Refuse the file of another program, and that of a newer tracker."""
    application, version = connection.pragma("application_id"), connection.pragma("user_version")
    empty = not connection.execute("SELECT count(*) FROM sqlite_schema").get
    name = clean(os.fsencode(path))
    if application != APPLICATION and not (empty and application == 0):
        raise Unusable(f"{name} belongs to another program; name another place")
    if version > len(migrations()):
        raise Unusable(
            f"{name} was written by a newer tracker (format {version}, "
            f"this one knows {len(migrations())}); update tracker"
        )


def migrate(connection: apsw.Connection, path: Path) -> None:
    """Apply the migrations this file has not seen, in order, each in its transaction.

    A catalogue that holds something is copied beside itself first.
    """
    done = connection.pragma("user_version")
    if 0 < done < len(migrations()):
        keep(connection, path.with_name(f"{path.name}.before-{len(migrations())}"))
    for number, script in enumerate(migrations()[done:], done + 1):
        with connection:
            for _ in connection.execute(script):
                pass
            connection.pragma("application_id", APPLICATION)
            connection.pragma("user_version", number)


def keep(connection: apsw.Connection, place: Path) -> None:
    """A complete copy at *place*, or none."""
    unfinished = place.with_name(f"{place.name}.part")
    unfinished.unlink(missing_ok=True)
    connection.execute("VACUUM INTO ?", (str(unfinished),)).fetchall()
    unfinished.replace(place)


def migrations() -> list[str]:
    """The numbered scripts, the first first; other files beside them are none."""
    folder = files("tracker.store").joinpath("migrations")
    scripts = {s.name: s for s in folder.iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", s.name)}
    if [int(name[:4]) for name in sorted(scripts)] != list(range(1, len(scripts) + 1)):
        raise Unusable("the migrations have a gap or a twin; install tracker again")
    return [scripts[name].read_text("utf-8") for name in sorted(scripts)]
