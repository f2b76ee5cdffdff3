"""What measuring found beyond tempo, key and energy, as lines of the panel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from textual.content import Content

from tracker.mixing.hamms import WEIGHTS
from tracker.model import Analysis, Hamms, Suggestion
from tui import blocks, sheet
from tui import format as fmt
from tui.format import say, styled

QUIET = "$quiet"
HEADING = "bold $text-primary"
TRUSTED = 0.5
"""Below this confidence a dimension is dim."""
NAMES = {"instrumentalness": "instrumental", "acousticness": "acoustic"}
"""Shorter ones yet."""
NAME, BAR, VALUE, GAP = 12, 6, 11, 2
"""Cells of a dimension: its name, its bar, how many have less, and between two of them."""


def beats(heard: Analysis) -> Iterator[Content]:
    found = heard.beats
    if found is None:
        return
    bars = found.downbeats
    facts = [
        None if found.stability is None else f"steady {found.stability:.0%}",
        f"{found.metre} a bar from {sheet.precise(bars[0])}" if bars else None,
        None if bars else f"from {sheet.precise(found.first)}",
    ]
    yield styled("  " + " · ".join(filter(None, facts)), QUIET)
    if found.curve:
        slowest, fastest = (pick(bpm for _, bpm in found.curve) for pick in (min, max))
        yield styled(f"  moves from {slowest:.1f} to {fastest:.1f} BPM", QUIET)


def other_keys(heard: Analysis) -> str:
    """The next likeliest, with their probabilities where they are known."""
    found = heard.key
    if found is None:
        return ""
    shares = [f" {sheet.percent(share)}" for share in found.shares]
    shares += [""] * (len(found.alternatives) - len(shares))
    named = zip(found.alternatives, shares, strict=False)
    return ", ".join(f"{fmt.clean(key)}{share}" for key, share in named)


def loudness(heard: Analysis) -> str:
    found = heard.loudness
    if found is None:
        return ""
    facts = [
        None if found.range is None else f"range {found.range:.0f} LU",
        None if found.true_peak is None else f"peak {fmt.signed(found.true_peak)} dBTP",
    ]
    return "".join(f"  {fact}" for fact in facts if fact)


def suggestions(suggested: list[Suggestion], width: int) -> Iterator[Content]:
    """Never said as if it were so; the neighbours that voted are named."""
    for one in suggested:
        yield (
            styled(f"{one.field}? ", QUIET)
            + styled(one.value, "italic")
            + styled(f"  {sheet.percent(one.confidence)}", QUIET)
        )
        yield styled(f"  {one.why}", QUIET)
        for voter in one.voters[:3]:
            yield styled(fmt.fit(f"  · {fmt.name(voter)}", width).rstrip(), QUIET)


def quality(heard: Analysis) -> Iterator[Content]:
    """What may be wrong is said first."""
    if heard.quality is None:
        return
    found = msgspec.to_builtins(heard.quality)
    for text in sheet.warnings(found):
        yield styled(f"! {text}", "$text-warning")
    for text in sheet.evidence(found):
        yield styled(text, QUIET)


def hamms(heard: Analysis, standing: Mapping[str, float], width: int) -> Iterator[Content]:
    """Two beside each other, where there is room with the share of tracks that have less."""
    if heard.hamms is None:
        return
    known = [name for name in WEIGHTS if getattr(heard.hamms, name) is not None]
    columns = 2 if width >= 2 * (NAME + 1 + BAR) + GAP else 1
    room = width >= columns * (NAME + 1 + BAR + VALUE) + GAP
    rows = -(-len(known) // columns)
    yield styled("HAMMS", HEADING)
    for number in range(rows):
        cells = [
            dimension(heard.hamms, name, standing.get(name) if room else None, padded=room)
            for name in known[number::rows]
        ]
        yield fmt.row(cells, " " * GAP)


def dimension(found: Hamms, name: str, share: float | None, *, padded: bool) -> Content:
    """Its name and a bar; dim where it is hardly to be trusted."""
    trusted = found.confidence.get(name, 0.0) >= TRUSTED
    label = NAMES.get(name, sheet.dimension(name))
    over = "" if share is None else f" over {sheet.below(share)}"
    return (
        styled(fmt.fit(label, NAME, right=True), "" if trusted else QUIET)
        + say(" ")
        + styled(blocks.bar(getattr(found, name), BAR), "$text-primary" if trusted else QUIET)
        + styled(f"{over:<{VALUE}}" if padded else "", QUIET)
    )


def sections(heard: Analysis) -> Iterator[Content]:
    found = heard.structure
    if found is None:
        return
    if found.sections:
        yield styled("Sections", HEADING)
    for section in found.sections:
        label = fmt.clean(section.label or "")
        sure = "" if section.confidence is None else sheet.percent(section.confidence)
        yield row(fmt.clock(section.start), label, sure)
    if found.cues:
        yield styled("Cues", HEADING)
    for cue in found.cues:
        yield row(sheet.precise(cue.at), cue.kind, sheet.percent(cue.confidence))


def row(at: str, what: str, sure: str) -> Content:
    return say(f"{at:>10}  {fmt.fit(what, 8)} ") + styled(sure, QUIET)
