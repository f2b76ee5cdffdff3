"""Hints that something changed. They may be missed or wrong: the truth is in `reconcile`."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable

from watchfiles import awatch

from tracker.errors import sentence
from tracker.text import clean

log = logging.getLogger(__name__)
PAUSE = 1.0  # s, before a watcher that failed begins again
LONGEST_PAUSE = 60.0
STEP = 500  # ms


async def watch(root: bytes, hint: Callable[[Iterable[bytes] | None], None]) -> None:
    """Tell *hint* which files and folders to look at again; None is the whole root.

    A watcher ends at names that are not UTF-8, and when its root goes; it begins again, and
    after every such trouble the whole root is looked through.
    """
    pause = PAUSE
    while True:
        try:
            async for changes in awatch(
                os.fsdecode(root), step=STEP, watch_filter=None, recursive=True
            ):
                hint(_places(root, (os.fsencode(path) for _, path in changes)))
                pause = PAUSE
        except Exception as error:
            log.info("watching %s begins again: %s", clean(root), clean(sentence(error)))
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 2) if not os.path.isdir(root) else PAUSE  # noqa: ASYNC240
        hint(None)


def _places(root: bytes, paths: Iterable[bytes]) -> set[bytes] | None:
    """What to look at again after something happened to *paths*, relative to the root."""
    inside = root.rstrip(b"/") + b"/"
    found = set()
    for path in paths:
        if not path.startswith(inside):
            return None  # the root itself
        found.add(path[len(inside) :])
    return found
