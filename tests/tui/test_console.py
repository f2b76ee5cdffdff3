"""What is printed fits, and harms no terminal."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.console import Console, Table, cells, clock, escaped, fitted


@given(st.text())
def test_json_means_the_same_whatever_is_spelled_out(text):
    given = json.dumps(text, ensure_ascii=False)

    for utf8 in (True, False):
        spelled = escaped(given, utf8=utf8)
        assert spelled.isprintable()
        assert json.loads(spelled) == text
    assert spelled.isascii()


@given(st.text(), st.integers(1, 40), st.booleans())
def test_a_cell_has_exactly_its_width(text, width, right):
    assert cells(fitted(text, width, right=right)) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 4, "abc…"),
        ("北京市", 5, "北京…"),
        ("e\u0301x", 3, "e\u0301x "),
    ],
)
def test_what_does_not_fit_is_cut_visibly(text, width, shown):
    assert fitted(text, width) == shown


def test_a_terminal_gets_lines_that_fit(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    table = Table(Console(colour=False), ["id", "title", "path"], right="id", elastic="path title")

    table.add([(1, "t" * 30, "p" * 60), (2, None, "q")])

    lines = capsys.readouterr().out.splitlines()
    assert max(map(cells, lines)) <= 40
    assert all("…" in lines[1].split()[column] for column in (1, 2))


def test_a_pipe_gets_all_of_it(capsys):
    table = Table(Console(), ["title"], elastic="title")

    table.add([("t" * 300,)])
    table.add([("longer" * 100,)])

    assert capsys.readouterr().out.split() == ["title", "t" * 300, "longer" * 100]


@pytest.mark.parametrize(
    ("variable", "value", "coloured"),
    [("TERM", "xterm", True), ("TERM", "dumb", False), ("NO_COLOR", "", False)],
)
def test_colour_is_for_terminals_that_want_it(monkeypatch, variable, value, coloured):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)

    assert ("\x1b" in Console().paint("x", "red")) is coloured
    assert Console(colour=False).paint("x", "red") == "x"


def test_no_colour_goes_into_a_pipe():
    assert Console().paint("x", "red") == "x"


def test_progress_is_for_those_who_watch(monkeypatch, capsys):
    Console().progress(0.5, "half")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    for quiet in (Console(json=True), Console(quiet=True)):
        quiet.progress(0.5, "half")
    assert capsys.readouterr().err == ""

    watched = Console()
    watched.progress(0.5, "half \x1b[2J")
    watched.write("done")

    said = capsys.readouterr()
    assert "[##########----------] half" in said.err
    assert "\x1b[2J" not in said.err
    assert said.err.endswith("\r\x1b[K")
    assert said.out == "done\n"


def test_a_clock_reads_as_one():
    assert [clock(s) for s in (0, 59.6, 61, 3661)] == ["0:00", "1:00", "1:01", "1:01:01"]
