"""Hints come while the kernel gives them; where it does not, that is known and tried again."""

import asyncio
import os
from itertools import pairwise

import pytest
from waiting import running, until

from daemon import watcher


async def test_a_watcher_that_cannot_begin_says_so_and_tries_ever_more_seldom(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(watcher, "PAUSE", 0.01)
    begun, heard, hinted = [], [], []

    def awatch(*_, **__):
        begun.append(asyncio.get_running_loop().time())
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr(watcher, "awatch", awatch)
    async with running(watcher.watch(os.fsencode(tmp_path), hinted.append, heard.append)):
        await until(lambda: len(begun) == 5)

    pauses = [after - before for before, after in pairwise(begun)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 4 * pauses[0]
    assert set(heard) == {False}
    assert set(hinted) == {None}


@pytest.mark.parametrize("name", [b"a.mp3", b"Bj\xf6rk.mp3"])
async def test_what_changes_is_hinted_whatever_its_name(tmp_path, name):
    heard, hinted = [], []

    def touch():
        with open(os.path.join(os.fsencode(tmp_path), name), "ab") as file:
            file.write(b"x")
        return hinted

    async with running(watcher.watch(os.fsencode(tmp_path), hinted.append, heard.append)):
        await until(touch)

    assert hinted[0] in ({name}, None)
    assert False not in heard
