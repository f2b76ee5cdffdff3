"""Speak to the daemon as if it were here."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import msgspec

from tracker.api import Api
from tracker.errors import Behind, Garbled, TrackerError, Unavailable
from tracker.rpc import wire
from tracker.text import clean

METHODS = wire.methods(Api)
BACKLOG = 1024
"""Messages one call may leave unread."""


class Remote:
    """A path into the API; calling it calls the daemon."""

    def __init__(self, link: Link, path: str = "") -> None:
        self._link, self._path = link, path

    def __getattr__(self, name: str) -> Remote:
        return Remote(self._link, f"{self._path}.{name}" if self._path else name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        method = METHODS[self._path]
        send = self._link.stream if method.streams else self._link.call
        return send(method, method.pack(*args, **kwargs))


class Line:
    """One connection, and the answers that are still due."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.due: dict[int, asyncio.Queue[wire.Answer | TrackerError]] = {}
        self.receiver = asyncio.create_task(self.receive())

    async def receive(self) -> None:
        """Sort what arrives; it never waits for one listener while others are due."""
        reason: TrackerError = Unavailable(wire.GONE)
        try:
            while True:
                match await read(self.reader):
                    case wire.Failure(id=0) as failure:
                        raise failure.error
                    case wire.Hello():
                        raise Garbled("the daemon said hello twice; is it of this version?")
                    case message if box := self.due.get(message.id):
                        put(box, message, Behind("too much happened at once; read again"))
        except TrackerError as error:
            reason = error
        except (EOFError, OSError):
            pass
        finally:
            self.writer.transport.abort()
            for box in self.due.values():
                put(box, reason, reason)

    async def close(self) -> None:
        self.receiver.cancel()
        await asyncio.wait([self.receiver])
        self.writer.transport.abort()  # where the receiver was cancelled before its first step


async def read(stream: asyncio.StreamReader) -> wire.Answer:
    """The next message; EOFError where the stream ends, even within one."""
    size = wire.length(await stream.readexactly(wire.PREFIX), wire.MAX_ANSWER)
    return wire.answer(await stream.readexactly(size))


def put(
    box: asyncio.Queue[wire.Answer | TrackerError],
    message: wire.Answer | TrackerError,
    instead: TrackerError,
) -> None:
    """Add to the box; where it is full, trade everything in it for *instead*."""
    if box.full():
        while not box.empty():
            box.get_nowait()
        message = instead
    box.put_nowait(message)


async def dial(path: Path, program: str) -> Line:
    """A line on which both sides have said hello.

    Raises:
        Unavailable: nobody is there, or nobody answers.
        Incompatible: daemon and client have no protocol in common.
        Busy: too many clients are connected.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError as error:
        raise Unavailable(
            f"no daemon at {clean(str(path))}; start one with `tracker start`"
        ) from error
    try:
        async with asyncio.timeout(wire.PATIENCE):
            await greet(reader, writer, program)
    except TimeoutError as error:
        writer.transport.abort()
        raise Unavailable(
            f"the daemon at {clean(str(path))} does not answer; look at `tracker logs`"
        ) from error
    except (EOFError, OSError) as error:
        writer.transport.abort()
        raise Unavailable(wire.GONE) from error
    except BaseException:
        writer.transport.abort()
        raise
    return Line(reader, writer)


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, program: str) -> None:
    writer.write(wire.frame(wire.hello(program)))
    match await read(reader):
        case wire.Hello() as daemon:
            wire.agree(wire.hello(program), daemon)
        case wire.Failure() as failure:
            raise failure.error
        case _:
            raise Garbled("the daemon did not say hello; is it of this version?")


class Link:
    """The way to the daemon: a line, and another one after that was lost."""

    def __init__(self, path: Path, program: str) -> None:
        self.path, self.program = path, program
        self.line: Line | None = None
        self.dialling = asyncio.Lock()
        self.numbers = itertools.count(1)

    async def open(self) -> Line:
        async with self.dialling:
            if self.line is None or self.line.receiver.done():
                self.line = await dial(self.path, self.program)
            return self.line

    async def stream(self, method: wire.Method, params: msgspec.Raw) -> AsyncGenerator[Any, None]:
        line, number = await self.open(), next(self.numbers)
        call = wire.frame(wire.Call(number, method.name, params))
        box = line.due[number] = asyncio.Queue(BACKLOG)
        finished = False
        try:
            line.writer.write(call)
            await line.writer.drain()
            while True:
                match await box.get():
                    case wire.Item(value=value):
                        yield method.value(value)
                    case wire.Result(value=value):
                        finished = True
                        if not method.streams:
                            yield method.value(value)
                        return
                    case wire.Failure() as failure:
                        finished = True
                        raise failure.error
                    case TrackerError() as error:
                        raise error
        except ConnectionError as error:
            raise Unavailable(wire.GONE) from error
        finally:
            del line.due[number]
            if not finished and not line.writer.transport.is_closing():
                line.writer.write(wire.frame(wire.Cancel(number)))

    async def call(self, method: wire.Method, params: msgspec.Raw) -> Any:
        async with aclosing(self.stream(method, params)) as answers:
            async for answer in answers:
                return answer
        raise Garbled(f"{method.name} ended without an answer; is the daemon of this version?")

    async def close(self) -> None:
        if self.line:
            await self.line.close()


@asynccontextmanager
async def connect(path: Path, program: str = "tracker") -> AsyncGenerator[Api, None]:
    """The API of the daemon at *path*; should it go away, the next call looks for it again."""
    link = Link(path, program)
    await link.open()
    try:
        yield cast(Api, Remote(link))
    finally:
        await link.close()
