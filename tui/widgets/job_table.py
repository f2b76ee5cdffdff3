"""Jobs, one a line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style

from tracker.model import Job, JobId, JobState, Running, Seconds
from tui import format as fmt
from tui.widgets.line_list import Piece, SelectList

MARKS = {
    JobState.RUNNING: ("▸", "bar"),
    JobState.QUEUED: (" ", ""),
    JobState.FAILED: ("!", "warning"),
    JobState.QUARANTINED: ("x", "error"),
}
GUTTER, KIND, STATE = 5, 9, 13  # cells


class JobTable(SelectList[Job]):
    def __init__(self) -> None:
        super().__init__()
        self.seconds: dict[JobId, Seconds] = {}

    def name_of(self, row: Job) -> JobId:
        return row.id

    def time(self, running: Sequence[Running]) -> None:
        """How long each runs by now."""
        self.seconds = {one.job.id: one.seconds for one in running}
        self.redraw(n for n in self.sight if (row := self.row(n)) and row.id in self.seconds)

    def heading(self, width: int) -> list[Piece]:
        style = self.style("heading")
        name, rest = self.widths(width)
        texts = (
            (" " * GUTTER, GUTTER),
            ("Task", KIND),
            ("State", STATE),
            ("File", name),
            ("", rest),
        )
        return [(fmt.fit(text, cells), style) for text, cells in texts]

    @staticmethod
    def widths(width: int) -> tuple[int, int]:
        """Of the file's name, and of what is said about it."""
        rest = max(0, width - GUTTER - KIND - STATE)
        name = max(min(rest, 20), rest * 2 // 5)
        return name, rest - name

    def pieces(self, row: Job, number: int, width: int) -> list[Piece]:
        name, rest = self.widths(width)
        mark, tone = MARKS[row.state]
        quiet = self.style("quiet")
        bad = row.state in (JobState.FAILED, JobState.QUARANTINED)
        if not row.error:
            name, rest = name + rest, 0
        return [
            *self.marks(row, number),
            (" ", Style.null()),
            (f"{mark} ", self.style(tone)),
            (fmt.fit(row.kind, KIND), quiet),
            (fmt.fit(self.state(row), STATE), self.style(tone) if bad else Style.null()),
            (fmt.fit_end(fmt.clean(row.path), name - 1) + " ", Style.null()),
            (fmt.fit(fmt.clean(row.error or ""), rest), quiet),
        ]

    def state(self, row: Job) -> str:
        match row.state:
            case JobState.RUNNING:
                return fmt.clock(self.seconds.get(row.id, Seconds(0.0)))
            case JobState.QUEUED:
                return f"again ({row.attempts})" if row.attempts else "waiting"
            case _:
                return str(row.state)
