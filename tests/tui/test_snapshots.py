"""How it looks, where a picture says more than words: few of them, each for one reason.

`pytest --snapshot-update` keeps what is seen now.
"""

import asyncio

import pytest
from pleasant import pleasant, working
from shelf import Shelf
from waiting import until

from daemon.events import Events
from tracker.store.database import Database
from tui.app import TrackerApp


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    """A catalogue that stays open from one event loop to the next."""
    for name in ("STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", "/nowhere")
    monkeypatch.setattr("tui.session.MEMORY", 1)
    database = Database(tmp_path / "catalogue.db")
    asyncio.run(database.__aenter__())
    yield database
    asyncio.run(database.__aexit__())


@pytest.fixture
def pictured(catalogue, snap_compare):
    def compare(*seeds, size, keys=(), first="Arc Lamp", ready=()):
        for seed in seeds:
            asyncio.run(catalogue.write(seed))

        async def settle(pilot):
            await until(lambda: first in seen(pilot.app))
            await pilot.press(*keys)
            await until(lambda: all(text in seen(pilot.app) for text in ready))
            await pilot.pause(0.2)

        app = TrackerApp(Shelf(catalogue, Events()))
        return snap_compare(app, terminal_size=size, run_before=settle)

    return compare


def seen(app):
    lines = app.screen._compositor.render_strips()
    return "\n".join(line.text for line in lines)


def test_the_library_with_its_panel(pictured):
    assert pictured(
        pleasant, working, size=(120, 34), keys=["j"] * 9, ready=["123.97 BPM", "6:10 left"]
    )


def test_a_track_on_a_small_terminal(pictured):
    assert pictured(pleasant, size=(80, 24), keys=["j", "enter"], ready=["% of yours"])


def test_the_library_on_a_small_terminal(pictured):
    assert pictured(pleasant, working, size=(80, 24), keys=["j"], ready=["6:10 left"])


def test_the_library_without_colour(pictured, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    assert pictured(pleasant, size=(80, 24), keys=["j", "space"], ready=["1 selected"])


def test_what_went_wrong(pictured):
    assert pictured(
        pleasant, working, size=(100, 24), keys=["exclamation_mark"],
        ready=["it is not audio we can decode"],
    )  # fmt: skip


def test_the_first_visit(pictured):
    assert pictured(size=(80, 24), first="No folder is watched.")
