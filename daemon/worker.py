"""What runs in a worker process. Only here may the daemon touch foreign bytes."""

from __future__ import annotations

import dataclasses
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

import daemon
from daemon.tasks import TASKS, Task
from tracker import cage
from tracker.errors import Changed, TrackerError, Unreadable, sentence
from tracker.files import volume
from tracker.files.roots import away
from tracker.model import Analysis, Duration, Kind, Reading, Stamp
from tracker.rpc import wire

MAX_REPLY = 2**20
"""Bytes a worker may say at once."""
READING = 30  # CPU seconds, and one more for each
SLOWLY = 20 * cage.MIB  # of the file
MEMORY = "memory"
"""The code of a failure for want of memory; no error of ours, the pool makes a sentence of it."""

Versions = dict[str, dict[str, int]]
"""Kind -> feature -> version."""


def versions() -> Versions:
    """What this installation can do; the imports are late so that the daemon stays small."""
    from tracker import analysis
    from tracker.files import identity, tags

    reading = {"identity": identity.VERSION, "tags": tags.VERSION}
    return {"measure": analysis.versions(), "read": reading}


def main(
    pipe: socket.socket,
    limits: cage.Limits,
    tasks: Mapping[str, Task] = TASKS,
    versions: Callable[[], Versions] = versions,
) -> None:
    """Say what we can do, then do one job after another until the daemon closes the pipe."""
    hello = wire.Result(0, wire.packed(versions()))
    cage.enter(limits, readable=[os.fsencode(os.path.realpath(p)) for p in daemon.__path__])
    with suppress(EOFError, ConnectionError), pipe:
        pipe.sendall(wire.frame(hello))
        while True:
            call, descriptor = receive(pipe)
            pipe.sendall(wire.frame(answer(call, descriptor, limits, tasks)))


def receive(pipe: socket.socket) -> tuple[wire.Call, int]:
    """The next call, and the descriptor of its file, which comes with the first byte."""
    prefix, descriptors, _, _ = socket.recv_fds(pipe, wire.PREFIX, 1)
    prefix += _exactly(pipe, wire.PREFIX - len(prefix)) if prefix else b""
    size = wire.length(prefix, wire.MAX_CALL) if prefix else 0
    match wire.request(_exactly(pipe, size)) if size else None, descriptors:
        case wire.Call() as call, [descriptor]:
            return call, descriptor
    raise EOFError


def _exactly(pipe: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        piece = pipe.recv(size - len(found))
        if not piece:
            raise EOFError
        found += piece
    return found


def answer(
    call: wire.Call, descriptor: int, limits: cage.Limits, tasks: Mapping[str, Task]
) -> wire.Result | wire.Failure:
    """Do one job. What it found, or how it failed."""
    cage.per_job(allowed(call.method, os.fstat(descriptor).st_size, limits))
    try:
        value = wire.packed(_done(call, descriptor, tasks))
    except Exception as error:
        return _failure(call.id, error)
    finally:
        cage.between_jobs()
    if len(value) > MAX_REPLY - wire.ENVELOPE:
        return _failure(call.id, Unreadable("it says more of itself than we would keep"))
    return wire.Result(call.id, value)


def allowed(kind: str, size: int, limits: cage.Limits) -> cage.Limits:
    """What a job may use: to read a file takes little, and tags can be made to take for ever."""
    if kind != Kind.READ:
        return limits
    return dataclasses.replace(limits, cpu=min(limits.cpu, READING + size // SLOWLY))


def _done(call: wire.Call, descriptor: int, tasks: Mapping[str, Task]) -> Any:
    with open(descriptor, "rb") as file:
        name, params = msgspec.msgpack.decode(call.params, type=tuple[bytes, list[str]])
        before, found = stamp(descriptor), None
        try:
            found = tasks[call.method](file, name, params)
            return found
        finally:
            if stamp(descriptor) != before:  # then a failure means nothing either
                raise Changed("it changed while it was read; it is read again when it rests")
            if not _is_whole(found):  # nor where the drive went away: decoders call that damage
                volume.ask(descriptor)


def _is_whole(found: object) -> bool:
    """Whether something was found, and nothing to complain of."""
    match found:
        case Reading(complaint=None) | Analysis(duration=Duration(complaint=None)):
            return True
    return False


def stamp(descriptor: int) -> Stamp:
    return Stamp.of(os.fstat(descriptor))


def _failure(job: int, error: Exception) -> wire.Failure:
    if _wants_memory(error):
        return wire.Failure(job, MEMORY, "")
    if isinstance(error, OSError):
        error = away(error) or error
    code = error.code if isinstance(error, TrackerError) else TrackerError.code
    return wire.Failure(job, code, sentence(error)[:2_000])


def _wants_memory(error: BaseException | None) -> bool:
    """Whether it, or what it came of, is a want of memory."""
    for _ in range(20):
        if error is None or isinstance(error, MemoryError):
            break
        error = error.__cause__ or error.__context__
    return isinstance(error, MemoryError)
