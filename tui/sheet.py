"""All that measuring found, as lines of plain text: for one that reads on without colour. Pure.

*found* has the names of the CLI's JSON (`tracker.report`). Unknown is no line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tracker.mixing import harmony
from tui import blocks
from tui.console import clock

MINUS = "\u2212"
LEAST, MOST = 0.01, 0.995
"""Probabilities beyond which a number would claim to know more than it does."""
AUDIBLE_DC = 0.002
"""Of full scale: what clicks at cuts."""
NAMES = {
    "bpm": "tempo",
    "rhythmic_pattern": "off-beat",
    "spectral_centroid": "brightness",
    "tempo_stability": "steadiness",
    "harmonic_complexity": "complexity",
    "dynamic_range": "dynamics",
}
"""What a dimension is called where its own name is too long."""
BAR = 10
"""Cells."""


class Line(NamedTuple):
    label: str
    """"" where the line goes on with what stands above."""
    text: str


def sheet(
    found: Mapping[str, Any], *, standing: Mapping[str, float] | None = None, width: int = 0
) -> Iterator[Line]:
    """Line by line; *standing* adds how many tracks have less, *width* pictures so wide."""
    yield from _tempo(found)
    yield from _beats(found)
    yield from _key(found)
    yield from _loudness(found)
    yield from _energy(found, standing or {})
    yield from _hamms(found, standing or {})
    yield from _sections(found)
    yield from _quality(found)
    yield from _rest(found)
    if width:
        yield from pictures(found, width)


def _told(label: str, *texts: str | None) -> Iterator[Line]:
    """What is known of them on one line."""
    known = [text for text in texts if text]
    if known:
        yield Line(label, "   ".join(known))


def percent(share: float | None) -> str:
    """How probable: never 0% and never 100%, as nothing is certain."""
    if share is None:
        return ""
    if share >= MOST:
        return "over 99%"
    return f"{share:.0%}" if share >= LEAST else "under 1%"


def sure(found: Mapping[str, Any], name: str) -> str | None:
    return f"{percent(found[name])} sure" if name in found else None


def precise(seconds: float) -> str:
    """A place in a recording, to the millisecond."""
    minutes, rest = divmod(round(seconds, 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:06.3f}" if hours else f"{minutes}:{rest:06.3f}"


def _tempo(found: Mapping[str, Any]) -> Iterator[Line]:
    if "bpm" not in found:
        if "tempo" in found.get("versions", ()):
            yield Line("tempo", "no steady beat")
        return
    yield from _told("tempo", f"{found['bpm']:.2f} BPM", sure(found, "bpm_confidence"))
    others = [f"{bpm:.2f}" for bpm in found.get("bpm_alternatives", ())]
    if others:
        yield Line("", f"or {', '.join(others)}")
    if "bpm_why" in found:
        yield Line("", found["bpm_why"])


def _beats(found: Mapping[str, Any]) -> Iterator[Line]:
    if beats := found.get("beats"):
        metre, steady = found.get("metre"), found.get("tempo_stability")
        yield from _told(
            "beats",
            f"{len(beats):,} from {precise(beats[0])}",
            sure(found, "beats_confidence"),
            None if steady is None else f"steady {steady:.0%}",
        )
        bars, phrases = found.get("downbeats"), found.get("phrases")
        yield from _told(
            "",
            f"{metre} in a bar" if metre else None,
            f"bars from {precise(bars[0])}" if bars else None,
            sure(found, "downbeats_confidence") if bars else None,
            f"phrases from {precise(phrases[0])}" if phrases else None,
        )
    if curve := found.get("tempo_curve"):
        slowest, fastest = (pick(bpm for _, bpm in curve) for pick in (min, max))
        yield Line("", f"the tempo moves from {slowest:.1f} to {fastest:.1f} BPM")


def _key(found: Mapping[str, Any]) -> Iterator[Line]:
    if "key" not in found:
        if "key" in found.get("versions", ()):
            yield Line("key", "none: no tones, or no one key")
        return
    yield from _told("key", spelled(found["key"]), sure(found, "key_confidence"))
    others, shares = found.get("key_alternatives", ()), found.get("key_shares", ())
    for place, key in enumerate(others):
        share = percent(shares[place]) if place < len(shares) else None
        yield from _told("", f"or {spelled(key)}", share)
    if found.get("key_modulates"):
        yield Line("", "a considerable part is in another key")


def spelled(key: str) -> str:
    """In all three notations."""
    try:
        return f"{key}  {harmony.open_key(key)}  {harmony.name(key)}"
    except ValueError:
        return key


def _loudness(found: Mapping[str, Any]) -> Iterator[Line]:
    if "loudness" not in found:
        if "loudness" in found.get("versions", ()):
            yield Line("loudness", "silence")
        return
    units = {
        "loudness": ("", "LUFS"),
        "loudness_range": ("range ", "LU"),
        "loudness_short_term": ("at most in 3 s ", "LUFS"),
        "loudness_momentary": ("in 0.4 s ", "LUFS"),
    }
    peaks = {"true_peak": ("true peak ", "dBTP"), "peak": ("sample peak ", "dBFS")}
    gain = {"replay_gain": ("ReplayGain ", "dB")}
    yield from _told("loudness", *_valued(found, units))
    yield from _told("", *_valued(found, peaks | gain))


def _valued(found: Mapping[str, Any], units: dict[str, tuple[str, str]]) -> Iterator[str]:
    for name, (before, unit) in units.items():
        if name in found:
            yield f"{before}{signed(found[name])} {unit}"


def signed(value: float) -> str:
    """With a real minus, and no minus nothing."""
    return f"{round(value, 1) + 0.0:.1f}".replace("-", MINUS)


def _energy(found: Mapping[str, Any], standing: Mapping[str, float]) -> Iterator[Line]:
    if "energy" in found:
        level = found["energy"]
        yield from _told(
            "energy",
            f"{level} of 10",
            blocks.bar(level / 10, BAR),
            sure(found, "energy_confidence"),
            over(standing.get("energy")),
        )


def over(share: float | None) -> str | None:
    return None if share is None else f"more than {below(share)} of yours"


def below(share: float) -> str:
    """How many have less, of a hundred; it is one of them itself."""
    return f"{min(99, round(100 * share))}%"


def _hamms(found: Mapping[str, Any], standing: Mapping[str, float]) -> Iterator[Line]:
    trust = found.get("hamms_confidence", {})
    for number, (name, value) in enumerate(found.get("hamms", {}).items()):
        text = f"{dimension(name):<16} {value:4.2f}  {blocks.bar(value, BAR)}"
        said = f"{percent(trust[name])} sure" if name in trust else ""
        place = over(standing.get(name)) or ""
        yield Line("" if number else "HAMMS", f"{text}  {said:<14}  {place}".rstrip())


def dimension(name: str) -> str:
    return NAMES.get(name, name)


def _sections(found: Mapping[str, Any]) -> Iterator[Line]:
    for number, one in enumerate(found.get("sections", ())):
        lasts = f"{clock(one['start']):>7} to {clock(one['end']):<7}"
        text = f"{lasts}  {one.get('label', ''):<8}  {sure(one, 'confidence') or ''}"
        yield Line("" if number else "sections", text.rstrip())
    for number, one in enumerate(found.get("cues", ())):
        text = f"{precise(one['at']):>11}  {one['kind']:<8}  {sure(one, 'confidence') or ''}"
        yield Line("" if number else "cues", text.rstrip())


def _quality(found: Mapping[str, Any]) -> Iterator[Line]:
    quality = found.get("quality", {})
    wrong = [*warnings(quality), *filter(None, [found.get("complaint")])]
    for number, text in enumerate([*evidence(quality), *(f"! {one}" for one in wrong)]):
        yield Line("" if number else "quality", text)


def evidence(quality: Mapping[str, Any]) -> Iterator[str]:
    """What was seen, good or bad, on one line."""
    known = [
        f"sound up to {quality['bandwidth'] / 1000:.1f} kHz" if "bandwidth" in quality else None,
        f"a wall of {quality['wall']:.0f} dB there" if quality.get("wall") else None,
        f"channels alike {quality['correlation']:.2f}" if "correlation" in quality else None,
        f"DC {quality['dc']:.3f}" if abs(quality.get("dc", 0)) >= AUDIBLE_DC else None,
    ]
    if text := "   ".join(filter(None, known)).replace("-", MINUS):
        yield text


def warnings(quality: Mapping[str, Any]) -> Iterator[str]:
    """What may be wrong with the recording, one sentence each."""
    if quality.get("suspicion"):
        yield quality["suspicion"]
    if quality.get("damage"):
        yield quality["damage"]
    if clips := quality.get("clips"):
        longest = quality.get("longest_clip", 0)
        yield f"clipped {clips:,} times, at most {longest:,} samples at once"
    for name, where in (("silence_start", "begins"), ("silence_end", "ends")):
        if (seconds := quality.get(name, 0)) >= 1:
            yield f"{where} with {seconds:.1f} s of silence"


def _rest(found: Mapping[str, Any]) -> Iterator[Line]:
    """What computers read: that it is there."""
    if "timbre" in found:
        timbre = found["timbre"]
        (centroid, _), (rolloff, _) = timbre["centroid"], timbre["rolloff"]
        yield Line("timbre", f"centroid {centroid:.0f} Hz   85% below {rolloff:.0f} Hz")
    if "embedding" in found:
        yield Line("embedding", f"{len(found['embedding'])} numbers, with --json")
    if "fingerprint_seconds" in found:
        heard = found["fingerprint_seconds"]
        yield Line("fingerprint", f"of {clock(heard)}, with --json")


def pictures(found: Mapping[str, Any], width: int) -> Iterator[Line]:
    """Three bands, where sections begin, cues, and the energy, over the whole length."""
    length = found.get("duration", 0.0)
    if waveform := found.get("waveform"):
        bands = [waveform[band] for band in ("high", "mid", "low")]
        for band, drawn in zip(("high", "mid", "low"), blocks.lanes(bands, width), strict=True):
            yield Line(band, drawn)
    if sections := found.get("sections"):
        named = [(one["start"], one.get("label", "")) for one in sections]
        yield Line("", blocks.ruler(named, length, width))
    if cues := found.get("cues"):
        yield Line("", blocks.marks([(one["at"], one["kind"]) for one in cues], length, width))
    if curve := found.get("energy_curve"):
        yield Line("drive", blocks.lanes([curve], width)[0])
