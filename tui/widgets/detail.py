"""Everything known about the track under the cursor."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from tracker.mixing import harmony
from tracker.model import Analysis, File, FileState, Suggestion, Tags, Track
from tui import colours, sheet
from tui import format as fmt
from tui.format import say, styled
from tui.widgets import measured
from tui.widgets.overview import overview

QUIET = "$quiet"


@dataclass(frozen=True)
class Known:
    """A track, and what was measured of it."""

    track: Track
    heard: Analysis
    standing: Mapping[str, float] = field(default_factory=dict)
    suggested: list[Suggestion] = field(default_factory=list)


class Detail(ScrollView, can_focus=True):
    """Follows the cursor and never takes the focus by itself.

    It draws lines of its own: to lay out text anew would draw the whole screen again, at every step.
    """

    DEFAULT_CSS = """
    Detail {
        padding: 0 1;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $primary-muted;
    }
    Detail:focus { background: $boost; }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.known: Known | None = None
        self.parts: list[Content] = []
        self.strips: list[Strip] = []
        self._drawn: list[tuple[Content, list[Strip]]] = []
        """Of the parts that are shown: most stay when something becomes known."""

    def show(self, known: Known | None) -> None:
        """Nothing stays of the track before."""
        before, self.known = self.known, known
        if known is None or before is None or known.track.id != before.track.id:
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.draw()

    def draw(self) -> None:
        """Only the lines that look different now are painted."""
        old, known = self.strips, self.known
        dark, width = self.app.current_theme.dark, self.scrollable_content_region.width
        parts = describe(known, width, dark=dark, now=time.time()) if known else []
        self.parts = [fmt.lines(part) for part in parts if part]
        drawn = [self._strips(part, width) for part in self.parts]
        blank = Strip.blank(width, self.rich_style)
        self.strips = [strip for part in drawn for strip in (*part, blank)]
        self._drawn = list(zip(self.parts, drawn, strict=True))
        self.virtual_size = Size(width, len(self.strips))
        for number in range(max(len(old), len(self.strips))):
            if old[number : number + 1] != self.strips[number : number + 1]:
                self.refresh_line(number)

    def _strips(self, part: Content, width: int) -> list[Strip]:
        kept = next((strips for one, strips in self._drawn if one.is_same(part)), None)
        return kept or Visual.to_strips(self, part, width, None, self.visual_style, pad=True)

    def render_line(self, y: int) -> Strip:
        number = self.scroll_offset.y + y
        if number < len(self.strips):
            return self.strips[number]
        return Strip.blank(self.size.width, self.rich_style)

    def on_resize(self) -> None:
        self._again()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        if self.is_attached:
            self._again()

    def _again(self) -> None:
        """All of it: it is as wide, or as coloured, as it was not before."""
        self._drawn = []
        self.draw()
        self.refresh()


def describe(known: Known, width: int, *, dark: bool, now: float) -> list[list[Content]]:
    """A track in parts, each on as many lines as it takes, pictures *width* cells wide."""
    track, heard = known.track, known.heard
    trouble = [styled(f"! {fmt.clean(track.error)}", "$text-warning")] if track.error else []
    return [
        [*_names(track), *trouble, *overview(heard, width, dark=dark)],
        [
            *_sound(known, dark=dark),
            *measured.suggestions(known.suggested, width),
            *measured.quality(heard),
        ],
        list(measured.hamms(heard, known.standing, width)),
        _wording(track),
        list(measured.sections(heard)),
        [
            styled("Files", "bold $text-primary"),
            *(line for file in track.files for line in _file(track, file, now)),
        ],
    ]


def _names(track: Track) -> list[Content]:
    name = track.path.rpartition("/")[2]
    parts = [styled(track.title, "bold") if track.title else styled(name, "italic")]
    if track.artist:
        parts.append(say(track.artist))
    facts = [track.album, str(track.year) if track.year else None, track.genre, track.label]
    if known := [fact for fact in facts if fact]:
        parts.append(styled(" · ".join(known), QUIET))
    if track.rating is not None:
        parts.append(say(fmt.stars(max(0, min(track.rating, 5)))) + _source(track, "rating"))
    return parts


def _sound(known: Known, *, dark: bool) -> list[Content]:
    track, heard = known.track, known.heard
    parts = []
    if track.bpm is not None:
        value = (
            f"{track.bpm:.2f} BPM" if fmt.sure(track.bpm_confidence) else f"~{track.bpm:.0f} BPM"
        )
        others = ", ".join(f"{bpm:.2f}" for bpm in track.bpm_alternatives)
        parts.append(_measured(track, "bpm", styled(value, "bold"), track.bpm_confidence, others))
        if track.bpm_why:
            parts.append(styled(f"  {track.bpm_why}", QUIET))
    parts += measured.beats(heard)
    if track.key is not None:
        others = measured.other_keys(heard) or ", ".join(track.key_alternatives)
        guess = "" if fmt.sure(track.key_confidence) else "~"
        colour = colours.of_key(track.key, dark=dark)
        value_ = styled(f"{guess}{track.key}", f"bold {colour}" if colour else "bold") + say(
            f"  {track.key_name or _key_name(track.key)}"
        )
        parts.append(_measured(track, "key", value_, track.key_confidence, others))
    if heard.key and heard.key.modulates:
        parts.append(styled("  a considerable part is in another key", QUIET))
    if track.energy is not None:
        colour = colours.of_energy(track.energy, dark=dark)
        bar = styled("▇" * track.energy, colour) + styled("▁" * (10 - track.energy), QUIET)
        share = known.standing.get("energy")
        over = "" if share is None else f"  over {sheet.below(share)} of yours"
        parts.append(
            fmt.row(
                [
                    say(f"energy {track.energy:>2} "), bar, _source(track, "energy"),
                    styled(over, QUIET),
                ]
            )
        )  # fmt: skip
    if track.loudness is not None:
        parts.append(
            say(f"{fmt.signed(track.loudness)} LUFS")
            + _source(track, "loudness")
            + styled(measured.loudness(heard), QUIET)
        )
    if stream := _stream(track):
        parts.append(say(stream))
    return parts


def _measured(
    track: Track, field: str, value: Content, confidence: float | None, others: str
) -> Content:
    parts = [value]
    if confidence is not None:
        parts.append(styled(f"  {sheet.percent(confidence)} sure", QUIET))
    parts.append(_source(track, field))
    measured = fmt.row(parts)
    return fmt.lines([measured, styled(f"  or {others}", QUIET)]) if others else measured


def _source(track: Track, field: str) -> Content:
    """Where a value comes from: what the user said carries a dot."""
    match track.sources.get(field):
        case None | "measured":
            return say("")
        case "user":
            return styled(" •", "bold $text-accent")
        case source:
            return styled(f"  from {source}", QUIET)


def _key_name(key: str) -> str:
    try:
        return harmony.name(key)
    except ValueError:
        return ""


def _stream(track: Track) -> str:
    facts = [
        fmt.clock(track.duration) if track.duration is not None else None,
        (track.format or "").upper() or None,
        f"{track.bitrate / 1000:.0f} kb/s" if track.bitrate else None,
        f"{track.samplerate / 1000:g} kHz" if track.samplerate else None,
        {1: "mono", 2: "stereo"}.get(track.channels or 0),
        fmt.size(track.size) if track.size is not None else None,
    ]
    return " · ".join(fact for fact in facts if fact)


def _wording(track: Track) -> list[Content]:
    """What the tags say beyond the names."""
    fields = {
        "album artist": track.albumartist if track.albumartist != track.artist else None,
        "remixer": track.remixer,
        "catalogue": track.catalogue_number,
        "ISRC": track.isrc,
        "comment": track.comment,
    }
    known = [styled(f"{name}  ", QUIET) + say(value) for name, value in fields.items() if value]
    return known


def _file(track: Track, file: File, now: float) -> list[Content]:
    folder, _, name = file.path.rpartition("/")
    if file.state is FileState.PRESENT:
        state = styled("✓ ", "$text-success")
    else:
        since = f" since {fmt.moment(file.missing_since, now)}" if file.missing_since else ""
        state = styled(f"missing{since} ", "$text-warning")
    parts = [state + say(name), styled(f"  {folder}/", QUIET)]
    parts += [
        styled(f"  ≠ tags say {text}", "$text-warning") for text in _differing(track, file.tags)
    ]
    if file.complaint:
        parts.append(styled(f"  ! {fmt.clean(file.complaint)}", "$text-warning"))
    if file.tags.dj:
        parts.append(styled(f"  with marks of {', '.join(file.tags.dj)}", QUIET))
    return parts


def _differing(track: Track, tags: Tags) -> list[str]:
    """Where the file's tags contradict what is shown."""
    said = []
    if tags.bpm is not None and track.bpm is not None and abs(tags.bpm - track.bpm) > 0.5:
        said.append(f"{tags.bpm:g} BPM")
    if tags.key is not None and track.key is not None and tags.key != track.key:
        said.append(f"{tags.key_written or tags.key}")
    if tags.title and track.title and tags.title != track.title:
        said.append(f"title {tags.title}")
    if tags.artist and track.artist and tags.artist != track.artist:
        said.append(f"artist {tags.artist}")
    return said
