"""How values read on the screen, and the only door by which text gets there.

Unknown is an empty cell, a guess is dim with "~", what the tags contradict carries "≠".
`say` and `styled` clean what they are given; nothing in it is ever taken for markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from tracker.model import Job, Moment, Root, Seconds, Status, Track, TrackRow, Work
from tracker.text import clean as clean

SURE = 0.6
"""Below this confidence a value is shown as a guess."""
BARS = " ▁▂▃▄▅▆▇█"
EIGHTHS = " ▏▎▍▌▋▊▉█"

_UNSTEADY = re.compile("[\ufe0e\ufe0f]|\u200d(?=[\u2600-\u27bf\U0001f000-\U0001faff])")
"""What makes terminals disagree on the width of an emoji."""


def say(text: str | bytes) -> Content:
    """Foreign or own text, cleaned, without markup."""
    return Content(clean(text))


def styled(text: str | bytes, style: str) -> Content:
    """The same in a style of ours, such as "bold $quiet"."""
    return Content.styled(clean(text), style)


def lines(parts: Iterable[Content]) -> Content:
    """One under the other."""
    return Content("\n").join(parts)


def row(parts: Iterable[Content], between: str = "") -> Content:
    """One beside the other."""
    return Content(clean(between)).join(parts)


@lru_cache(4096)
def fit(text: str, width: int, *, right: bool = False) -> str:
    """Exactly *width* cells of *text*; it ends in "…" where it is cut, whatever it is written in."""
    if not text.isascii():
        text = _UNSTEADY.sub("", text)
    missing = width - cell_len(text)
    if missing < 0:
        return set_cell_size(set_cell_size(text, max(0, width - 1)).rstrip() + "…", width)
    return " " * missing + text if right else text + " " * missing


@lru_cache(1024)
def fit_end(text: str, width: int) -> str:
    """The same with the end of *text* kept: of a path it says more."""
    if cell_len(text) <= width:
        return fit(text, width)
    while cell_len(text) > width - 1:
        text = text[max(1, (cell_len(text) - width) // 2) :]
    return fit("…" + text, width)


def number(count: int) -> str:
    """With thin groups: 48 211."""
    return f"{count:,}".replace(",", " ")


def counted(count: int, noun: str) -> str:
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def clock(duration: Seconds) -> str:
    minutes, seconds = divmod(round(duration), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def moment(when: Moment, now: float) -> str:
    """The time of day, and the date where it was not today."""
    then = datetime.fromtimestamp(when).astimezone()
    today = datetime.fromtimestamp(now).astimezone()
    return f"{then:%H:%M}" if then.date() == today.date() else f"{then:%Y-%m-%d %H:%M}"


def size(bytes_: int) -> str:
    return f"{bytes_ / 1e6:.1f} MB" if bytes_ >= 1e5 else f"{bytes_ / 1e3:.1f} kB"


def signed(value: float) -> str:
    """With a real minus."""
    return f"{value:.1f}".replace("-", "−")


def stars(rating: int) -> str:
    return "★" * rating or "☆"


def meter(share: float, width: int) -> str:
    """A filled bar of *width* cells; *share* is 0 to 1."""
    full, eighths = divmod(round(max(0.0, min(share, 1.0)) * width * 8), 8)
    return ("█" * full + (EIGHTHS[eighths] if eighths else "")).ljust(width)


def spark(values: list[float]) -> str:
    """A plot of one line."""
    most = max(values, default=0.0)
    return "".join(BARS[round(value / most * 8) if most else 0] for value in values)


def bpm(value: float | None, confidence: float | None, mark: str = " ") -> str:
    """Eight cells with the points one under the other; a guess has none."""
    if value is None:
        return ""
    text = f"{value:.2f}" if sure(confidence) else f"~{value:.0f}   "
    return f"{text:>7}{mark}"


def key(value: str | None, confidence: float | None, mark: str = " ") -> str:
    if value is None:
        return ""
    guess = "" if sure(confidence) else "~"
    return f"{guess + clean(value):>4}{mark}"


def sure(confidence: float | None) -> bool:
    """What came from tags has no confidence and is taken at its word."""
    return confidence is None or confidence >= SURE


def cell(track: TrackRow, column: str) -> str:
    """What a track says in that column of the table."""
    differs = track.differs.split()
    match column:
        case "title":
            return clean(track.title or track.name)
        case "artist" | "album" | "genre":
            return clean(getattr(track, column) or "")
        case "bpm":
            return bpm(track.bpm, track.bpm_confidence, "≠" if "bpm" in differs else " ")
        case "key":
            return key(track.key, track.key_confidence, "≠" if "key" in differs else " ")
        case "energy":
            return "" if track.energy is None else str(track.energy)
        case "duration":
            return "" if track.duration is None else clock(track.duration)
        case "rating":
            return "" if track.rating is None else stars(max(0, min(track.rating, 5)))
        case "year":
            return "" if track.year is None else str(track.year)
    raise LookupError(column)


def progress(work: Work, width: int) -> Content:
    """How far the work is, in at most *width* cells; nothing where there is none."""
    if work.idle:
        return say("")
    if work.paused and not work.running:
        return styled(f"paused, {number(work.queued)} waiting", "$text-warning")
    total = work.done + work.queued + len(work.running)
    count = f"{number(work.done)}/{number(total)}"
    left = "" if work.eta is None else f"  {clock(work.eta)} left"
    if width < 40:
        return row(
            [
                styled(meter(work.done / max(1, total), 6), "$text-primary on $surface"),
                say(f" {count}{left}"),
            ]
        )
    return row(
        [
            styled("▕", "$quiet"),
            styled(meter(work.done / max(1, total), 10), "$text-primary on $surface"),
            styled("▏", "$quiet"),
            say(f" {count} measured{left}"),
        ]
    )  # fmt: skip


def health(status: Status | None, gone: str | None) -> tuple[str, str]:
    """Whether the daemon is well: a word, and the colour of the dot before it."""
    if gone is not None:
        return "no daemon", "$text-error"
    if status is None:
        return "connecting", "$text-warning"
    if status.state != "ready":
        return clean(status.state), "$text-warning"
    return clean(status.host) or "ready", "$text-success"


def job(one: Job) -> str:
    """What became of a job, in one sentence."""
    return clean(one.error or one.state)


def root(one: Root, now: float) -> str:
    """The state of a watched folder, in one sentence."""
    since = f" since {moment(one.since, now)}" if one.since is not None else ""
    reason = f": {clean(one.reason)}" if one.reason else ""
    return f"{one.state}{since}{reason}"


def name(track: TrackRow) -> str:
    """Artist and title as people write them."""
    return " - ".join(clean(part) for part in (track.artist, track.title or track.name) if part)


def copied(track: Track, what: str) -> str:
    """A track for the clipboard: its "path", "title" (as people write it) or "row"."""
    match what:
        case "path":
            return clean(track.path)
        case "title":
            name = track.title or track.path.rpartition("/")[2]
            return " - ".join(clean(part) for part in (track.artist, name) if part)
        case _:
            length = None if track.duration is None else clock(track.duration)
            tempo = None if track.bpm is None else f"{track.bpm:.2f}"
            values = (track.artist, track.title, tempo, track.key, track.energy, length,
                      track.album, track.genre, track.year, track.path)  # fmt: skip
            return "\t".join("" if value is None else clean(str(value)) for value in values)
