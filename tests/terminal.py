"""The app in a terminal of its own: a real process on a real pty."""

import asyncio
import fcntl
import os
import pty
import signal
import struct
import sys
import termios
from contextlib import asynccontextmanager

from waiting import until

START = "from tui.app import run; from tracker.config import Config; raise SystemExit(run(Config(), []))"


class Terminal:
    """What the process wrote, and a keyboard."""

    def __init__(self, master, process):
        self.master, self.process = master, process
        self.written = bytearray()
        asyncio.get_running_loop().add_reader(master, self._read)

    def _read(self):
        try:
            self.written += os.read(self.master, 65536)
        except OSError:  # the other end is closed
            asyncio.get_running_loop().remove_reader(self.master)

    def type(self, keys):
        os.write(self.master, keys)

    async def shows(self, text):
        await until(lambda: text in self.written)

    async def costs(self, keys):
        """The bytes that come for these keys, until it is quiet."""
        before = len(self.written)
        self.type(keys)
        await until(lambda: len(self.written) > before)
        seen = -1
        while seen != len(self.written):
            seen = len(self.written)
            await asyncio.sleep(0.15)
        return seen - before

    def resize(self, columns, rows):
        size(self.master, columns, rows)
        os.kill(self.process.pid, signal.SIGWINCH)


def size(descriptor, columns, rows):
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@asynccontextmanager
async def terminal(tmp_path, *, columns=120, rows=34, **environment):
    """Run the app, on the socket below *tmp_path*, until the block ends."""
    master, slave = pty.openpty()
    size(slave, columns, rows)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START, stdin=slave, stdout=slave, stderr=slave,
        start_new_session=True,
        env=os.environ | places(tmp_path) | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | environment,
    )  # fmt: skip
    os.close(slave)
    running = Terminal(master, process)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        asyncio.get_running_loop().remove_reader(master)
        os.close(master)


def places(tmp_path):
    """An XDG world of its own."""
    names = ("CONFIG", "DATA", "CACHE", "STATE", "RUNTIME")
    return {
        f"XDG_{name}_{'DIR' if name == 'RUNTIME' else 'HOME'}": str(tmp_path / name.lower())
        for name in names
    }
