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


async def watch(
    root: bytes,
    hint: Callable[[Iterable[bytes] | None], None],
    hears: Callable[[bool], None] = lambda _: None,
) -> None:
    """Tell *hint* which files and folders to look at again; None is the whole root.

    A watcher ends at names that are not UTF-8, and when its root goes; it begins again, and
    after every such trouble the whole root is looked through. Where it cannot even begin, for
    there are no watches left or the root's own name is not UTF-8, *hears* is told so, and it
    tries ever more seldom.
    """
    pause = PAUSE
    while True:
        try:
            async for changes in awatch(
                os.fsdecode(root), step=STEP, watch_filter=None, recursive=True
            ):
                hears(True)
                hint(_places(root, (os.fsencode(path) for _, path in changes)))
                pause = PAUSE
            pause = PAUSE
        except (OSError, UnicodeEncodeError) as error:
            log.warning("%s cannot be watched: %s", clean(root), clean(sentence(error)))
            hears(False)
            pause = min(LONGEST_PAUSE, pause * 2)
        except Exception as error:
            log.info("watching %s begins again: %s", clean(root), clean(sentence(error)))
            pause = PAUSE
        await asyncio.sleep(pause)
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
