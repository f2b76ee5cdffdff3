"""What runs in the template: one process that has the heavy modules loaded, and forks workers.

It speaks with the daemon in short JSON lists over a socket that keeps their borders:
in   the setup, then ["fork"] with a pipe and a log, ["kill", pid]
out  ["ready"] or ["broken", why], then ["born", pid], ["ended", pid, status]

`multiprocessing` has such a process too, but one for all, which passes over what it cannot import.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from tracker import cage
from tracker.errors import TrackerError, sentence

Program = Callable[[socket.socket, cage.Limits], None]


def main(descriptor: int) -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)  # meant for the daemon, which ends us in order
    with socket.socket(fileno=descriptor) as link:
        setup = json.loads(link.recv(1 << 16))
        cage.die_with_parent(setup["parent"])
        try:
            program = prepared(setup["preload"], setup["program"])
        except BaseException as error:  # SystemExit too: nothing else can say it
            why = sentence(error)
            step = "" if isinstance(error, TrackerError) else "; reinstall tracker"
            _tell(link, "broken", why[:1_000] + step)
            return
        _tell(link, "ready")
        with suppress(ConnectionError):
            Forker(link, program, cage.Limits(**setup["limits"])).serve()


def prepared(preload: list[str], program: str) -> Program:
    """Load everything, call what is to be called, and leave it to be shared by all workers."""
    for name in preload:
        if callable(found := _found(name)):
            found()
    run: Program = _found(program)
    gc.collect()
    gc.freeze()  # a collection in a worker would touch every object, and so copy it
    return run


def _found(name: str) -> Any:
    """A module, or what "module:name" means."""
    module, _, attribute = name.partition(":")
    found = importlib.import_module(module)
    return getattr(found, attribute) if attribute else found


class Forker:
    def __init__(self, link: socket.socket, program: Program, limits: cage.Limits) -> None:
        self.link, self.program, self.limits = link, program, limits
        self.children: set[int] = set()
        self.woken, self.wake = os.pipe()
        for end in (self.woken, self.wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake)

    def serve(self) -> None:
        """Until the daemon closes the link; our death is that of all workers."""
        poll = select.poll()
        poll.register(self.link, select.POLLIN)
        poll.register(self.woken, select.POLLIN)
        while True:
            ready = dict(poll.poll())
            if self.woken in ready:
                os.read(self.woken, 1 << 12)
                self.reap()
            if self.link.fileno() in ready and not self.obey():
                return

    def obey(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self.link, 1 << 12, 2)
        match json.loads(message) if message else None, descriptors:
            case ["fork"], [pipe, log]:
                self.fork(pipe, log)
            case ["kill", int(pid)], _ if pid in self.children:
                os.kill(pid, signal.SIGKILL)  # not waited for yet, so the number is still its own
            case None, _:
                return False
        return True

    def fork(self, pipe: int, log: int) -> None:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            pid = os.fork()
        except OSError as error:
            pid = -1
            print(error, file=sys.stderr)  # noqa: T201
        if pid == 0:
            self.live(parent, pipe, log)
        if pid > 0:
            self.children.add(pid)
        _tell(self.link, "born", pid)
        os.close(pipe)
        os.close(log)

    def live(self, parent: int, pipe: int, log: int) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(log, 1)
            os.dup2(log, 2)
            for descriptor in (log, self.woken, self.wake, self.link.fileno()):
                os.close(descriptor)
            cage.die_with_parent(parent)
            faulthandler.enable()
            faulthandler.register(signal.SIGXCPU, chain=True)
            self.program(socket.socket(fileno=pipe), self.limits)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            with suppress(Exception):
                sys.stdout.flush()
            os._exit(status)

    def reap(self) -> None:
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self.children.discard(pid)
            _tell(self.link, "ended", pid, os.waitstatus_to_exitcode(status))


def _tell(link: socket.socket, *words: object) -> None:
    link.send(json.dumps(words).encode())
