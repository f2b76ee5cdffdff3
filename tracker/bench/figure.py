"""One figure: what was measured, and what it is compared with."""

from __future__ import annotations

import json
import operator
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from tracker.bench.interval import Mean


class Goal(NamedTuple):
    sign: str
    """"<", ">" or "=": on which side of the bound it should be."""
    bound: float

    def met(self, value: float) -> bool:
        return {"<": operator.lt, ">": operator.gt, "=": operator.eq}[self.sign](value, self.bound)


class Floor(NamedTuple):
    """What was measured in the same run, in the same unit: the machine's word about itself."""

    what: str
    value: float


class Figure(NamedTuple):
    what: str
    value: float | None
    """None where it could not be measured here."""
    unit: str
    goal: Goal | None = None
    floor: Floor | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """None where nothing was promised, or nothing measured."""
        if self.goal is None or self.value is None:
            return None
        return self.goal.met(self.value)

    @property
    def verdict(self) -> str:
        return {True: "met", False: "MISSED", None: ""}[self.met]

    @property
    def compared(self) -> str:
        """With what, in words."""
        parts = [f"goal {self.goal.sign} {number(self.goal.bound)}"] if self.goal else []
        if self.floor:
            times = self.value / self.floor.value if self.value and self.floor.value else None
            factor = f", x {times:.3g}" if times else ""
            parts.append(f"{self.floor.what} {number(self.floor.value)}{factor}")
        return "; ".join([*parts, self.note] if self.note else parts)

    def record(self, bench: str) -> dict[str, Any]:
        """As a line of JSON has it; what does not apply is absent."""
        floor = self.floor and {"floor": self.floor.what, "floor_value": self.floor.value}
        goal = self.goal and {"goal": self.goal.bound, "goal_sign": self.goal.sign}
        known: dict[str, Any] = {
            "bench": bench,
            "figure": self.what,
            "value": self.value,
            "unit": self.unit,
        }
        known |= (goal or {}) | (floor or {}) | {"met": self.met, "note": self.note or None}
        return {name: value for name, value in known.items() if value is not None}


Cell = Mean | str | float | None


class Table(NamedTuple):
    """Figures that are read side by side, printed as soon as they are known."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def record(self, bench: str) -> dict[str, Any]:
        rows = [[_plain(cell) for cell in row] for row in self.rows]
        return {"bench": bench, "table": self.title, "columns": list(self.columns), "rows": rows}

    @property
    def lines(self) -> Iterable[str]:
        """Its title, and its rows below their columns."""
        rows = [list(self.columns), *([_shown(cell) for cell in row] for row in self.rows)]
        yield f"\n{self.title}"
        yield from aligned(rows, left={0, *_worded(self.rows)})


def _plain(cell: Cell) -> Any:
    if isinstance(cell, Mean):
        known = cell._asdict()
        return {name: known[name] for name in ("value", "low", "high", "n")}
    return cell


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    return number(cell) if isinstance(cell, int | float) else str(cell)


def _worded(rows: Sequence[Sequence[Cell]]) -> set[int]:
    """The columns that hold words."""
    return {place for row in rows for place, cell in enumerate(row) if isinstance(cell, str)}


def number(value: float | None) -> str:
    """Three digits that say something; whole numbers whole."""
    if value is None:
        return "unknown"
    if value == int(value) or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".")


def line(bench: str, figure: Figure | Table) -> str:
    """The figure, or the table, as JSON."""
    return json.dumps(figure.record(bench), ensure_ascii=False)


def table(measured: Iterable[tuple[str, Figure]]) -> Iterable[str]:
    """All of them, aligned: what, value, unit, compared with what, met or missed."""
    rows = [("bench", "figure", "value", "unit", "", "compared with")]
    rows += [
        (bench, one.what, number(one.value), one.unit, one.verdict, one.compared)
        for bench, one in measured
    ]
    yield from aligned(rows, left={0, 1, 3, 4, 5})


def aligned(rows: Sequence[Sequence[str]], *, left: Collection[int]) -> Iterable[str]:
    """Lines of cells as wide as the widest of their column; those of *left* begin at its left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
