"""What went wrong with one file, and the last words of the worker that had it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from tracker.model import Job, JobState
from tui import format as fmt
from tui import keys
from tui.dialogs.dialog import Dialog
from tui.format import lines, say, styled
from tui.widgets.bars import Line


class Report(Dialog[str]):
    """Answers "retry" where that is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("jobs.retry", "list.open")
    DEFAULT_CSS = "Report > .box { width: 90; }"

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="box") as box:
            box.border_title = f"Job {self.job.id}"
            box.border_subtitle = "r retries · Esc leaves" if self.stuck else "Esc leaves"
            yield Line(self.draw())

    @property
    def stuck(self) -> bool:
        return self.job.state in (JobState.FAILED, JobState.QUARANTINED)

    def draw(self) -> Content:
        job = self.job
        begun = fmt.counted(job.attempts, "attempt")
        parts = [
            say(job.path),
            styled(f"{job.kind} · {job.state} · {begun}", "$quiet"),
            say(""),
            styled(fmt.job(job), "$text-error" if self.stuck else ""),
        ]
        if job.log_tail:
            parts += [say(""), styled("The worker's last words", "bold")]
            parts += [styled(line, "$quiet") for line in job.log_tail.split("\n")[-200:]]
        return lines(parts)

    def action_retry(self) -> None:
        self.dismiss("retry" if self.stuck else None)

    def action_open(self) -> None:
        self.dismiss(None)
