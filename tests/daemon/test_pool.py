"""Whatever a job does to its process, the pool says how it ended and goes on."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import hostile
import pytest
import sound
import soundfile
from waiting import until

import daemon
from daemon import template
from daemon.pool import Pool
from daemon.tasks import measure
from tracker.cage import MIB, Limits
from tracker.errors import Away, Broken, Changed, TrackerError, Unreadable, WorkerDied
from tracker.model import Analysis, JobId, Kind, Reading
from tracker.model.tempi import Tempi

LIMITS = Limits(memory=256 * MIB, cpu=1)
LIGHT = ("daemon.worker",)


def small(**settings):
    """A pool of workers that know only hostile tasks; they are there in a moment."""
    return Pool(**{"limits": LIMITS, "program": hostile.main, "preload": LIGHT} | settings)


@asynccontextmanager
async def one_worker(**settings):
    async with small(**settings) as pool, pool.worker() as worker:
        yield worker


@pytest.fixture
def file(tmp_path):
    (tmp_path / "file").write_bytes(b"sound")
    descriptor = os.open(tmp_path / "file", os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


async def run(worker, file, name, params=("duration",)):
    return await worker.run(JobId(1), Kind.MEASURE, file, name, params)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as status:
            return status.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


async def test_a_descriptor_is_handed_over_and_one_worker_does_many_jobs(file):
    async with one_worker() as worker:
        first = worker.pid

        for _ in range(3):
            os.lseek(file, 0, os.SEEK_SET)
            assert (await run(worker, file, b"good")).duration.seconds == 5

        assert worker.pid == first
        assert (worker.stage, worker.job, worker.started) == ("idle", None, None)


async def test_hello_tells_what_workers_can_do():
    async with small() as pool:
        assert pool.versions == {}
        assert await pool.hello() == pool.versions == hostile.VERSIONS


DEATHS = {
    b"segfault": "SIGSEGV",
    b"kill": "SIGKILL",
    b"exit": "exit status 3",
    b"busy": "more processor time",
    b"memory": "more than 256 MiB of memory",
    b"hidden memory": "more than 256 MiB of memory",
    b"giant": "nonsense",
    b"garbage": "nonsense",
    b"another job": "nonsense",
} | dict.fromkeys(hostile.NONSENSE, "nonsense")


async def test_a_worker_that_dies_or_lies_is_replaced_and_says_how_it_ended(file):
    async with one_worker() as worker:
        for name, words in DEATHS.items():
            before = worker.pid

            with pytest.raises(WorkerDied, match=words):
                await run(worker, file, name)

            assert not worker.fresh
            await until(lambda pid=before: not alive(pid))
            assert await run(worker, file, b"good")
            assert worker.pid != before


async def test_a_drive_that_is_pulled_is_said_and_costs_no_worker(file):
    async with one_worker() as worker:
        before = worker.pid
        with pytest.raises(Away, match="Input/output error"):
            await run(worker, file, b"pulled drive")
        assert worker.pid == before


async def test_a_crash_leaves_its_last_words(file):
    async with one_worker() as worker:
        with pytest.raises(WorkerDied):
            await run(worker, file, b"segfault")

        assert "Segmentation fault" in worker.log_tail
        assert "in act" in worker.log_tail


async def test_a_job_that_never_ends_is_ended(file):
    async with one_worker(patience=0.3) as worker:
        pid = worker.pid

        with pytest.raises(WorkerDied, match=r"more than 0\.3 s"):
            await run(worker, file, b"hang")

        await until(lambda: not alive(pid))


async def test_what_a_task_raises_is_raised_here_and_the_worker_lives(file):
    async with one_worker() as worker:
        pid = worker.pid

        with pytest.raises(Unreadable, match="it is damaged ␛"):
            await run(worker, file, b"unreadable")
        with pytest.raises(TrackerError, match="KeyError: 'surprise'") as raised:
            await run(worker, file, b"bug")
        with pytest.raises(Unreadable, match="more of itself"):
            await run(worker, file, b"too much")

        assert raised.type is TrackerError
        assert worker.pid == pid


async def test_a_worker_cannot_speak_of_our_disk(file):
    async with one_worker() as worker:
        with pytest.raises(TrackerError) as raised:
            await run(worker, file, b"slander")

        assert raised.type is TrackerError


async def test_what_is_printed_is_kept_clean_and_short(file):
    async with one_worker() as worker:
        with pytest.raises(Unreadable):
            await run(worker, file, b"chatter")

        assert worker.log_tail.endswith("warning ␛]0;title␇\nthe last word")
        assert len(worker.log_tail) <= 64 * 1024

        await run(worker, file, b"good")
        assert worker.log_tail is None


async def test_a_file_that_changes_meanwhile_is_read_again(file, tmp_path):
    async with one_worker() as worker:
        job = asyncio.create_task(run(worker, file, b"changed"))
        await until(lambda: worker.log_tail)
        (tmp_path / "file").write_bytes(b"other sound")

        with pytest.raises(Changed):
            await job


async def test_a_cancelled_job_is_over_at_once_and_the_pool_stays_sound(file):
    async with one_worker() as worker:
        pid = worker.pid
        job = asyncio.create_task(run(worker, file, b"hang"))
        await until(lambda: worker.stage == "measure")
        assert worker.started <= time.monotonic()

        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job

        await until(lambda: not alive(pid))
        assert await run(worker, file, b"good")


async def test_a_worker_makes_room_for_a_fresh_one_after_many_jobs(file):
    async with one_worker(recycle=2) as worker:
        pids = [(await run(worker, file, b"pid")).measured["duration"] for _ in range(5)]

        assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]


async def test_processor_time_counts_for_each_job_anew(file):
    async with one_worker() as worker:
        first = await run(worker, file, b"limits")
        again = await run(worker, file, b"limits")

        assert first.measured["duration"] in (1, 2)
        assert again.measured["duration"] in (1, 2)


async def test_jobs_run_side_by_side_and_a_crash_costs_only_its_own(file):
    async def one(pool, name):
        async with pool.worker() as worker:
            return await run(worker, file, name)

    names = [b"good", b"kill", b"good", b"segfault", b"good", b"exit"]
    async with small() as pool:
        found = await asyncio.gather(*(one(pool, name) for name in names), return_exceptions=True)

    assert [type(one) for one in found] == [Analysis, WorkerDied] * 3


async def test_nothing_is_left_when_the_pool_is_closed(file):
    descriptors = os.listdir("/proc/self/fd")
    async with small() as pool, pool.worker() as worker:
        pids = worker.pid, pool.template
        with pytest.raises(WorkerDied):
            await run(worker, file, b"kill")
        await run(worker, file, b"good")
        pids += (worker.pid,)

    await until(lambda: not any(map(alive, pids)))
    assert len(os.listdir("/proc/self/fd")) == len(descriptors)


async def test_a_template_that_was_killed_is_started_again(file):
    async with small() as pool:
        async with pool.worker() as worker:
            old = pool.template
            job = asyncio.create_task(run(worker, file, b"hang"))
            await until(lambda: worker.stage == "measure")

            os.kill(old, signal.SIGKILL)
            with pytest.raises(WorkerDied):
                await job

            assert await run(worker, file, b"good")
        assert pool.template != old


async def test_a_broken_installation_is_said_and_not_tried_again():
    async with small(preload=["hostile:refuses_to_load"]) as pool:
        with pytest.raises(Broken, match="libsound.*cannot open ␛.*reinstall") as first:
            await pool.hello()
        with pytest.raises(Broken) as second:
            async with pool.worker():
                pass

    assert first.value is second.value


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"preload": ["hostile:ends_while_loading"]}, "SIGILL while it loaded"),
        ({"program": hostile.dies_at_once}, "exit status 7.*no libsound"),
        ({"preload": ["no_such_module"]}, "no_such_module"),
    ],
)
async def test_workers_that_never_get_to_say_hello_are_given_up(settings, words, monkeypatch):
    monkeypatch.setattr("daemon.pool.PAUSE", 0)

    async with small(**settings) as pool:
        with pytest.raises(Broken, match=words):
            await pool.hello()


async def test_a_start_that_is_cancelled_leaves_nothing(monkeypatch):
    started = []
    launched = template.Template._launched
    monkeypatch.setattr(
        template.Template, "_launched", lambda self: started.append(launched(self)) or started[-1]
    )

    async with small(preload=["time:sleep"]) as pool:
        hello = asyncio.create_task(pool.hello())
        await until(lambda: started)
        hello.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hello

        assert started[0].poll() is not None


def test_workers_know_little_of_our_environment(monkeypatch):
    monkeypatch.setenv("TRACKER_ACOUSTID_KEY", "secret")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    known = template.environment()

    assert "secret" not in known.values()
    assert known["LC_ALL"] == "C.UTF-8"
    assert known["OMP_NUM_THREADS"] == "1"


DAEMON = """
import asyncio, os, sys
import hostile
from daemon.pool import Pool
from daemon.tasks import measure
from test_pool import LIGHT, LIMITS, run

async def main():
    async with Pool(limits=LIMITS, program=hostile.main, preload=LIGHT) as pool:
        async with pool.worker() as worker:
            print(pool.template, worker.pid, flush=True)
            await run(worker, os.open("/dev/null", os.O_RDONLY), sys.argv[1].encode())

asyncio.run(main())
"""


@pytest.mark.parametrize("doing", ["hang", "busy"])
async def test_no_process_outlives_a_daemon_that_was_killed(doing):
    places = [
        Path(daemon.__file__).parents[1],
        Path(hostile.__file__).parent,
        Path(__file__).parent,
    ]
    path = os.pathsep.join(map(str, places))
    with subprocess.Popen(
        [sys.executable, "-c", DAEMON, doing],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
    ) as ours:
        pids = list(map(int, (await asyncio.to_thread(ours.stdout.readline)).split()))
        assert all(map(alive, pids))

        ours.kill()

        await until(lambda: not any(map(alive, pids)))
    assert len(pids) == 2


async def test_a_stop_meant_for_the_daemon_is_not_the_worker_s(file):
    """A terminal or systemd tells every process; the daemon ends its own in order."""
    async with small() as pool, pool.worker() as worker:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(worker.pid, name)
            os.kill(pool.template, name)

        assert await run(worker, file, b"good")


async def test_the_real_thing_reads_and_measures_in_its_cage(tmp_path):
    soundfile.write(tmp_path / "song.flac", sound.drums(124, seconds=12), sound.RATE)
    file = os.open(tmp_path / "song.flac", os.O_RDONLY)
    try:
        async with Pool(1) as pool, pool.worker() as worker:
            reading = await worker.run(JobId(1), Kind.READ, file, b"song.flac")
            analysis = await worker.run(JobId(2), Kind.MEASURE, file, b"song.flac", ["duration"])
            everything = await worker.run(JobId(3), Kind.MEASURE, file, b"song.flac")
            slow = await worker.run(
                JobId(4), Kind.MEASURE, file, b"song.flac", measure.params(["tempo"], Tempi(50, 99))
            )

            assert isinstance(reading, Reading)
            assert reading.identity.rule == "flac"
            assert analysis.duration.seconds == 12
            assert everything.measured == pool.versions["measure"]
            assert slow.measured.keys() == {"tempo"}
            assert (everything.tempo.bpm, slow.tempo.bpm) == (124, 62)
            assert len(os.listdir(f"/proc/{pool.template}/task")) == 1
    finally:
        os.close(file)
