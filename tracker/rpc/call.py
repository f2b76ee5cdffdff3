"""Ask the daemon without an event loop: for the command line, which must start at once."""

from __future__ import annotations

import itertools
import os
import socket
import struct
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from tracker.api import Api
from tracker.errors import Garbled, Unavailable
from tracker.rpc import wire
from tracker.text import clean

DEADLINE = 60.0
"""Seconds an answer may take where nobody says otherwise."""
CHUNK = 2**16


@cache
def methods() -> dict[str, wire.Method]:
    return wire.methods(Api)


class Caller:
    """The daemon at *path*, one thread's own.

    Raises:
        Unavailable: nobody is there, or nobody answers.
        Incompatible: daemon and client have no protocol in common.
        Busy: too many clients are connected.
    """

    def __init__(
        self, path: Path, *, program: str = "tracker", patience: float = wire.PATIENCE
    ) -> None:
        self.path = path
        self._numbers = itertools.count(1)
        self._buffer = bytearray()
        self._due: dict[int, deque[wire.Answer]] = {}
        self._socket = _connected(path, patience)
        self.pid = _holder(self._socket)
        """The daemon's process; None where it cannot be seen from here."""
        try:
            self.daemon = self._greeted(program, patience)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Caller:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def call(
        self, name: str, /, *args: Any, deadline: float | None = DEADLINE, **kwargs: Any
    ) -> Any:
        """What the method of that name answers; None as *deadline* waits as long as it takes."""
        try:
            return self.answer(self.ask(name, *args, **kwargs), deadline)
        except TimeoutError as error:
            raise Unavailable(
                f"the daemon did not answer in {deadline:g} seconds; look at `tracker logs`"
            ) from error

    def ask(self, name: str, /, *args: Any, **kwargs: Any) -> tuple[wire.Method, int]:
        """Send a call whose `answer` is fetched later."""
        method, number = methods()[name], next(self._numbers)
        call = wire.frame(wire.Call(number, name, method.pack(*args, **kwargs)))
        self._due[number] = deque()
        self._send(call)
        return method, number

    def answer(self, asked: tuple[wire.Method, int], deadline: float | None = DEADLINE) -> Any:
        """The answer to what was asked. Raises TimeoutError, and may then be tried again."""
        method, number = asked
        match self._next(number, _end(deadline)):
            case wire.Result(value=value):
                del self._due[number]
                return method.value(value)
            case wire.Failure() as failure:
                del self._due[number]
                raise failure.error
        raise Garbled(f"{method.name} streamed an answer; is the daemon of this version?")

    def stream(self, name: str, /, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """What the method of that name streams, for as long as it does."""
        method, number = self.ask(name, *args, **kwargs)
        try:
            while True:
                match self._next(number, None):
                    case wire.Item(value=value):
                        yield method.value(value)
                    case wire.Failure() as failure:
                        raise failure.error
                    case _:
                        return
        finally:
            del self._due[number]
            self._give_up(number)

    def _give_up(self, number: int) -> None:
        with suppress(Unavailable):  # then nothing goes on there any more
            self._send(wire.frame(wire.Cancel(number)))

    def _next(self, number: int, end: float | None) -> wire.Answer:
        """The next message of a call; those of other calls wait for theirs."""
        mine = self._due[number]
        while not mine:
            match self._message(end):
                case wire.Failure(id=0) as failure:
                    raise failure.error
                case wire.Hello():
                    raise Garbled("the daemon said hello twice; is it of this version?")
                case message if (box := self._due.get(message.id)) is not None:
                    box.append(message)
        return mine.popleft()

    def _greeted(self, program: str, patience: float) -> wire.Hello:
        hello = wire.hello(program)
        # A daemon that turns us away may have hung up before it heard us; its reason is there.
        with suppress(OSError):
            self._socket.sendall(wire.frame(hello))
        try:
            match self._message(_end(patience)):
                case wire.Hello() as daemon:
                    wire.agree(hello, daemon)
                    return daemon
                case wire.Failure() as failure:
                    raise failure.error
        except TimeoutError as error:
            raise Unavailable(
                f"the daemon at {clean(str(self.path))} does not answer; look at `tracker logs`"
            ) from error
        raise Garbled("the daemon did not say hello; is it of this version?")

    def _message(self, end: float | None) -> wire.Answer:
        self._fill(wire.PREFIX, end)
        size = wire.PREFIX + wire.length(bytes(self._buffer[: wire.PREFIX]), wire.MAX_ANSWER)
        self._fill(size, end)
        body = bytes(memoryview(self._buffer)[wire.PREFIX : size])
        del self._buffer[:size]
        return wire.answer(body)

    def _fill(self, size: int, end: float | None) -> None:
        """Read until the buffer holds *size* bytes; what came before a timeout stays in it."""
        while len(self._buffer) < size:
            self._socket.settimeout(None if end is None else max(1e-3, end - time.monotonic()))
            try:
                data = self._socket.recv(CHUNK)
            except TimeoutError:
                raise
            except OSError as error:
                raise Unavailable(wire.GONE) from error
            if not data:
                raise Unavailable(wire.GONE)
            self._buffer += data

    def _send(self, data: bytes) -> None:
        self._socket.settimeout(DEADLINE)
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise Unavailable(wire.GONE) from error


def holder(path: Path) -> int:
    """The process that listens at *path*, whatever it speaks. Raises Unavailable."""
    with _connected(path, wire.PATIENCE) as ours:
        if pid := _holder(ours):
            return pid
    raise Unavailable(f"the daemon at {clean(str(path))} runs out of our sight, in a container")


def _connected(path: Path, patience: float) -> socket.socket:
    ours = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    ours.settimeout(patience)
    try:
        ours.connect(os.fspath(path))
    except OSError as error:
        ours.close()
        raise Unavailable(
            f"no daemon at {clean(str(path))}; start one with `tracker start`"
        ) from error
    return ours


def _holder(connected: socket.socket) -> int | None:
    pid, _, _ = struct.unpack("3i", connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return pid or None


def _end(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds
