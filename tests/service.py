"""A small service that answers as the daemon does, for tests of what stands on the socket."""

import asyncio
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

from tracker.api import Reload
from tracker.errors import Invalid, NotFound, Refused
from tracker.model import (
    Analysis,
    File,
    FileState,
    Job,
    JobState,
    Kind,
    Page,
    Root,
    RootState,
    Running,
    Status,
    Tags,
    Track,
    TrackRow,
    Work,
)
from tracker.rpc import serve


def track(number=1, **known):
    place = {"path": f"/music/{number}.flac", "state": FileState.PRESENT}
    file = File(number, 1, size=1000, tags=Tags(), **place)
    return Track(number, added=1.7e9, **place | {"files": (file,)} | known)


def row(number=1, **known):
    """A line of the library, with what is known of it."""
    fields = dict.fromkeys(TrackRow.__struct_fields__) | {
        "id": number, "name": f"{number}.flac", "root": 1, "state": FileState.PRESENT,
        "measured": True, "differs": "",
    }  # fmt: skip
    return TrackRow(**fields | known)


class Tracks:
    def __init__(self, known=()):
        self.known = list(known)
        self.asked = []
        self.found, self.standings, self.suggestions, self.alike = {}, {}, {}, []

    async def find(self, query="", *, sort="", offset=0, limit=200):
        self.asked.append((query, sort, offset, limit))
        if sort == "colour":
            raise Invalid("there is no field 'colour' to sort by; known are title, bpm")
        found = [one for one in self.known if query.lower() in (one.title or "").lower()]
        return Page(found[offset : offset + limit], len(found))

    async def get(self, track):
        return await self.named(str(track).encode())

    async def named(self, name):
        self.asked.append(name)
        for one in self.known:
            if name in {str(one.id).encode(), one.path.encode(), one.path_raw}:
                return one
        raise NotFound("no track is called so; try `tracker search`")

    async def heard(self, track, features=()):
        return self.found.get(track, Analysis(measured={}))

    async def standing(self, track):
        return self.standings.get(track, {})

    async def suggested(self, track):
        return self.suggestions.get(track, [])

    async def similar(self, tracks, *, limit=20):
        self.asked.append((tracks, limit))
        return self.alike[:limit]


class Roots:
    def __init__(self):
        self.known = {}

    async def all(self):
        return list(self.known.values())

    async def add(self, path):
        if b"inside" in path:
            raise Refused("it lies in a root already; remove that first")
        root = Root(len(self.known) + 1, path.decode("utf-8", "replace"), RootState.ONLINE, 0)
        return self.known.setdefault(path, root)

    async def remove(self, path):
        return self.known.pop(path)

    async def scan(self, path, *, confirm=False):
        self.confirmed = confirm
        return self.known[path]


class Jobs:
    def __init__(self, known=()):
        self.known = list(known)
        self.paused = False

    async def page(self, states=(), *, offset=0, limit=200):
        found = [job for job in self.known if not states or job.state in states]
        return Page(found[offset : offset + limit], len(found))

    async def work(self):
        running = tuple(Running(job, 1.0) for job in self.known if job.state == JobState.RUNNING)
        queued = sum(job.state == JobState.QUEUED for job in self.known)
        return Work(queued=queued, running=running, paused=self.paused, workers=2, eta=3.0)

    async def retry(self, jobs=()):
        return sum(not jobs or job.id in jobs for job in self.known)

    async def cancel(self, jobs):
        return sum(job.id in jobs for job in self.known)

    async def pause(self):
        self.paused = True

    async def resume(self):
        self.paused = False


def job(number=1, state=JobState.QUEUED, **known):
    return Job(number, Kind.MEASURE, number, f"/music/{number}.flac", state, **known)


class Service:
    """Implements `tracker.api.Api` out of its head."""

    def __init__(self, tracks=(), jobs=()):
        self.tracks, self.roots, self.jobs = Tracks(tracks), Roots(), Jobs(jobs)
        self.rest = threading.Event()
        self.ended = asyncio.Event()

    async def status(self):
        known = len(self.tracks.known)
        work = await self.jobs.work()
        return Status(1, "0.1.0", 1, "ready", 12.5, known, known, 0, work, host="here")

    async def settled(self):
        while not self.rest.is_set():
            await asyncio.sleep(0.01)

    async def stop(self):
        self.ended.set()

    async def events(self):
        yield Reload()
        await asyncio.Event().wait()


async def live(path, service, tell):
    """Serve until told to stop."""
    async with serve(service, path):
        tell()
        await service.ended.wait()


@contextmanager
def daemon(path, service):
    """Serve from a thread of its own, as another process would."""
    up, loop = threading.Event(), asyncio.new_event_loop()
    work = live(path, service, up.set)
    thread = threading.Thread(target=lambda: loop.run_until_complete(work))
    thread.start()
    try:
        assert up.wait(20)
        yield
    finally:
        loop.call_soon_threadsafe(service.ended.set)
        thread.join(20)
        loop.close()


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), Service(), lambda: print("up", flush=True)))
