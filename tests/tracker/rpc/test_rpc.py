"""The socket is invisible: calls, errors, streams and cancellation cross it."""

import asyncio
import os
import random
import resource
import socket
import tempfile
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from stat import S_IMODE

import msgspec
import pytest
from waiting import until

from tracker.api import PROTOCOL, Reload, TracksChanged
from tracker.errors import (
    AlreadyRunning,
    Busy,
    Garbled,
    Incompatible,
    Invalid,
    NotFound,
    TrackerError,
    Unavailable,
    Unusable,
)
from tracker.model import Page
from tracker.rpc import client, connect, serve, server, wire
from tracker.rpc.server import MAX_CALLS, MAX_CLIENTS


class SlowTracks:
    begun = cancelled = 0

    async def page(self, query="", *, sort="", offset=0, limit=200):
        match query:
            case "missing":
                raise NotFound("no such thing")
            case "wordless":
                raise MemoryError
            case "odd":
                return {"rows": "many"}
            case "much":
                return bytes(wire.MAX_ANSWER)
            case "slow":
                self.begun += 1
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    self.cancelled += 1
                    raise
        return Page(rows=[], total=limit)


class Service:
    """Streams to one listener; where that is slow, everything it missed becomes a Reload."""

    def __init__(self):
        self.tracks = SlowTracks()
        self.news = asyncio.Queue(256)
        self.left = 0

    def publish(self, event):
        if self.news.full():
            while not self.news.empty():
                self.news.get_nowait()
            event = Reload()
        self.news.put_nowait(event)

    async def events(self):
        try:
            yield Reload()
            while True:
                yield await self.news.get()
        finally:
            self.left += 1


@asynccontextmanager
async def served(tmp_path):
    service = Service()
    async with serve(service, tmp_path / "sock"), connect(tmp_path / "sock") as api:
        yield service, api


@asynccontextmanager
async def opened(tmp_path, greeting=b""):
    """A raw connection that has said *greeting*, or a proper hello."""
    reader, writer = await asyncio.open_unix_connection(tmp_path / "sock")
    try:
        writer.write(greeting or wire.frame(wire.hello("test")))
        async with asyncio.timeout(20):
            if not greeting:
                assert isinstance(await client.read(reader), wire.Hello)
            yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def closed(reader):
    """Read until the daemon hangs up."""
    with suppress(ConnectionError):
        await reader.read()


def slow_call(number):
    return wire.frame(wire.Call(number, "tracks.page", wire.packed({"query": "slow"})))


@pytest.mark.parametrize(
    ("query", "kind", "text"),
    [
        ("missing", NotFound, "no such thing"),
        ("wordless", TrackerError, "MemoryError"),
        ("odd", Garbled, "not understood"),
        ("much", Busy, "ask for less"),
        ("half \ud800", Invalid, "cannot be asked"),
        ("x" * wire.MAX_CALL, Busy, "limit"),
    ],
)
async def test_an_error_keeps_its_class_and_message(tmp_path, query, kind, text):
    async with served(tmp_path) as (_, api):
        with pytest.raises(kind, match=text):
            await api.tracks.page(query)
        assert (await api.tracks.page(limit=7)).total == 7


async def test_a_wrong_argument_names_the_argument(tmp_path):
    async with served(tmp_path) as (_, api):
        with pytest.raises(Invalid, match=r"\$.limit"):
            await api.tracks.page(limit="many")


async def test_a_method_the_daemon_does_not_know_is_said(tmp_path):
    async with served(tmp_path), opened(tmp_path) as (reader, writer):
        writer.write(wire.frame(wire.Call(1, "tracks.__class__", wire.packed({}))))
        assert (await client.read(reader)).code == NotFound.code


async def test_giving_up_on_an_answer_stops_the_work(tmp_path):
    async with served(tmp_path) as (service, api):
        call = asyncio.create_task(api.tracks.page("slow"))
        await until(lambda: service.tracks.begun)
        call.cancel()
        await until(lambda: service.tracks.cancelled)
        assert (await api.tracks.page(limit=7)).total == 7


async def test_a_client_that_leaves_stops_its_work(tmp_path):
    async with served(tmp_path) as (service, _):
        async with opened(tmp_path) as (_, writer):
            writer.write(slow_call(1))
            await until(lambda: service.tracks.begun)
        await until(lambda: service.tracks.cancelled)


async def test_a_call_cancelled_in_the_same_packet_leaves_nothing_behind(tmp_path):
    async with served(tmp_path) as (service, _), opened(tmp_path) as (reader, writer):
        for number in range(1, MAX_CALLS + 2):
            writer.write(slow_call(number) + wire.frame(wire.Cancel(number)))
            await asyncio.sleep(0)
        writer.write(wire.frame(wire.Call(999, "tracks.page", wire.packed({}))))
        assert isinstance(await client.read(reader), wire.Result)
        assert service.tracks.begun == service.tracks.cancelled


async def test_a_client_that_asks_for_too_much_is_told_so(tmp_path):
    async with served(tmp_path), opened(tmp_path) as (reader, writer):
        writer.write(b"".join(map(slow_call, range(1, MAX_CALLS + 2))))
        reply = await client.read(reader)
        assert (reply.id, reply.code) == (MAX_CALLS + 1, Busy.code)


async def test_one_client_too_many_is_told_so_and_the_others_stay(tmp_path):
    async with served(tmp_path) as (_, api):
        others = [opened(tmp_path) for _ in range(MAX_CLIENTS - 1)]
        for other in others:
            await other.__aenter__()
        with pytest.raises(Busy, match="close one"):
            async with connect(tmp_path / "sock"):
                pass
        assert (await api.tracks.page(limit=7)).total == 7
        for other in others:
            await other.__aexit__(None, None, None)

        async def again():
            with suppress(Busy):
                async with connect(tmp_path / "sock") as newcomer:
                    return (await newcomer.tracks.page(limit=7)).total == 7

        await until(again)


async def test_a_slow_stream_is_told_to_reload_what_it_missed(tmp_path):
    async with served(tmp_path) as (service, _), opened(tmp_path) as (reader, writer):
        writer.write(wire.frame(wire.Call(1, "events", wire.packed({}))))
        reload = wire.Item(1, wire.packed(Reload()))
        assert await client.read(reader) == reload
        for _ in range(3_000):
            service.publish(TracksChanged(list(range(5_000))))
            await asyncio.sleep(0)
        for _ in range(1_000):
            if await client.read(reader) == reload:
                break
        else:
            raise AssertionError("the whole backlog was kept")


async def test_a_client_that_never_reads_is_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "UNREAD", 0.2)
    async with served(tmp_path) as (service, api), opened(tmp_path) as (_, writer):
        writer.write(wire.frame(wire.Call(1, "events", wire.packed({}))))

        async def dropped():
            service.publish(TracksChanged(list(range(5_000))))
            return service.left

        await until(dropped)
        assert (await api.tracks.page(limit=7)).total == 7


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\xff" * 8,
        b"\0\0\0\x02\xc1\xc1",
        b"\0\0\0\0",
        wire.frame(wire.Result(1, wire.packed(1))),
        wire.frame(wire.hello("twice")),
        (wire.MAX_CALL + 1).to_bytes(4, "big"),
    ],
)
async def test_a_client_that_sends_nonsense_is_sent_away_and_the_others_stay(tmp_path, nonsense):
    async with served(tmp_path) as (_, api), opened(tmp_path) as (reader, writer):
        writer.write(nonsense)
        await closed(reader)
        assert (await api.tracks.page(limit=7)).total == 7


@pytest.mark.parametrize("begun", [b"\0", wire.frame(wire.hello("slow"))[:-1]])
async def test_a_client_that_dawdles_over_its_hello_is_sent_away(tmp_path, begun, monkeypatch):
    monkeypatch.setattr(wire, "PATIENCE", 0.1)
    async with served(tmp_path), opened(tmp_path, begun) as (reader, _):
        await closed(reader)


async def test_a_client_that_dawdles_over_a_frame_is_sent_away(tmp_path, monkeypatch):
    monkeypatch.setattr(wire, "PATIENCE", 0.2)
    async with served(tmp_path), opened(tmp_path) as (reader, writer):
        writer.write(slow_call(1)[:-1])
        await closed(reader)


@pytest.mark.parametrize(
    ("hello", "words"),
    [
        (wire.Hello(PROTOCOL - 1, PROTOCOL - 1, "0.0.1", "tracker"), "update the client"),
        (wire.Hello(PROTOCOL + 1, PROTOCOL + 1, "9.9", "tracker"), "tracker stop"),
        (wire.Call(1, "status", wire.packed({})), "did not say hello"),
    ],
)
async def test_a_client_of_another_time_is_told_which_side_to_update(tmp_path, hello, words):
    async with served(tmp_path), opened(tmp_path, wire.frame(hello)) as (reader, _):
        failure = await client.read(reader)
        assert (failure.id, failure.code) == (0, Incompatible.code)
        assert words in failure.message
        await closed(reader)


async def test_a_client_of_a_later_time_that_still_speaks_ours_is_served(tmp_path):
    later = msgspec.structs.asdict(wire.Hello(PROTOCOL, PROTOCOL + 7, "9.9", "tracker"))
    body = msgspec.msgpack.encode(later | {"type": "hello", "wishes": ["tea"]})
    async with served(tmp_path), opened(tmp_path, len(body).to_bytes(4, "big") + body) as (r, w):
        assert isinstance(await client.read(r), wire.Hello)
        w.write(wire.frame(wire.Call(1, "tracks.page", wire.packed({"mood": "calm"}))))
        assert isinstance(await client.read(r), wire.Result)


@asynccontextmanager
async def strange(tmp_path, words):
    """A daemon that answers every hello with *words*."""
    left = asyncio.Event()

    async def answer(reader, writer):
        await reader.read(1)
        writer.write(words)
        with suppress(OSError):
            await reader.read()
        writer.transport.abort()
        left.set()

    async with await asyncio.start_unix_server(answer, tmp_path / "sock"):
        yield
        async with asyncio.timeout(20):
            await left.wait()
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (wire.frame(wire.Hello(PROTOCOL + 1, PROTOCOL + 1, "9.9", "trackerd")), Incompatible),
        (wire.frame(wire.Hello(0, 0, "0.0", "trackerd")), Incompatible),
        (wire.frame(wire.Failure(0, "of-tomorrow", "no")), TrackerError),
        (wire.frame(wire.Result(1, wire.packed(1))), Garbled),
        (b"\0\0\0\x02\xc1\xc1", Garbled),
        (b"\xff" * 8, Garbled),
    ],
)
async def test_a_daemon_of_another_time_is_not_talked_to(tmp_path, words, kind):
    async with strange(tmp_path, words):
        with pytest.raises(kind):
            async with connect(tmp_path / "sock"):
                pass


async def test_a_daemon_that_does_not_answer_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(wire, "PATIENCE", 0.1)
    async with strange(tmp_path, b""):
        with pytest.raises(Unavailable, match="does not answer"):
            async with connect(tmp_path / "sock"):
                pass


async def test_the_socket_is_ours_alone(tmp_path):
    path = tmp_path / "new" / "sock"
    async with serve(Service(), path):
        assert S_IMODE(path.stat().st_mode) == 0o600
        assert S_IMODE(path.parent.stat().st_mode) == 0o700
        with pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}"):
            async with serve(Service(), path):
                pass
        async with connect(path) as api:
            assert (await api.tracks.page(limit=7)).total == 7
    assert not path.exists()
    path.parent.chmod(0o755)
    with pytest.raises(Unusable, match="open to others"):
        async with serve(Service(), path):
            pass


async def test_a_socket_left_by_a_dead_daemon_is_replaced(tmp_path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "sock"))
    async with served(tmp_path) as (_, api):
        assert (await api.tracks.page(limit=7)).total == 7


async def test_a_path_that_fits_no_socket_says_what_to_do(tmp_path):
    path = tmp_path / ("long" * 30) / "sock"
    with pytest.raises(Unusable, match="XDG_RUNTIME_DIR"):
        async with serve(Service(), path):
            pass
    with pytest.raises(Unavailable):
        async with connect(path):
            pass


async def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Unusable, match="XDG_RUNTIME_DIR"):
        async with serve(Service(), tmp_path / "file" / "sock"):
            pass


def test_only_ourselves_and_root_are_trusted():
    assert server.trusted(os.getuid())
    assert server.trusted(0)
    assert not server.trusted(os.getuid() + 1)


def visit(path):
    """Call at *path* as nobody, in a process of our own; what it got is its exit code."""
    child = os.fork()
    if child == 0:
        code = 9
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            with socket.socket(socket.AF_UNIX) as ours:
                ours.settimeout(10)
                ours.connect(str(path))
                with suppress(OSError):
                    ours.sendall(wire.frame(wire.hello("stranger")))
                try:
                    code = 1 if ours.recv(1) else 0
                except ConnectionError:
                    code = 0
        finally:
            os._exit(code)
    return child


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
async def test_another_user_is_sent_away_even_where_the_socket_lets_him_in():
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # TMPDIR may be closed to others
        folder = Path(name) / "place"
        async with serve(Service(), folder / "sock"):
            Path(name).chmod(0o755)
            folder.chmod(0o755)
            (folder / "sock").chmod(0o666)
            child = visit(folder / "sock")
            _, status = await asyncio.to_thread(os.waitpid, child, 0)
        assert os.waitstatus_to_exitcode(status) == 0


async def test_a_daemon_that_goes_fails_its_callers_and_is_found_again(tmp_path):
    path, service = tmp_path / "sock", Service()
    async with serve(service, path):
        link = connect(path)
        api = await link.__aenter__()
        call = asyncio.create_task(api.tracks.page("slow"))
        await until(lambda: service.tracks.begun)
    try:
        for attempt in (call, api.tracks.page()):
            async with asyncio.timeout(5):
                with pytest.raises(Unavailable):
                    await attempt
        async with serve(service, path):
            assert (await api.tracks.page(limit=7)).total == 7
    finally:
        await link.__aexit__(None, None, None)


async def test_no_daemon_is_said_plainly(tmp_path):
    with pytest.raises(Unavailable, match="no daemon at"):
        async with connect(tmp_path / "nobody"):
            pass


async def badger(tmp_path, seed, visits):
    """Visit *visits* times and send rubbish, most of it after a proper hello."""
    chance = random.Random(seed)
    calls = [slow_call(1), wire.frame(wire.Cancel(1)), wire.frame(wire.hello("x"))]
    for _ in range(visits):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "sock")
        with suppress(OSError):
            if chance.random() < 0.8:
                writer.write(wire.frame(wire.hello("test")))
            data = bytearray(chance.choice(calls))
            for _ in range(chance.randrange(4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            writer.write(data)
            if chance.random() < 0.3:
                async with asyncio.timeout(0.01):
                    await reader.read(1)
        writer.transport.abort()
        await asyncio.sleep(0)


async def test_any_bytes_leave_the_daemon_standing(tmp_path):
    async with served(tmp_path) as (_, api):
        await badger(tmp_path, 1, 300)
        assert (await api.tracks.page(limit=7)).total == 7


@pytest.mark.fuzz
async def test_a_storm_of_bytes_leaves_the_daemon_standing_and_small(tmp_path):
    async with served(tmp_path) as (_, api):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for seed in range(10):
            await badger(tmp_path, seed, 1_000)
            assert (await api.tracks.page(limit=7)).total == 7
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB
