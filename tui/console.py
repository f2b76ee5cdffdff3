"""What the command line prints. Nothing foreign gets by here with its escapes."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TextIO

import msgspec

from tracker.text import clean

_ODD = re.compile(r"[^ -~]")
_PAINT = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_BAR = 20
"""Cells of a progress bar."""


class Console:
    """Standard output and error, as the options want them."""

    def __init__(self, *, json: bool = False, quiet: bool = False, colour: bool = True) -> None:
        self.json, self.quiet = json, quiet
        self.live = sys.stderr.isatty() and not (json or quiet)
        """Whether somebody watches, so that progress may be shown."""
        self._colour = colour and "NO_COLOR" not in os.environ and _shows_colour(sys.stdout)
        self._utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
        self._drawn = False

    def record(self, value: Any) -> None:
        """One JSON document on one line."""
        self.write(escaped(msgspec.json.encode(value).decode(), utf8=self._utf8))

    def say(self, text: str) -> None:
        """What is good to know, for people."""
        if not (self.json or self.quiet):
            self.write(clean(text))

    def write(self, line: str) -> None:
        self.wipe()
        sys.stdout.write(line + "\n")

    def paint(self, text: str, style: str) -> str:
        return f"\x1b[{_PAINT[style]}m{text}\x1b[0m" if self._colour else text

    def complain(self, text: str) -> None:
        """What went wrong: said whatever the options, where it does not mix with the answer."""
        self.wipe()
        sys.stdout.flush()
        sys.stderr.write(f"tracker: {clean(text)}\n")

    def progress(self, share: float | None, text: str) -> None:
        """Draw over the last progress; only where somebody watches."""
        if self.live:
            bar = "" if share is None else f"[{'#' * round(share * _BAR):-<{_BAR}}] "
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write("\r\x1b[K" + fitted(bar + clean(text), width).rstrip())
            sys.stderr.flush()
            self._drawn = True

    def wipe(self) -> None:
        """Take the progress away."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = False


class Table:
    """Rows under a head; the widths follow from the rows that come first.

    A terminal gets lines that fit: the columns named in *elastic* give way, one after the other.
    """

    GAP = "  "
    LEAST = 8

    def __init__(
        self, console: Console, columns: Sequence[str], *, right: str = "", elastic: str = ""
    ) -> None:
        self.console, self.columns = console, columns
        self.right, self.elastic = set(right.split()), elastic.split()
        self.widths: list[int] = []

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        cleaned = [["" if cell is None else clean(str(cell)) for cell in row] for row in rows]
        if not self.widths:
            self.widths = self._measured(cleaned)
            if not self.console.quiet:
                head = self._line([column.replace("_", " ") for column in self.columns])
                self.console.write(self.console.paint(head, "bold"))
        for row in cleaned:
            self.console.write(self._line(row))

    def _measured(self, rows: list[list[str]]) -> list[int]:
        widths = [max(map(cells, column)) for column in zip(self.columns, *rows, strict=True)]
        if not sys.stdout.isatty():
            return widths
        room = shutil.get_terminal_size().columns - len(self.GAP) * (len(widths) - 1)
        for name in self.elastic:
            if name in self.columns and (over := sum(widths) - room) > 0:
                place = self.columns.index(name)
                widths[place] = max(min(self.LEAST, widths[place]), widths[place] - over)
        return widths

    def _line(self, row: Sequence[str]) -> str:
        tty = sys.stdout.isatty()
        parts = [
            fitted(cell, width if tty else max(width, cells(cell)), right=name in self.right)
            for cell, width, name in zip(row, self.widths, self.columns, strict=True)
        ]
        return self.GAP.join(parts).rstrip()


def escaped(json: str, *, utf8: bool = True) -> str:
    """JSON in which every character that is not plainly visible is spelled out; it means the same."""
    return _ODD.sub(lambda odd: _spelled(odd[0], utf8), json)


@lru_cache(4096)
def _spelled(character: str, utf8: bool) -> str:
    if utf8 and character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def cells(text: str) -> int:
    """How wide a terminal shows *text*."""
    return len(text) if text.isascii() else sum(map(_cells, text))


@lru_cache(4096)
def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """Exactly *width* cells of *text*, with "…" where it was cut."""
    if (used := cells(text)) > width:
        while used > width - 1 and text:
            used -= _cells(text[-1])
            text = text[:-1]
        text, used = text + "…", used + 1
    pad = " " * (width - used)
    return pad + text if right else text + pad


def clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _shows_colour(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
