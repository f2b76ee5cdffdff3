"""A catalogue with music in it, for tests of what stands on the API."""

import os
from contextlib import asynccontextmanager
from hashlib import sha256

from daemon.events import Events
from tracker.model import (
    Analysis,
    Duration,
    Energy,
    Identity,
    JobState,
    Key,
    Loudness,
    Reading,
    Running,
    Stamp,
    Status,
    Stream,
    Tags,
    Tempo,
    Work,
)
from tracker.store import files, jobs, roots, tracks
from tracker.store.database import Database

ALL = {"duration": 1, "tempo": 1, "key": 1, "loudness": 1, "energy": 1}


def measured(
    bpm=None, key=None, energy=None, *, sure=0.95, length=300.0, loudness=None, complaint=None
):
    """What measuring finds."""
    return Analysis(
        measured=ALL,
        duration=Duration(length, complaint),
        tempo=None if bpm is None else Tempo(bpm, sure, (bpm / 2,)),
        key=None if key is None else Key(key, sure, ("1A", "2B")),
        loudness=None if loudness is None else Loudness(loudness),
        energy=None if energy is None else Energy(energy, energy / 10),
    )


def put(db, root, path, tags=None, analysis=None, *, complaint=None, bitrate=None):
    """A file of a root, read, and measured where *analysis* says what was found."""
    stamp = Stamp(len(path) * 100_000, 1, 1)
    files.found(db, root, {path: stamp})
    number = db.execute("SELECT id FROM file WHERE (root, path) = (?, ?)", (root, path)).get
    essence = sha256(path).digest()
    form = os.fsdecode(path).rpartition(".")[2].encode("ascii", "replace").decode()
    reading = Reading(
        Identity(essence[:16], essence, essence[:16], "flac", 1000),
        tags or Tags(),
        Stream(form, duration=200.0, bitrate=bitrate, samplerate=44100, channels=2),
        complaint,
    )
    [track] = files.read(db, number, reading, "test")
    jobs.drop(db, [number])
    if analysis is not None:
        tracks.save_analysis(db, track, analysis)
    return track


def fill(db, count, root=b"/music"):
    """Many tracks at once, numbered; the rows alone."""
    number = roots.add(db, root).id
    db.executemany(
        "INSERT INTO track (id, added, shown, name, title, artist, title_order, artist_order,"
        " bpm, bpm_confidence, key, key_order, key_confidence, energy, energy_value, duration)"
        " VALUES (?, 0, '', '', ?, ?, ?, ?, ?, 0.9, ?, ?, 0.9, ?, ?, ?)",
        (
            (i, f"Title {i:06}", f"Artist {i % 997:03}", f"title {i:06}", f"artist {i % 997:03}",
             90 + i % 80 + i % 7 / 10, f"{i % 12 + 1}A", i % 12, i % 10 + 1, i % 10 / 10, 180 + i % 300)
            for i in range(1, count + 1)
        ),
    )  # fmt: skip
    db.executemany(
        "INSERT INTO file (id, root, path, track, size, mtime_ns, ctime_ns, added, tags)"
        " VALUES (?, ?, ?, ?, 1, 1, 1, 0, x'80')",
        ((i, number, b"%06d.flac" % i, i) for i in range(1, count + 1)),
    )
    db.execute("UPDATE track SET file = id, shown = name")


class Tracks:
    def __init__(self, database):
        self.database = database
        self.asked = 0

    async def page(self, query="", *, sort="", offset=0, limit=200):
        self.asked += 1
        return await self.database.read(tracks.page, query, sort=sort, offset=offset, limit=limit)

    async def get(self, track):
        return await self.database.read(tracks.get, track)

    async def place(self, track, query="", *, sort=""):
        return await self.database.read(tracks.place, track, query, sort=sort)


class Roots:
    def __init__(self, database, events):
        self.database, self.events = database, events

    async def all(self):
        return await self.database.read(roots.all)

    async def add(self, path):
        return await self.database.write(roots.add, path)

    async def remove(self, path):
        root = await self.database.read(roots.at, path)
        await self.database.write(roots.remove, root.id)
        return await self.database.read(roots.get, root.id)

    async def scan(self, path, *, confirm=False):
        return await self.database.read(roots.get, (await self.database.read(roots.at, path)).id)


class Jobs:
    def __init__(self, database):
        self.database, self.paused = database, False

    async def page(self, states=(), *, offset=0, limit=200):
        return await self.database.read(jobs.page, states, offset=offset, limit=limit)

    async def retry(self, chosen=()):
        return len(await self.database.write(jobs.retry, chosen))

    async def cancel(self, chosen):
        return len(await self.database.write(jobs.cancel, chosen))

    async def pause(self):
        self.paused = True

    async def resume(self):
        self.paused = False


class Service:
    def __init__(self, database):
        self.database, self.told = database, Events()
        self.tracks, self.jobs = Tracks(database), Jobs(database)
        self.roots = Roots(database, self.told)
        self.work = Work()

    async def status(self):
        count = await self.database.read(tracks.count)
        running = await self.database.read(jobs.page, [JobState.RUNNING], offset=0, limit=10)
        work = Work(
            queued=(
                await self.database.read(jobs.page, [JobState.QUEUED], offset=0, limit=1)
            ).total,
            failed=(
                await self.database.read(jobs.page, [JobState.FAILED], offset=0, limit=1)
            ).total,
            quarantined=(
                await self.database.read(jobs.page, [JobState.QUARANTINED], offset=0, limit=1)
            ).total,
            running=tuple(Running(job, 12.0) for job in running.rows),
            done=412,
            eta=370.0,
            paused=self.jobs.paused,
            workers=2,
        )
        return Status(1, "0.1", 1, "ready", 10.0, count, count, 0, work, "music-server")

    def events(self):
        return self.told.listen()


@asynccontextmanager
async def shelf(tmp_path):
    async with Database(tmp_path / "catalogue.db") as database:
        yield Service(database)
