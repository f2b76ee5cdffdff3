"""Serve an API on a Unix socket."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing, asynccontextmanager, suppress
from operator import attrgetter
from pathlib import Path
from typing import Any

from tracker.api import Api
from tracker.errors import Busy, Garbled, Incompatible, NotFound, TrackerError, Unusable, sentence
from tracker.lock import held
from tracker.rpc import wire
from tracker.text import clean

log = logging.getLogger(__name__)
METHODS = wire.methods(Api)
MAX_CLIENTS = 32
MAX_CALLS = 64
"""In flight, for one client."""
MAX_PATH = 107
"""Bytes of a socket's path; the kernel takes no more."""
UNREAD = 30.0
"""Seconds a client may leave an answer unread before it is dropped."""
GOODBYE = 1.0
"""Seconds a client that is turned away has to read why."""


class Connection:
    """One client: its calls run side by side, its answers share one socket."""

    def __init__(
        self, api: Api, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.api, self.reader, self.writer = api, reader, writer
        self.calls: dict[int, asyncio.Task[None]] = {}
        self.turn = asyncio.Lock()

    async def run(self) -> None:
        try:
            async with asyncio.timeout(wire.PATIENCE):
                await self.greet()
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await self.obey(await read(self.reader), tasks)
        except* (EOFError, OSError):  # it left, or was too slow
            pass
        except* (Garbled, Incompatible) as trouble:
            log.warning("a client is sent away: %s", trouble.exceptions[0])
        finally:
            self.writer.transport.abort()  # nobody waits for a client that does not read

    async def greet(self) -> None:
        try:
            match await read(self.reader):
                case wire.Hello() as client:
                    wire.agree(client, wire.hello("trackerd"))
                case _:
                    raise Incompatible(
                        "the client did not say hello; update it to speak with this daemon"
                    )
        except Incompatible as error:
            await self.send(wire.Failure(0, error.code, str(error)))
            raise
        await self.send(wire.hello("trackerd"))

    async def obey(self, message: wire.Request, tasks: asyncio.TaskGroup) -> None:
        match message:
            case wire.Call(id=number) if len(self.calls) >= MAX_CALLS:
                await self.send(wire.Failure(number, Busy.code, "too many calls at once; wait"))
            case wire.Call(id=number) as call if number not in self.calls:
                self.begin(call, tasks)
            case wire.Cancel(id=number):
                if number in self.calls:
                    self.calls[number].cancel()
            case _:
                raise Garbled("a second hello, or one number for two calls")

    def begin(self, call: wire.Call, tasks: asyncio.TaskGroup) -> None:
        task = self.calls[call.id] = tasks.create_task(self.answer(call))
        # Not in `answer`: a task that is cancelled before its first step never runs at all.
        task.add_done_callback(lambda _: self.calls.pop(call.id, None))

    async def answer(self, call: wire.Call) -> None:
        async with aclosing(self.replies(call)) as replies:
            async for reply in replies:
                await self.send(reply)

    async def replies(self, call: wire.Call) -> AsyncGenerator[wire.Answer, None]:
        """What the API says to the call; whatever goes wrong in it becomes a Failure."""
        try:
            if call.method not in METHODS:
                raise NotFound(
                    f"the daemon has no {clean(call.method[:80])!r}; is it older than you?"
                )
            method = METHODS[call.method]
            answer = attrgetter(call.method)(self.api)(**method.unpack(call.params))
            if method.streams:
                async with aclosing(answer) as items:
                    async for item in items:
                        yield wire.Item(call.id, wire.packed(item))
                answer = None
            else:
                answer = await answer
            yield wire.Result(call.id, wire.packed(answer))
        except TrackerError as error:
            yield wire.Failure(call.id, error.code, clean(str(error)))
        except Exception as error:
            log.exception("%s failed", call.method)
            yield wire.Failure(call.id, TrackerError.code, clean(sentence(error)))

    async def send(self, message: wire.Answer) -> None:
        """One frame at a time, so what a slow client leaves unread is never more than that.

        Its streams wait here meanwhile, and are told to `Reload` what they missed.
        """
        async with self.turn, asyncio.timeout(UNREAD):
            self.writer.write(wire.frame(message))
            await self.writer.drain()


async def read(stream: asyncio.StreamReader) -> wire.Request:
    """The next message, whenever it begins; EOFError where the stream ends, even within one."""
    begun = await stream.readexactly(1)
    async with asyncio.timeout(wire.PATIENCE):
        prefix = begun + await stream.readexactly(wire.PREFIX - 1)
        return wire.request(await stream.readexactly(wire.length(prefix, wire.MAX_CALL)))


class Door:
    """Lets clients in while there is room, and only our own."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.clients: set[asyncio.Task[None]] = set()
        self.refused: set[asyncio.Task[None]] = set()

    def welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not trusted(uid := peer(writer)):
            log.warning("a client of user %d is sent away", uid)
            writer.transport.abort()
        elif len(self.clients) < MAX_CLIENTS:
            keep(self.clients, Connection(self.api, reader, writer).run())
        elif len(self.refused) < MAX_CLIENTS:
            keep(self.refused, turn_away(reader, writer))
        else:
            writer.transport.abort()

    async def close(self) -> None:
        leaving = [*self.clients, *self.refused]
        for client in leaving:
            client.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)


def keep(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def turn_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say why, then take the client's hello: to hang up on it would lose our words."""
    words = f"{MAX_CLIENTS} clients are connected already; close one"
    writer.write(wire.frame(wire.Failure(0, Busy.code, words)))
    with suppress(OSError):  # the timeout is one, too
        async with asyncio.timeout(GOODBYE):
            await reader.read(2**16)
    writer.transport.abort()


def peer(writer: asyncio.StreamWriter) -> int:
    """The user at the other end."""
    theirs = writer.get_extra_info("socket")
    _, uid, _ = struct.unpack("3i", theirs.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)


def trusted(uid: int) -> bool:
    return uid in {0, os.getuid()}


@asynccontextmanager
async def serve(api: Api, path: Path) -> AsyncGenerator[None, None]:
    """Answer on a socket that only we can reach, until the block ends.

    Raises:
        AlreadyRunning: another daemon serves there.
        Unusable: its folder is open to others, or the path does not fit a socket.
    """
    door = Door(api)
    private(path.parent)
    with held(path):
        server = await asyncio.start_unix_server(door.welcome, sock=bound(path))
        try:
            yield
        finally:
            server.close()
            await door.close()  # before `wait_closed`, which waits for them since 3.12
            await server.wait_closed()
            await asyncio.to_thread(path.unlink, missing_ok=True)


def private(folder: Path) -> None:
    """Make the folder for us alone; refuse one that others can enter."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        seen = folder.stat()
    except OSError as error:
        raise Unusable(
            f"{clean(str(folder))} cannot be used for the socket: {clean(str(error.strerror))}; "
            "point XDG_RUNTIME_DIR to a folder of yours"
        ) from error
    if seen.st_uid != os.getuid() or seen.st_mode & 0o077:
        raise Unusable(f"{clean(str(folder))} is open to others; `chmod 700` it or name another")


def bound(path: Path) -> socket.socket:
    """A socket at *path*, 0600 from its first moment. Whoever calls this holds the lock."""
    if (size := len(os.fsencode(path))) > MAX_PATH:
        raise Unusable(
            f"the socket's path {clean(str(path))} has {size} bytes and the kernel takes "
            f"{MAX_PATH}; point XDG_RUNTIME_DIR to a shorter folder"
        )
    path.unlink(missing_ok=True)
    ours = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    umask = os.umask(0o177)
    try:
        ours.bind(str(path))
    except OSError as error:
        ours.close()
        raise Unusable(
            f"no socket can be made at {clean(str(path))}: {clean(str(error.strerror))}; "
            "point XDG_RUNTIME_DIR to a folder of yours"
        ) from error
    finally:
        os.umask(umask)
    return ours
