"""A catalogue with music in it, for tests of what stands on the API."""

import os
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256

from msgspec.structs import replace
from waiting import running

from daemon.events import Events
from daemon.pool import Pool
from daemon.reconcile import Reconcile
from daemon.services import Service
from daemon.work import Work as Steering
from tracker.config import Config, Watch
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
    Stream,
    Tags,
    Tempo,
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


class Shelf(Service):
    """The service on a catalogue; no worker runs, and the clock stands still."""

    host = "music-server"
    done = 412
    eta = 370.0

    def __init__(self, database, events):
        self.database, self.told = database, events
        self.steering = Steering(database, events, Pool(), Config())
        self.steering.reader = "test"
        self.keeping = Reconcile(database, events, self.steering, Watch(every=3600.0))
        super().__init__(database, events, self.steering, self.keeping)

    async def status(self):
        status = await super().status()
        claimed = await self.jobs.page((JobState.RUNNING,))
        jobs = tuple(Running(job, 12.0) for job in claimed.rows)
        queued = status.work.queued
        work = replace(status.work, running=jobs, done=self.done, eta=self.eta if queued else None)
        return replace(status, work=work, host=self.host, uptime=1.0)


@asynccontextmanager
async def shelf(tmp_path, *, watch=False):
    """The service on the catalogue in that folder; with *watch* its roots are looked after."""
    async with Database(tmp_path / "catalogue.db") as database, AsyncExitStack() as stack:
        service = Shelf(database, Events())
        if watch:
            await stack.enter_async_context(running(service.keeping.run()))
        yield service
