"""On a real pty: what goes out, and how much of it."""

import asyncio
import os
import re
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import pytest
from hostile_library import evil
from shelf import fill, measured, put, shelf
from terminal import places, terminal

from tracker.model import Tags
from tracker.rpc import serve
from tracker.store import roots

SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[PX^_\]].*?(?:\x1b\\|\x07)|.)", re.DOTALL)


@asynccontextmanager
async def served(tmp_path, seed):
    folder = os.path.join(places(tmp_path)["XDG_RUNTIME_DIR"], "tracker")
    os.makedirs(folder, mode=0o700)
    os.chmod(os.path.dirname(folder), 0o700)
    async with shelf(tmp_path) as service:
        await service.database.write(seed)
        async with serve(service, Path(folder) / "sock"):
            yield service


def kinds(written):
    """The escape sequences, numbers aside, and the control characters."""
    rest = SEQUENCE.sub(b"", written)
    sequences = {re.sub(rb"[0-9;]+", b"#", found[:12]) for found in SEQUENCE.findall(written)}
    controls = {c for c in rest.decode("utf-8", "replace") if c < " " or "\x7f" <= c < "\xa0"}
    return sequences, controls


async def visit(shown):
    """Every place where text from files is shown."""
    for keys in (b"j", b"j", b"\r", b"\x1b", b"5", b"!", b"j", b"\r", b"\x1b", b"6", b"1",
                 b"\x10", b"click", b"\x1b", b"/", b"click", b"\x1b", b"?", b"\x1b", b"G"):  # fmt: skip
        shown.type(keys)
        await asyncio.sleep(0.12)
    while shown.process.returncode is None:  # in a field or a dialog, on a slow machine
        for key in (b"\x1b", b"q"):
            shown.type(key)
            await asyncio.sleep(0.4)


async def test_no_byte_of_a_file_controls_the_terminal(tmp_path):
    def plain(db):
        root = roots.add(db, b"/music").id
        for number in range(12):
            name = b"click %d.mp3" % number
            put(db, root, name, Tags(title="Click", artists=("A",)), measured(124.0, "8A"))

    written = []
    for name, seed, first in (("a", plain, b"Click"), ("b", evil, b"click")):
        (tmp_path / name).mkdir()
        async with served(tmp_path / name, seed), terminal(tmp_path / name) as shown:
            await shown.shows(first)
            await visit(shown)
            assert shown.process.returncode == 0
            written.append(bytes(shown.written))

    harmless, hostile = map(kinds, written)
    assert not {kind for kind in hostile[0] if kind.startswith((b"\x1b]52", b"\x1bP"))}
    assert {k for k in hostile[0] if k[1:2] in b"]PX^_"} <= {
        k for k in harmless[0] if k[1:2] in b"]PX^_"
    }
    assert hostile[1] <= harmless[1]


async def test_a_cursor_key_costs_less_than_a_kilobyte(tmp_path):
    async with (
        served(tmp_path, lambda db: fill(db, 20_000)),
        terminal(tmp_path, columns=80, rows=24) as shown,
    ):
        await shown.shows(b"Title 000001")
        await shown.costs(b"j")

        assert median([await shown.costs(b"j") for _ in range(5)]) < 1000


@pytest.mark.parametrize(
    "environment",
    [{"TERM": "dumb", "COLORTERM": ""}, {"NO_COLOR": "1"}, {"LC_ALL": "C", "TERM": "linux"}],
    ids=str,
)
async def test_a_poor_terminal_is_no_reason_to_end(tmp_path, environment):
    async with (
        served(tmp_path, lambda db: fill(db, 100)),
        terminal(tmp_path, columns=80, rows=24, **environment) as shown,
    ):
        await shown.shows(b"Title 000001")
        for columns, rows in ((200, 50), (20, 5), (61, 16), (80, 24)):
            shown.resize(columns, rows)
            await shown.costs(b"j")
        shown.type(b"q")

        assert await shown.process.wait() == 0


async def test_without_colour_none_is_sent(tmp_path):
    async with (
        served(tmp_path, lambda db: fill(db, 100)),
        terminal(tmp_path, columns=80, rows=24, NO_COLOR="1") as shown,
    ):
        await shown.shows(b"Title 000001")

        colours = re.findall(rb"38;2;(\d+);(\d+);(\d+)", shown.written)
        assert all(red == green == blue for red, green, blue in colours)
