"""Jobs run side by side, one that goes wrong costs only itself, and the user can steer them."""

import asyncio
import os
import random
import time
from contextlib import asynccontextmanager

import apsw
import hostile_work
import pytest
from waiting import running, until

from daemon.events import Events
from daemon.pool import Pool
from daemon.reconcile import Reconcile
from daemon.services import Service
from daemon.work import Work
from tracker.cage import MIB, Limits
from tracker.config import Analysis, Config, Watch, Workers
from tracker.errors import Away, NotFound, ReadOnly, Refused
from tracker.files.roots import open_beneath
from tracker.model import FileState, JobState, Kind, RootState
from tracker.model.tempi import Tempi
from tracker.store.database import Database

WATCH = Watch(settle=0.1, every=60.0)
CONFIG = Config(workers=Workers(pause=0.05))


@asynccontextmanager
async def at_work(tmp_path, *names, watch=WATCH, **settings):
    """The service of a daemon whose workers do what the files' names say, in a root of files."""
    (tmp_path / "music").mkdir(exist_ok=True)
    for name in names:
        put(tmp_path, name)
    pool = Pool(
        2,
        **{
            "limits": Limits(256 * MIB, 5),
            "program": hostile_work.main,
            "preload": ("daemon.worker",),
        }
        | settings,
    )
    async with Database(tmp_path / "catalogue.db") as database, pool:
        events = Events()
        work = Work(database, events, pool, CONFIG)
        reconcile = Reconcile(database, events, work, watch)
        work.look_again, work.well = reconcile.look_again, reconcile.well
        service = Service(database, events, work, reconcile)
        async with running(reconcile.run()), running(work.run()):
            await service.roots.add(os.fsencode(tmp_path / "music"))
            yield service


def put(tmp_path, name, content=None):
    path = tmp_path / "music" / f"{name}.mp3"
    path.write_bytes((content or name).encode())
    return path


async def settled(service):
    async with asyncio.timeout(60):
        await service.settled()


async def troubles(service):
    page = await service.jobs.page((JobState.FAILED, JobState.QUARANTINED))
    return {job.path.rpartition("/")[2].removesuffix(".mp3"): job for job in page.rows}


async def titles(service, query=""):
    return [row.title for row in (await service.tracks.page(query)).rows]


async def test_a_file_that_ends_its_worker_is_quarantined_and_the_others_are_done(tmp_path):
    good = [f"good{number}" for number in range(8)]
    async with at_work(tmp_path, "kill", "segfault", "memory", *good) as service:
        await settled(service)

        found = await troubles(service)
        assert set(found) == {"kill", "segfault", "memory"}
        assert {job.state for job in found.values()} == {JobState.QUARANTINED}
        assert {job.attempts for job in found.values()} == {3}
        assert "SIGKILL" in found["kill"].error
        assert "256 MiB" in found["memory"].error
        rows = (await service.tracks.page()).rows
        assert sorted(row.title for row in rows if row.measured) == good
        assert {row.title for row in rows if row.complaint} == set(found)


async def test_a_file_that_uses_up_its_processor_time_is_quarantined_after_the_first(tmp_path):
    async with at_work(tmp_path, "busy", "good", limits=Limits(256 * MIB, 1)) as service:
        await settled(service)

        job = (await troubles(service))["busy"]
        assert (job.state, job.attempts) == (JobState.QUARANTINED, 1)
        assert "more processor time" in job.error
        assert sorted(await titles(service)) == ["busy", "good"]


async def test_what_the_task_refuses_is_quarantined_at_once_and_a_bug_of_ours_is_a_failure(
    tmp_path,
):
    async with at_work(tmp_path, "unreadable", "bug") as service:
        await settled(service)

        found = await troubles(service)
        assert (found["unreadable"].state, found["unreadable"].attempts) == (
            JobState.QUARANTINED,
            1,
        )
        assert "\x1b" not in found["unreadable"].error
        assert (found["bug"].state, found["bug"].attempts) == (JobState.FAILED, 1)


async def test_a_retried_job_runs_again_and_its_complaint_is_gone(tmp_path):
    async with at_work(tmp_path, "unreadable") as service:
        await settled(service)
        assert await service.jobs.retry() == 1
        await settled(service)

        job = (await troubles(service))["unreadable"]
        put(tmp_path, "unreadable", "better now").rename(tmp_path / "music" / "fine.mp3")
        await settled(service)

        assert job.attempts == 1
        assert await troubles(service) == {}
        assert [row.complaint for row in (await service.tracks.page("fine")).rows] == [None]
        with pytest.raises(NotFound):
            await service.jobs.retry((job.id,))


async def test_a_hanging_job_is_cancelled_and_its_worker_replaced(tmp_path):
    async with at_work(tmp_path, "hang", "a", "b") as service:

        async def hanging():
            now = (await service.jobs.work()).running
            hang = [one for one in now if one.job.path.endswith("/hang.mp3")]
            return [one for one in hang if one.job.kind is Kind.MEASURE]

        [one] = await until(hanging)
        assert await service.jobs.cancel((one.job.id,)) == 1
        await settled(service)

        found = await troubles(service)
        assert (found["hang"].state, "cancelled" in found["hang"].error) == (JobState.FAILED, True)
        assert sorted(await titles(service)) == ["a", "b", "hang"]
        assert (await service.jobs.work()).failed == 1


async def test_a_job_that_takes_too_long_is_ended(tmp_path):
    async with at_work(tmp_path, "hang", patience=0.3) as service:
        await settled(service)
        assert "took more than" in (await troubles(service))["hang"].error


async def test_while_paused_new_files_are_read_and_not_measured(tmp_path):
    async with at_work(tmp_path) as service:
        await settled(service)
        await service.jobs.pause()
        put(tmp_path, "a")
        await until(lambda: titles(service))
        work = await service.jobs.work()
        assert (work.queued, work.paused, work.eta) == (1, True, None)

        await service.jobs.resume()
        await settled(service)
        assert [row.measured for row in (await service.tracks.page()).rows] == [True]


async def test_a_file_that_grows_is_read_when_it_rests(tmp_path):
    async with at_work(tmp_path) as service:
        await settled(service)
        path = tmp_path / "music" / "growing.mp3"
        with path.open("wb") as file:
            for _ in range(20):
                file.write(b"x" * 100)
                file.flush()
                await asyncio.sleep(0.03)
        await settled(service)

        [row] = (await service.tracks.page()).rows
        assert row.duration == 2_000
        assert row.measured


async def test_a_file_that_changes_again_and_again_ends_as_its_last_version(tmp_path):
    async with at_work(tmp_path, "a") as service:
        for number in range(10):
            put(tmp_path, "a", "x" * (number + 1))
            await asyncio.sleep(0.02 * number)
        await settled(service)

        [row] = (await service.tracks.page()).rows
        assert row.duration == 10
        assert await troubles(service) == {}


async def test_a_full_disk_stops_the_work_and_it_goes_on_when_there_is_room(tmp_path, monkeypatch):
    monkeypatch.setattr("daemon.work.AGAIN", 0.05)
    async with at_work(tmp_path) as service:
        await settled(service)
        database = service.tracks.database
        real, full = database.write, True

        async def write(change, *args, **kwargs):
            if full and "functools.partial" in str(type(change)):
                raise ReadOnly("the catalogue cannot be written; make room on its disk")
            return await real(change, *args, **kwargs)

        monkeypatch.setattr(database, "write", write)
        put(tmp_path, "a")
        service._work.wake()

        async def stuck():
            return (await service.status()).state == "read-only"

        await until(stuck)
        assert "make room" in (await service.status()).complaint
        full = False
        await settled(service)
        assert (await service.status()).state == "ready"
        assert await titles(service) == ["a"]


async def test_a_removed_root_keeps_what_is_known_and_comes_back_with_it(tmp_path):
    async with at_work(tmp_path, "a", "b") as service:
        await settled(service)
        place = os.fsencode(tmp_path / "music")
        before = (await service.tracks.page()).rows

        removed = await service.roots.remove(place)
        assert (removed.state, removed.missing) == (RootState.REMOVED, 2)
        assert await service.roots.all() == []
        assert {row.state for row in (await service.tracks.page()).rows} == {FileState.MISSING}

        await service.roots.add(place)
        await settled(service)
        assert (await service.tracks.page()).rows == before


async def test_roots_do_not_lie_in_one_another(tmp_path):
    async with at_work(tmp_path) as service:
        (tmp_path / "music" / "deep").mkdir()
        (tmp_path / "music2").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "music")
        for place in (tmp_path / "music" / "deep", tmp_path):
            with pytest.raises(Refused, match="one in the other"):
                await service.roots.add(os.fsencode(place))
        await service.roots.add(os.fsencode(tmp_path / "music2"))
        await service.roots.add(os.fsencode(tmp_path / "link"))
        assert len(await service.roots.all()) == 2


async def test_a_folder_moved_in_with_all_its_files_is_found(tmp_path):
    async with at_work(tmp_path) as service:
        await settled(service)
        deep = tmp_path / "outside" / "a" / "b"
        deep.mkdir(parents=True)
        for number in range(50):
            (deep / f"{number}.mp3").write_bytes(b"%d" % number)
        (tmp_path / "outside").rename(tmp_path / "music" / "inside")

        async def all_there():
            return (await service.tracks.page()).total == 50

        await until(all_there)


async def test_a_storm_of_renames_leaves_no_missing_file_behind(tmp_path):
    chance = random.Random(5)
    async with at_work(tmp_path) as service:
        free = [tmp_path / "music" / f"free{number}.mp3" for number in range(6)]
        lies = [put(tmp_path, f"{number}") for number in range(6)]
        for _ in range(60):
            one, to = chance.randrange(6), free.pop(chance.randrange(6))
            free.append(lies[one])
            lies[one] = lies[one].rename(to)
            await asyncio.sleep(chance.choice((0, 0.01, 0.05, 0.1)))
        await settled(service)

        status = await service.status()
        assert (status.tracks, status.files, status.missing) == (6, 6, 0)


async def test_deep_folders_made_in_a_moment_are_found(tmp_path):
    async with at_work(tmp_path) as service:
        await settled(service)
        for number in range(60):
            deep = tmp_path / "music" / f"{number}" / "x" / "y"
            deep.mkdir(parents=True)
            (deep / "z.mp3").write_bytes(b"%d" % number)

        async def all_there():
            return (await service.tracks.page()).total == 60

        await until(all_there)


async def test_jobs_that_found_the_drive_away_for_a_moment_are_done_when_it_is_back(tmp_path):
    async with at_work(tmp_path) as service:
        await settled(service)
        await service.jobs.pause()
        for number in range(20):
            put(tmp_path, f"{number}")
        await until(lambda: titles(service))
        away = (tmp_path / "music").rename(tmp_path / "away")
        await service.jobs.resume()

        async def gone():
            return (await service.roots.all())[0].state is RootState.OFFLINE

        await until(gone)
        away.rename(tmp_path / "music")
        await service.roots.scan(os.fsencode(tmp_path / "music"))
        await settled(service)

        rows = (await service.tracks.page()).rows
        assert len(rows) == 20
        assert all(row.measured and row.state is FileState.PRESENT for row in rows)


def pulled(monkeypatch, *names):
    """The drive goes away for these files, for all where none is named; the answer brings it back."""
    gone, real = True, open_beneath

    def tried(root, path):
        if gone and (not names or path in names):
            raise Away("the drive cannot read it (Input/output error)")
        return real(root, path)

    def back():
        nonlocal gone
        gone = False

    monkeypatch.setattr("daemon.work.open_beneath", tried)
    monkeypatch.setattr("tracker.files.volume.open_beneath", tried)
    return back


async def test_jobs_of_a_pulled_drive_wait_for_it_though_its_folders_are_still_listed(
    tmp_path, monkeypatch
):
    async with at_work(tmp_path) as service:
        await service.jobs.pause()
        for number in range(8):
            put(tmp_path, f"{number}")
        await settled_but(service, 8)
        back = pulled(monkeypatch)
        await service.jobs.resume()

        async def offline():
            [root] = await service.roots.all()
            return root.state is RootState.OFFLINE and root.reason

        assert "cannot be read any more" in await until(offline)
        back()
        assert await troubles(service) == {}
        await service.roots.scan(os.fsencode(tmp_path / "music"))
        await settled(service)

        assert await troubles(service) == {}
        assert [row.measured for row in (await service.tracks.page()).rows] == [True] * 8


async def settled_but(service, queued):
    """Wait until all is read and so many wait to be measured."""

    async def there():
        return (await service.jobs.work()).queued == queued and await titles(service)

    await until(there)


async def test_a_file_that_alone_cannot_be_read_fails_and_its_root_stays(tmp_path, monkeypatch):
    async with at_work(tmp_path, "a", "b") as service:
        await settled(service)
        pulled(monkeypatch, b"bad.mp3")
        put(tmp_path, "bad")
        put(tmp_path, "good")
        await settled(service)

        job = (await troubles(service))["bad"]
        assert (job.state, "Input/output" in job.error) == (JobState.FAILED, True)
        assert [root.state for root in await service.roots.all()] == [RootState.ONLINE]
        assert await titles(service) == ["a", "b", "good"]


async def test_files_of_a_drive_mounted_below_the_root_are_not_missing_when_it_goes(
    tmp_path, monkeypatch
):
    mounted = {b"usb"}
    monkeypatch.setattr("daemon.keeper.volume.mounts", lambda path: set(mounted))
    usb = tmp_path / "music" / "usb"
    usb.mkdir(parents=True)
    async with at_work(tmp_path, "a", "usb/b", "usb/c") as service:
        await settled(service)
        place, away = os.fsencode(tmp_path / "music"), usb.rename(tmp_path / "away")
        usb.mkdir()
        mounted.clear()

        root = await service.roots.scan(place)
        assert (root.state, root.files, root.missing) == (RootState.ONLINE, 3, 0)
        assert "music/usb is not mounted" in root.reason

        usb.rmdir()
        away.rename(usb)
        mounted.add(b"usb")
        root = await service.roots.scan(place)
        assert (root.files, root.reason) == (3, None)

        (usb / "b.mp3").unlink()
        root = await service.roots.scan(place)
        assert (root.files, root.missing, root.reason) == (2, 1, None)

        usb.rename(away)
        mounted.clear()
        assert (await service.roots.scan(place)).reason
        root = await service.roots.scan(place, confirm=True)
        assert (root.files, root.missing, root.reason) == (1, 2, None)


async def test_a_scan_asked_for_while_one_file_is_looked_at_ends_with_the_next_look(tmp_path):
    async with at_work(tmp_path, "a", watch=Watch(settle=0.1, every=3_600.0)) as service:
        await settled(service)
        [keeper] = service._reconcile.keepers.values()
        walk, asked = keeper._walk, asyncio.Event()

        async def slow(places):
            if b"" not in places:
                await asked.wait()
            return await walk(places)

        keeper._walk = slow
        keeper.hint([b"a.mp3"])
        await until(lambda: keeper.looking)

        async with running(service.roots.scan(os.fsencode(tmp_path / "music"))) as scan:
            await until(lambda: b"" in keeper.hinted)
            asked.set()
            await until(scan.done)


async def test_a_word_given_while_a_look_doubts_counts_for_the_next(tmp_path):
    names = [f"{number}" for number in range(60)]
    async with at_work(tmp_path, *names, watch=Watch(settle=0.1, every=3_600.0)) as service:
        await settled(service)
        [keeper] = service._reconcile.keepers.values()
        for name in names[1:]:
            (tmp_path / "music" / f"{name}.mp3").unlink()
        tell, doubted, asked = keeper._tell, asyncio.Event(), asyncio.Event()

        async def slow(*report):
            doubted.set()
            await asked.wait()
            await tell(*report)

        keeper._tell = slow
        keeper.hint(None)
        await doubted.wait()
        async with running(service.roots.scan(os.fsencode(keeper.path), confirm=True)) as scan:
            await until(lambda: keeper.confirmed)
            asked.set()
            await until(scan.done)

        assert (await service.status()).missing == 59


async def test_a_catalogue_that_another_program_holds_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("daemon.work.AGAIN", 0.05)
    monkeypatch.setattr("daemon.keeper.CHECK", 0.05)
    monkeypatch.setattr("tracker.store.database.PATIENCE", 50)
    async with at_work(tmp_path, "a") as service:
        other = apsw.Connection(str(tmp_path / "catalogue.db"))
        other.set_busy_timeout(5_000)
        other.execute("BEGIN IMMEDIATE")
        put(tmp_path, "b")
        service._work.wake()

        async def held():
            return (await service.status()).state == "read-only"

        await until(held)
        assert "another program" in (await service.status()).complaint
        other.execute("ROLLBACK")
        other.close()
        await settled(service)
        assert await titles(service) == ["a", "b"]


async def test_only_jobs_that_went_wrong_are_retried_and_each_counts_once(tmp_path):
    async with at_work(tmp_path, "unreadable", "fine") as service:
        await settled(service)
        job = (await troubles(service))["unreadable"]

        assert await service.jobs.retry((job.id, job.id, 999)) == 1


async def test_a_root_that_is_gone_is_looked_for_seldom(tmp_path):
    async with at_work(tmp_path, "a", watch=Watch(settle=0.1, every=1.0)) as service:
        await settled(service)
        (tmp_path / "music").rename(tmp_path / "away")
        [keeper] = service._reconcile.keepers.values()
        await until(lambda: keeper.offline)
        before, began = keeper.looks, time.monotonic()
        await asyncio.sleep(2.5)

        assert keeper.looks - before <= time.monotonic() - began + 1
        (tmp_path / "away").rename(tmp_path / "music")
        await until(lambda: not keeper.offline)


async def test_another_range_of_tempi_measures_only_what_hangs_on_the_octave_again(tmp_path):
    versions = {"tempo": 2, "beats": 1, "key": 4, "duration": 1}
    other = Config(analysis=Analysis(tempo_range=Tempi(70, 180)))
    async with Database(tmp_path / "catalogue.db") as database, Pool(1) as pool:
        free, told = (Work(database, Events(), pool, config) for config in (CONFIG, other))

        assert free.wanted(versions) == versions
        assert told.wanted(versions) == versions | {"tempo": 70_180_002, "beats": 70_180_001}
