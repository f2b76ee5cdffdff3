"""Words to the service manager, where there is one: the sd_notify protocol."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress


def tell(*words: str) -> None:
    """Send "READY=1", "STATUS=...", "STOPPING=1"; without a service manager nothing happens."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect("\0" + place[1:] if place[0] == "@" else place)
        line.send("\n".join(words).encode())


async def watchdog() -> None:
    """Say from the event loop, twice in each period asked for, that it is not stuck."""
    period = os.environ.get("WATCHDOG_USEC", "")
    if not period.isdigit() or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return
    while True:
        tell("WATCHDOG=1")
        await asyncio.sleep(int(period) / 2e6)
