"""What is said where the library has no row to show: why, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tracker.model import RootState, Status
from tracker.query import parse
from tui import format as fmt
from tui.format import lines, row, say, styled
from tui.session import Session


def unwatched(session: Session) -> bool:
    """Whether the daemon said that no folder is watched."""
    return session.roots is not None and not session.watched


def yet(session: Session) -> Content:
    """The whole library is empty."""
    if session.roots is None:
        return say("")
    if unwatched(session):
        return lines(
            [
                styled("No folder is watched.", "bold $foreground"),
                say(""),
                row([styled("a", "bold $text-accent"), say(" add one, "),
                     styled("Enter", "bold $text-accent"), say(" try the demo.")]),
            ]
        )  # fmt: skip
    if all(root.state is RootState.OFFLINE for root in session.watched):
        return say("Every watched folder is offline; what was known of them stays.")
    if busy(session.status):
        count = fmt.counted(len(session.watched), "folder")
        return say(f"Looking through {count}; tracks appear here as they are read.")
    return say("No audio file in the watched folders yet. What is copied there appears here.")


def found(parts: Sequence[str], counts: Sequence[int]) -> Content:
    """The query with the part marked that kills it, and how many there are without each.

    *counts* is empty where that was not looked up.
    """
    best = max(counts, default=0)
    marked = [
        styled(part, "bold underline $text-error" if best and count == best else "$foreground")
        for part, count in zip(parts, counts or [0] * len(parts), strict=True)
    ]
    said = [say("Nothing found for"), row(marked, " ")]
    said += [
        row([say(f"{fmt.number(count)} without "), styled(part, "bold $text-error")])
        for part, count in zip(parts, counts, strict=False)
        if count
    ]
    return lines([*said, say(""), row([styled("Esc", "bold $text-accent"), say(" shows all.")])])


def busy(status: Status | None) -> bool:
    return status is None or status.state == "starting" or not status.work.idle


def split(query: str) -> list[str]:
    """A query cut into the parts that each must match."""
    starts = [term.start for term in parse(query).terms]
    ends = [*starts[1:], len(query)]
    return [query[start:end].strip() for start, end in zip(starts, ends, strict=True)]
