"""Music of known key, made by chance: what the weights of `tracker.analysis.key` are learned from.

A piece is a tonic, a mode, a chain of chords with their lengths, and parts that play them: bass,
pads, arpeggios, tunes, drums, in timbres drawn at random, off pitch as often as real recordings
are. Loops as club music has them, songs with cadences, counterpoint that modulates and comes home,
riffs over one chord, bare fifths through an amplifier, modal drones, drums with next to nothing
over them. What sounds at which time is told as well: chords are learned from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

RATE = 22_050
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII")

LOOPS = {
    False: (
        "I V vi IV", "I vi IV V", "I IV V IV", "I IV vi V", "I IV I V", "I V IV IV", "I I IV V",
        "I iii IV V", "I ii IV V", "I vi ii V", "I V vi iii IV I IV V", "I I IV IV", "I IV",
        "I bVII IV I", "I V bVII IV", "IV V I I", "I I I IV", "I ii", "ii V I I", "I iii vi IV",
        "I I I I", "IV I V vi", "I7 IV7 I7 V7", "IV I", "I bVII", "Imaj7 IVmaj7", "I V I IV",
        "I IV iv I", "I bIII IV I", "I bVI bVII I", "IV V iii vi ii V I I", "ii7 V7 Imaj7 Imaj7",
        "I III IV iv", "I vi iii V", "V IV I I", "I ii vi V",
    ),
    True: (
        "i VI III VII", "i VII VI VII", "i iv VI v", "i VI iv V", "i i VI VII", "i iv VII III",
        "i III VII iv", "i VII VI V", "i iv i v", "i VI VII i", "i v VI iv", "i bII i VII",
        "i i i i", "i i i VI", "i i i VII", "i iv", "i VI", "i VII", "VI VII i i", "i v",
        "i VI i VII", "i III iv VI", "i IV i IV", "i7 iv7", "i7 v7 VImaj7 VII", "i iv V i",
        "i VII iv iv", "VI VII i v", "iv i V i", "i iv VI VII", "i VI III iv", "iv VI i VII",
        "i III VI VII", "i VI v VII",
        "iv VII III i", "VI iv i VII", "VII VI VII i", "i bII VII i", "i V7 i VI", "i i iv V7",
        "iv v i i", "i7 IV7", "i bII i i", "i III IV VI", "VI VI VII i", "i iv bII V",
    ),
}  # fmt: skip
PHRASES = {
    False: (
        "I I IV I I I V I", "I IV I V I IV V I", "I I V V I IV V7 I", "I vi IV V I vi ii V7",
        "I V I IV I V7 I I", "I IV V I vi ii V I", "I iii IV I ii V7 I I", "IV I V I IV I V7 I",
        "I V vi iii IV I V7 I", "V I V I IV I V7 I",
        "I I II V I VI ii V", "I III vi II ii V7 I I", "I I7 IV iv I V7 I I", "V7 I V7 I II V V7 I",
        "I V I II V II V V", "vi II V I IV II V I", "ii V I vi ii V I V7",
    ),
    True: (
        "i i iv i i iv V i", "i VII VI V i VII V7 i", "i iv i V i iv V7 i", "i VI III VII i iv V i",
        "i v VI VII i iv V i", "i V i iv i V7 i i", "i i VII VII i iv V7 i", "III VII i V i iv V i",
        "iv i V i iv i V7 i", "i I7 iv VII III VI V i", "i II V V7 i iv V i", "i V i V III VII i V",
        "i VII III V i iv V V7", "V i V i iv i V i",
    ),
}  # fmt: skip
SEQUENCES = {
    False: (
        "I IV viio iii vi ii V I",
        "I V vi iii IV I ii V",
        "I ii V I",
        "I vi ii V I IV V I",
        "I II V II V VI ii V",
    ),
    True: (
        "i iv VII III VI iio V i",
        "i V i iv V i",
        "i VI iv V",
        "i iv V7 i VI iio V i",
        "i V i II V II V V",
        "V i V i iv V",
    ),
}
SHARES = {
    False: {
        "I": 3, "ii": 1, "iii": 0.6, "IV": 2, "V": 2, "vi": 1.5, "bVII": 0.3, "II": 0.15, "iv": 0.1,
        "III": 0.1, "bVI": 0.1, "bIII": 0.1,
    },
    True: {
        "i": 3, "III": 1.2, "iv": 1.5, "v": 0.8, "V": 0.6, "VI": 1.6, "VII": 2, "bII": 0.2,
        "IV": 0.25, "iio": 0.1,
    },
}  # fmt: skip
"""How often which chord is drawn where none of the chains above is taken."""
LEADS = {
    "V I": 3, "ii V": 3, "II V": 8, "III vi": 8, "iv I": 4, "IV I": 1.5,
    "V i": 4, "v i": 1.5, "VII i": 1.5, "VII III": 1.5, "bII i": 4, "iio V": 6,
}  # fmt: skip
"""How many times likelier a chord is after another one."""
TRAVELS = {False: (7, 7, 9, 5, 2), True: (3, 3, 7, 5, 10)}
"""Semitones up to where counterpoint goes meanwhile; relatives and fifths most."""


@dataclass(frozen=True)
class Chord:
    root: int
    tones: tuple[int, ...]
    """Semitones above the tonic."""
    scale: tuple[int, ...]
    """What a tune may play over it, above the tonic."""


@dataclass
class Piece:
    tonic: int
    minor: bool
    beat: float
    """Seconds."""
    cents: float
    sound: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    style: str = ""
    away: float = 0.0
    """Share of it in another key."""
    changes: list[tuple[float, int]] = field(default_factory=list)
    """From which second on which triad: twelve major ones from C on, twelve minor, -1 for others."""

    @property
    def key(self) -> int:
        return self.tonic + 12 * self.minor

    def triads(self, times: NDArray[Any]) -> NDArray[np.int64]:
        """The triads at some *times* in seconds, -1 where there is none."""
        starts = np.array([start for start, _ in self.changes])
        which = np.array([-1, *(triad for _, triad in self.changes)])
        return np.asarray(which[np.searchsorted(starts, times, side="right")])

    def play(self, bars: Sequence[Bar]) -> None:
        """Note which chords *bars* are made of."""
        for bar in bars:
            above = {(tone - bar.chord.root) % 12 for tone in bar.chord.tones}
            minor = 4 not in above
            root = (bar.chord.root + self.tonic) % 12
            self.changes.append((bar.start, root + 12 * minor if 7 in above else -1))
        self.changes.append((bars[-1].start + bars[-1].length, -1))

    def cut(self, start: float, end: float) -> None:
        """Leave *start* seconds out at the beginning, *end* at the end."""
        self.sound = self.sound[int(start * RATE) : len(self.sound) - int(end * RATE)]
        self.changes = [(at - start, triad) for at, triad in self.changes]


def chord(numeral: str, *, minor: bool, shift: int = 0) -> Chord:
    """What a Roman numeral means: upper case major, "o" diminished, "7" and "maj7" added."""
    flat = numeral.startswith("b")
    name = numeral.lstrip("b")
    bare = name.rstrip("o7").removesuffix("maj")
    scale = MINOR if minor else MAJOR
    place = NUMERALS.index(bare.upper())
    root = (MAJOR[place] - 1) if flat else scale[place]
    third = 4 if bare.isupper() else 3
    fifth = 6 if "o" in name else 7
    tones = [root, root + third, root + fifth]
    if name.endswith("maj7"):
        tones.append(root + 11)
    elif name.endswith("7"):
        tones.append(root + 10)
    # The raised seventh over a major dominant, and whatever else the chord asks for.
    allowed = {note for note in scale if all((note - tone) % 12 not in (1, 11) for tone in tones)}
    allowed |= {tone % 12 for tone in tones}
    return Chord(
        (root + shift) % 12,
        tuple((tone + shift) % 12 for tone in tones),
        tuple(sorted((note + shift) % 12 for note in allowed)),
    )


def chords(text: str, *, minor: bool, shift: int = 0) -> list[Chord]:
    return [chord(numeral, minor=minor, shift=shift) for numeral in text.split()]


def _loop(chance: Generator, minor: bool) -> str:
    """Chords that come again and again; mostly they begin at home, not always."""
    if chance.random() < 0.3:
        return str(chance.choice(LOOPS[minor]))
    home = "i" if minor else "I"
    count = int(chance.choice([2, 3, 4, 4, 4, 4, 4, 8]))
    chain = [home if chance.random() < 0.8 else _drawn(chance, minor, home)]
    while len(chain) < count:
        chain.append(_drawn(chance, minor, chain[-1]))
    if count == 8 and chance.random() < 0.6:
        chain[4:6] = chain[:2]
    if home not in chain and chance.random() < 0.9:
        chain[int(chance.integers(count))] = home
    return " ".join(chain)


def _phrase(chance: Generator, minor: bool) -> str:
    """Eight chords that set out from home or lead to it, and end in a cadence."""
    if chance.random() < 0.4:
        return str(chance.choice(PHRASES[minor]))
    home = "i" if minor else "I"
    chain = [home if chance.random() < 0.8 else "V" if chance.random() < 0.5 else "IV"]
    while len(chain) < 6:
        chain.append(home if chance.random() < 0.15 else _drawn(chance, minor, chain[-1]))
    ends = (f"V {home}", f"V7 {home}", "II V", f"{home} V", f"IV {home}", f"VII {home}")
    likely = (0.4, 0.2, 0.08, 0.12, 0.15, 0.05) if minor else (0.4, 0.2, 0.12, 0.13, 0.15, 0)
    return " ".join([*chain, str(chance.choice(ends, p=likely))])


def _drawn(chance: Generator, minor: bool, before: str) -> str:
    """A chord that may follow *before*."""
    shares = {
        name: share * LEADS.get(f"{before} {name}", 1) * (0.15 if name == before else 1)
        for name, share in SHARES[minor].items()
    }
    likely = np.array(list(shares.values()))
    return str(chance.choice(list(shares), p=likely / likely.sum()))


@dataclass(frozen=True)
class Timbre:
    """A cycle that begins bright and ends dark, with an envelope."""

    bright: NDArray[Any]
    dark: NDArray[Any]
    attack: float
    decay: float
    """Seconds to a third; 0 holds."""
    spread: float
    """Cents between two detuned voices."""
    vibrato: float

    SIZE = 2048

    @classmethod
    def drawn(cls, chance: Generator, kind: str) -> Timbre:
        slope = chance.uniform(0.6, 2.2) + (0.4 if kind == "bass" else 0.0)
        partials = np.arange(1, 25)
        strengths = partials**-slope * np.exp(chance.normal(0, 0.35, len(partials)))
        if chance.random() < 0.25:
            strengths[1::2] *= chance.uniform(0, 0.4)
        if chance.random() < 0.1:
            strengths[4:] = 0
        held = {"pad": 0.85, "lead": 0.5, "bass": 0.5, "keys": 0.1}[kind]
        return cls(
            bright=cls._cycle(chance, strengths),
            dark=cls._cycle(chance, strengths * partials ** -chance.uniform(0.2, 1.2)),
            attack=chance.uniform(0.05, 0.4) if kind == "pad" else chance.uniform(0.003, 0.03),
            decay=0.0 if chance.random() < held else chance.uniform(0.15, 1.2),
            spread=chance.uniform(4, 18) if chance.random() < 0.3 else 0.0,
            vibrato=chance.uniform(5, 40) if kind == "lead" and chance.random() < 0.3 else 0.0,
        )

    @classmethod
    def _cycle(cls, chance: Generator, strengths: NDArray[Any]) -> NDArray[Any]:
        turn = np.arange(cls.SIZE) / cls.SIZE
        phases = chance.uniform(0, 2 * np.pi, len(strengths))
        waves = np.sin(
            2 * np.pi * np.outer(np.arange(1, len(strengths) + 1), turn) + phases[:, None]
        )
        cycle = strengths @ waves
        return np.asarray(cycle / np.sqrt(np.mean(cycle**2)), np.float32)

    def play(self, midi: float, seconds: float) -> NDArray[Any]:
        count = int((seconds + 0.05) * RATE)
        time = np.arange(count, dtype=np.float32) / RATE
        envelope = np.minimum(1, time / self.attack) * np.clip((seconds + 0.05 - time) / 0.05, 0, 1)
        fade = np.exp(-time / (self.decay or 1.5))
        if self.decay:
            envelope = envelope * fade
        wave = np.zeros(count, np.float32)
        for offset in (-self.spread / 2, self.spread / 2) if self.spread else (0.0,):
            pitch = 440 * 2 ** ((midi - 69 + offset / 100) / 12)
            turns = pitch * time
            if self.vibrato:
                turns = turns + pitch * self.vibrato / 1731 / 35 * np.sin(35 * time)
            place = (turns * self.SIZE).astype(np.int64) % self.SIZE
            wave += self.bright[place] * fade + self.dark[place] * (1 - fade)
        return np.asarray(envelope * wave, np.float32)


class Score:
    """Where notes are added up."""

    def __init__(self, seconds: float, piece: Piece, kit: Kit) -> None:
        self.piece, self.kit = piece, kit
        self.sound = np.zeros(int((seconds + 4) * RATE), np.float32)

    def note(self, timbre: Timbre, start: float, length: float, midi: float, level: float) -> None:
        """*midi* above the tonic of the piece at C."""
        wave = timbre.play(midi + self.piece.tonic + self.piece.cents / 100, length)
        self.put(start, level * wave)

    def put(self, start: float, wave: NDArray[Any]) -> None:
        place = int(start * RATE)
        wave = wave[: max(0, len(self.sound) - place)]
        self.sound[place : place + len(wave)] += wave


@dataclass(frozen=True)
class Bar:
    start: float
    length: float
    beats: int
    chord: Chord
    section: int
    last: bool


def piece(chance: Generator) -> Piece:
    """One of them, 30 to 100 seconds."""
    styles = (
        loops, loops, loops, loops, songs, songs, songs,
        counterpoint, counterpoint, counterpoint, riffs, modes, bands, bare,
    )  # fmt: skip
    style = styles[chance.integers(len(styles))]
    made = Piece(
        tonic=int(chance.integers(12)),
        minor=bool(chance.random() < 0.5),
        beat=60 / chance.uniform(60, 176),
        cents=float(chance.uniform(-50, 50))
        if chance.random() < 0.4
        else float(chance.normal(0, 4)),
        style=style.__name__,
    )
    style(chance, made)
    # It was cut out of something longer.
    begin = chance.uniform(0, 15) if chance.random() < 0.1 else 0.0
    end = chance.uniform(4, 15) if chance.random() < 0.2 else 0.0
    if chance.random() < 0.2:
        end = chance.uniform(0.1, 0.5) * len(made.sound) / RATE
    if len(made.sound) / RATE - begin - end < 15:
        begin = end = 0.0
    made.cut(float(begin), float(end))
    loudest = np.abs(made.sound).max() or 1.0
    made.sound = np.asarray(made.sound / loudest * 0.8, np.float32)
    return made


def loops(chance: Generator, made: Piece) -> None:
    """Club music: one loop, layers that come and go, drums, a bass, sidechain."""
    chain = chords(_loop(chance, made.minor), minor=made.minor)
    bars = _bars(
        chain,
        made.beat,
        4,
        chance.choice([1, 1, 2]),
        int(chance.choice([8, 16])),
        chance,
    )
    made.play(bars)
    score = Score(bars[-1].start + bars[-1].length, made, Kit.drawn(chance))
    timbres = {kind: Timbre.drawn(chance, kind) for kind in ("bass", "pad", "keys", "lead")}
    on = _layers(chance, bars[-1].section + 1, ("bass", "pad", "keys", "lead", "drums"))
    motif = chance.integers(0, 7, 8)
    bass_pattern = int(chance.integers(5))
    seventh = chance.random() < 0.2
    for bar in bars:
        layers = on[bar.section]
        if "bass" in layers:
            _bass(chance, score, bar, timbres["bass"], bass_pattern)
        if "pad" in layers:
            _hold(score, bar, timbres["pad"], 0.10, seventh=seventh)
        if "keys" in layers:
            _arpeggio(chance, score, bar, timbres["keys"])
        if "lead" in layers:
            _motif(score, bar, timbres["lead"], motif, made.minor)
    if chance.random() < 0.5:
        score.sound *= _pumping(len(score.sound), made.beat, chance.uniform(0.2, 0.9))
    if chance.random() < 0.4:
        _opened(chance, score.sound, bars)
    struck = _struck(chance) if chance.random() < 0.5 else []
    for bar in bars:
        if "drums" in on[bar.section]:
            _drums(chance, score, bar, made.beat)
            _strike(score, bar, struck)
    made.sound = _room(chance, _coloured(chance, score.sound))


def songs(chance: Generator, made: Piece) -> None:
    """Tunes with cadences over a band or a piano; a verse may go elsewhere."""
    beats = int(chance.choice([2, 3, 4]))
    picked = [_phrase(chance, made.minor) for _ in range(2)]
    chain: list[Chord] = []
    order = "ABAB" if chance.random() < 0.5 else "AABA"
    for name in order:
        away = name == "B" and chance.random() < 0.25
        shift = int(chance.choice(TRAVELS[made.minor][:4])) if away else 0
        minor = made.minor if shift not in (3, 9) else not made.minor
        text = picked[name == "B"] if minor == made.minor else _phrase(chance, minor)
        chain += chords(text, minor=minor, shift=shift)
        made.away += away / len(order)
    beat = made.beat if beats > 2 else max(made.beat, 0.45)
    bars = _bars(chain, beat, beats, 1, len(chain), chance, phrase=8)
    if chance.random() < 0.8:
        bars[-1] = Bar(
            **{
                **vars(bars[-1]),
                "chord": chord("i" if made.minor else "I", minor=made.minor),
            }
        )
    made.play(bars)
    score = Score(bars[-1].start + bars[-1].length, made, Kit.drawn(chance))
    bass, keys, lead = (Timbre.drawn(chance, kind) for kind in ("bass", "keys", "lead"))
    drums, has_bass = chance.random() < 0.5, chance.random() < 0.85
    held, broken = chance.random() < 0.4, chance.random() < 0.3
    if broken:
        has_bass = chance.random() < 0.3
    low = 0 if chance.random() < 0.5 else 12
    line = Line(chance, made.minor, 72 + int(chance.integers(-5, 6)))
    for bar in bars:
        if has_bass:
            _oompah(score, bar, bass, 36 + low, chance)
        if broken:
            _broken(score, bar, keys, 36 + low)
        elif held:
            _hold(score, bar, keys, 0.06)
        else:
            _arpeggio(chance, score, bar, keys)
        for start, length, note in line.over(bar):
            score.note(lead, start, length, note, 0.16)
        if drums:
            _drums(chance, score, bar, bar.length / bar.beats)
    made.sound = _room(chance, _coloured(chance, score.sound))


def counterpoint(chance: Generator, made: Piece) -> None:
    """Two to four lines on one instrument, home at both ends and away in the middle."""
    home = SEQUENCES[made.minor]
    texts = [(home, made.minor, 0)] * int(chance.integers(1, 3))
    for _ in range(chance.integers(0, 3)):
        shift = int(chance.choice(TRAVELS[made.minor]))
        minor = shift in ((5, 7) if made.minor else (2, 9))
        texts += [(SEQUENCES[minor], minor, shift)] * int(chance.integers(1, 4))
        texts += [(home, made.minor, 0)] * int(chance.integers(0, 3))
    texts += [(home, made.minor, 0)] * int(chance.integers(1, 3))
    chain: list[Chord] = []
    for choices, is_minor, by in texts:
        text = _phrase(chance, is_minor) if chance.random() < 0.5 else chance.choice(choices)
        part = chords(str(text), minor=is_minor, shift=by)
        made.away += len(part) if by else 0
        chain += part
    made.away /= len(chain)
    tonic = chord("i" if made.minor else "I", minor=made.minor)
    if made.minor and chance.random() < 0.3:
        tonic = Chord(0, (0, 4, 7), (0, 2, 4, 5, 7))  # the Picardy third
    chain += [tonic, tonic]
    bars = _bars(chain, max(made.beat, 0.4), 2, 1, len(chain), chance, phrase=8)
    made.play(bars)
    score = Score(bars[-1].start + bars[-1].length, made, Kit.drawn(chance))
    timbre = Timbre.drawn(chance, "keys")
    voices = [Line(chance, made.minor, centre) for centre in (48, 60, 67, 74)]
    count = int(chance.integers(2, 5))
    for number, line in enumerate([voices[0], *voices[1:][-(count - 1) :]]):
        entrance = number if chance.random() < 0.5 else 0
        for bar in bars[entrance:]:
            if bar.last and bar is bars[-1]:
                score.note(timbre, bar.start, bar.length, line.nearest(tonic.tones), 0.2)
                continue
            for start, length, note in line.over(bar, rooted=number == 0):
                score.note(timbre, start, length, note, 0.2)
    made.sound = _room(chance, _coloured(chance, score.sound))


def riffs(chance: Generator, made: Piece) -> None:
    """A bass note that stays, a few notes that come back, chords shifted in parallel, drums."""
    scale = MINOR if made.minor else MAJOR
    one = chord("i" if made.minor else "I", minor=made.minor)
    bars = _bars([one], made.beat, 4, 1, int(chance.choice([16, 24])), chance)
    made.play(bars)
    score = Score(bars[-1].start + bars[-1].length, made, Kit.drawn(chance))
    bass, keys, lead = (Timbre.drawn(chance, kind) for kind in ("bass", "keys", "lead"))
    likely = np.array([5, 0.7, 2, 1.5, 3, 0.8, 1.5])
    riff = [int(scale[chance.choice(7, p=likely / likely.sum())]) for _ in range(16)]
    riff[0] = 0
    rests = chance.random(16) < 0.4
    stab = chance.random() < 0.6
    pattern = int(chance.integers(5))
    on = _layers(chance, bars[-1].section + 1, ("bass", "lead", "keys", "drums"))
    stabs = chance.random(16) < 0.25
    for bar in bars:
        layers = on[bar.section]
        step = bar.length / 16
        if "bass" in layers:
            _bass(chance, score, bar, bass, pattern)
        for place, note in enumerate(riff):
            if "lead" in layers and not rests[place]:
                score.note(lead, bar.start + place * step, step * 1.5, 60 + note, 0.15)
            if stab and "keys" in layers and stabs[place]:
                shift = 0 if place < 12 else int(chance.choice([0, 0, 5, 10]))
                for tone in (*one.tones, scale[6]):
                    score.note(
                        keys,
                        bar.start + place * step,
                        step * 2,
                        60 + tone + shift,
                        0.08,
                    )
        if "drums" in layers:
            _drums(chance, score, bar, made.beat)
    made.sound = _room(chance, _coloured(chance, score.sound))


def modes(chance: Generator, made: Piece) -> None:
    """Tunes in Dorian, Phrygian, Aeolian; Mixolydian, Lydian, Ionian; their drones and bare chords."""
    name, scale = (
        (
            ("i VII", (0, 2, 3, 5, 7, 9, 10)),
            ("i bII", (0, 1, 3, 5, 7, 8, 10)),
            ("i v VII", MINOR),
        )
        if made.minor
        else (
            ("I bVII", (0, 2, 4, 5, 7, 9, 10)),
            ("I II", (0, 2, 4, 6, 7, 9, 11)),
            ("I IV I V", MAJOR),
        )
    )[chance.integers(3)]
    chain = [
        Chord(each.root, each.tones, tuple(note for note in scale))
        for each in chords(name, minor=made.minor)
    ]
    chain = [chain[0], *chain, chain[0]] if chance.random() < 0.5 else [chain[0], *chain]
    bars = _bars(chain, made.beat, int(chance.choice([3, 4])), 1, 16, chance)
    made.play(bars)
    score = Score(bars[-1].start + bars[-1].length, made, Kit.drawn(chance))
    drone, keys, lead = (Timbre.drawn(chance, kind) for kind in ("pad", "keys", "lead"))
    line = Line(chance, made.minor, 72, home=0.45)
    has_drone, drums = chance.random() < 0.5, chance.random() < 0.5
    for bar in bars:
        if has_drone:
            score.note(drone, bar.start, bar.length, 48, 0.1)
            score.note(drone, bar.start, bar.length, 55, 0.06)
        else:
            _hold(score, bar, keys, 0.07)
        for start, length, note in line.over(bar):
            score.note(lead, start, length, note, 0.16)
        if drums:
            _drums(chance, score, bar, bar.length / bar.beats)
    made.sound = _room(chance, _coloured(chance, score.sound))


def bands(chance: Generator, made: Piece) -> None:
    """Guitars that play bare fifths through an amplifier, a bass, drums, perhaps a voice."""
    chain = chords(_loop(chance, made.minor), minor=made.minor)
    if chance.random() < 0.4:
        chain += chords(_loop(chance, made.minor), minor=made.minor)
    bars = _bars(chain, made.beat, 4, 1, int(chance.choice([8, 16])), chance)
    made.play(bars)
    score = Score(bars[-1].start + bars[-1].length, made, Kit.drawn(chance))
    bass, guitar, lead = (Timbre.drawn(chance, kind) for kind in ("bass", "pad", "lead"))
    full, sings = chance.random() < 0.4, chance.random() < 0.6
    strokes = [0, *(place for place in range(2, 16, 2) if chance.random() < 0.5), 16]
    for bar in bars:
        tones = bar.chord.tones if full else (bar.chord.root, bar.chord.root + 7)
        root = 40 + (bar.chord.root - 4) % 12
        for place, after in pairwise(strokes):
            start, length = (
                bar.start + place * bar.length / 16,
                (after - place) * bar.length / 16,
            )
            for tone in {(tone - bar.chord.root) % 12 for tone in tones} | {12}:
                score.note(guitar, start, length, root + tone, 0.1)
    loudest = np.abs(score.sound).max() or 1.0
    score.sound = np.asarray(
        np.tanh(chance.uniform(1, 12) * score.sound / loudest) * 0.3, np.float32
    )
    line = Line(chance, made.minor, 67, home=0.3)
    pattern = int(chance.integers(5))
    for bar in bars:
        _bass(chance, score, bar, bass, pattern)
        for start, length, note in line.over(bar) if sings else ():
            score.note(lead, start, length, note, 0.14)
        _drums(chance, score, bar, made.beat)
    made.sound = _room(chance, _coloured(chance, score.sound))


def bare(chance: Generator, made: Piece) -> None:
    """Techno: drums, things struck that keep to no scale, a bass and now and then a chord."""
    numeral = "i7" if made.minor else "I7"
    one = chord(numeral if chance.random() < 0.4 else numeral[:-1], minor=made.minor)
    bars = _bars([one], made.beat, 4, 1, int(chance.choice([16, 24])), chance)
    made.play(bars)
    score = Score(bars[-1].start + bars[-1].length, made, Kit.drawn(chance))
    bass, stab = Timbre.drawn(chance, "bass"), Timbre.drawn(chance, "keys")
    # What a bass adds to its root: next to nothing, its fifth, its mode's third and seventh.
    third, second, seventh = (3, 1, 10) if made.minor else (4, 2, 10)
    others = chance.choice(
        [0, 7, 12, third, seventh, second], 16, p=[0.5, 0.15, 0.1, 0.1, 0.1, 0.05]
    )
    rests, hits = chance.random(16) < 0.4, chance.random(16) < 0.2
    rests[0] = False
    hits[int(chance.integers(16))] = True
    others[0] = 0
    low = 36 if made.tonic < 6 else 24
    on = _layers(chance, bars[-1].section + 1, ("bass", "keys", "drums"))
    struck = _struck(chance)
    for bar in bars:
        step = bar.length / 16
        for place in range(16):
            start = bar.start + place * step
            if "bass" in on[bar.section] and not rests[place]:
                score.note(bass, start, step * 1.5, low + int(others[place]), 0.25)
            if "keys" in on[bar.section] and hits[place]:
                for tone in one.tones:
                    score.note(stab, start, step * 3, 60 + tone, 0.1)
        if "drums" in on[bar.section]:
            _drums(chance, score, bar, made.beat)
        _strike(score, bar, struck)
    made.sound = _room(chance, _coloured(chance, score.sound))


class Line:
    """A voice that prefers steps, and tones of the chord where they count."""

    def __init__(self, chance: Generator, minor: bool, centre: int, home: float = 0.2) -> None:
        self.chance, self.minor, self.centre, self.now, self.home = (
            chance,
            minor,
            centre,
            centre,
            home,
        )
        self.strange = chance.choice([0, 0, 0.1, 0.25])

    def over(self, bar: Bar, *, rooted: bool = False) -> Iterator[tuple[float, float, int]]:
        """Start, seconds and pitch of its notes in *bar*."""
        parts = int(self.chance.choice([1, 2, 2, 4])) * bar.beats
        if bar.last or (rooted and self.chance.random() < 0.5):
            parts = max(1, parts // 2)
        step = bar.length / parts
        for place in range(parts):
            strong = place % max(1, parts // bar.beats) == 0
            ends = bar.last and place == parts - 1
            if (place == 0 and rooted) or (ends and self.chance.random() < 0.7):
                self.now = self.nearest((bar.chord.root,))
            elif strong:
                home = 0 in bar.chord.tones and self.chance.random() < self.home
                self.now = self.nearest((0,) if home else bar.chord.tones, wander=4)
            else:
                strange = self.chance.random() < self.strange
                self.now = self.nearest(range(12) if strange else bar.chord.scale, wander=3)
            yield bar.start + place * step, step * 0.95, self.now

    def nearest(self, classes: Sequence[int], wander: int = 2) -> int:
        """A pitch of these classes near the last one, drawn back to the middle of the voice."""
        aim = self.now + (self.centre - self.now) * 0.15 + self.chance.normal(0, wander)
        near = np.arange(int(aim) - 7, int(aim) + 8)
        near = near[np.isin(near % 12, classes)]
        return int(near[np.abs(near - aim).argmin()])


def _bars(
    chain: list[Chord],
    beat: float,
    beats: int,
    bars_each: int,
    most: int,
    chance: Generator,
    phrase: int = 4,
) -> list[Bar]:
    length = beat * beats
    count = max(len(chain), min(most * bars_each, int(90 / length)))
    count = max(count, int(30 / length))
    count = -(-count // len(chain)) * len(chain)
    found, start = [], 0.0 if chance.random() < 0.5 else float(chance.uniform(0, 1.5))
    for place in range(count):
        now = chain[place // bars_each % len(chain)]
        found.append(
            Bar(
                start,
                length,
                beats,
                now,
                place // (2 * phrase),
                place % phrase == phrase - 1,
            )
        )
        start += length
    return found


def _layers(chance: Generator, sections: int, names: Sequence[str]) -> list[set[str]]:
    """Which parts play in which section; some never do, something with pitch always does."""
    weights = dict(zip(names, chance.uniform(0.2, 1, len(names)), strict=True))
    found = [{name for name in names if chance.random() < weights[name]} for _ in range(sections)]
    pitched = [name for name in names if name != "drums"]
    for layers in found[1:] or found:
        if not layers & set(pitched):
            layers.add(pitched[chance.integers(len(pitched))])
    if not any(layers & set(pitched[1:]) for layers in found):
        found[-1] |= set(pitched[1:])
    if sections > 2 and chance.random() < 0.35:
        found[0] = {"drums"} if chance.random() < 0.7 else {"drums", "bass"} & set(names)
    return found


def _bass(chance: Generator, score: Score, bar: Bar, timbre: Timbre, pattern: int) -> None:
    root, step = 36 + (bar.chord.root + 4) % 12 - 4, bar.length / 16
    places = {
        0: (0,), 1: range(2, 16, 4), 2: range(16), 3: (0, 3, 6, 10, 12), 4: (0, 4, 8, 12),
    }[int(pattern)]  # fmt: skip
    for place in places:
        note = root
        if chance.random() < 0.12:
            note += int(chance.choice([12, 7, 12]))
        length = bar.length if pattern == 0 else step * 1.8
        score.note(timbre, bar.start + place * step, length, note, 0.25)


def _oompah(score: Score, bar: Bar, timbre: Timbre, lowest: int, chance: Generator) -> None:
    beat = bar.length / bar.beats
    root = lowest + (bar.chord.root + 4) % 12 - 4
    score.note(timbre, bar.start, beat * 0.9, root, 0.25)
    if bar.beats > 2:
        note = root + (7 if chance.random() < 0.4 else 0)
        score.note(timbre, bar.start + 2 * beat, beat * 0.9, note, 0.2)


def _hold(score: Score, bar: Bar, timbre: Timbre, level: float, *, seventh: bool = False) -> None:
    tones = list(bar.chord.tones)
    if seventh and len(tones) == 3:
        above = [note for note in bar.chord.scale if (note - bar.chord.root) % 12 in (10, 11)]
        tones += above[:1]
    for tone in tones:
        score.note(timbre, bar.start, bar.length, 55 + (tone - 7) % 12, level)


def _arpeggio(chance: Generator, score: Score, bar: Bar, timbre: Timbre) -> None:
    parts = bar.beats * 2
    step = bar.length / parts
    tones = [60 + (tone - 3) % 12 for tone in bar.chord.tones]
    tones = [*sorted(tones), min(tones) + 12]
    for place in range(parts):
        note = tones[place % len(tones)] + (12 if chance.random() < 0.1 else 0)
        score.note(timbre, bar.start + place * step, step * 1.2, note, 0.14)


def _broken(score: Score, bar: Bar, timbre: Timbre, lowest: int) -> None:
    """A left hand that plays the chord from its root up, note by note."""
    tones = sorted((tone - bar.chord.root) % 12 for tone in bar.chord.tones)
    order = [*tones[:3], 12 if bar.beats % 3 else tones[1]]
    root = lowest + (bar.chord.root + 4) % 12 - 4 + (12 if lowest < 40 else 0)
    step = bar.length / (2 * bar.beats)
    for place in range(2 * bar.beats):
        note = root + order[place % len(order)]
        score.note(timbre, bar.start + place * step, step * 1.6, note, 0.16)


def _motif(score: Score, bar: Bar, timbre: Timbre, motif: NDArray[Any], minor: bool) -> None:
    step = bar.length / len(motif)
    scale = bar.chord.scale
    five = [0, 3, 5, 7, 10] if minor else [0, 2, 4, 7, 9]
    for place, choice in enumerate(motif):
        if choice == 6:
            continue
        classes = bar.chord.tones if place % 4 == 0 else [n for n in five if n in scale] or scale
        score.note(
            timbre,
            bar.start + place * step,
            step,
            72 + classes[choice % len(classes)],
            0.13,
        )


@dataclass(frozen=True)
class Kit:
    """A kick, a snare and a hat; all of them ring at some pitch, long or short."""

    kick: NDArray[Any]
    snare: NDArray[Any]
    hiss: float

    @classmethod
    def drawn(cls, chance: Generator) -> Kit:
        time = np.arange(int(0.6 * RATE)) / RATE
        low, fall = chance.uniform(38, 66), chance.uniform(40, 250)
        turns = np.cumsum(low + fall * np.exp(-time / chance.uniform(0.01, 0.04))) / RATE
        rings = chance.uniform(0.05, 0.12) if chance.random() < 0.7 else chance.uniform(0.12, 0.5)
        kick = np.sin(2 * np.pi * turns) * np.exp(-time / rings)
        if chance.random() < 0.5:
            kick = np.tanh(chance.uniform(1, 5) * kick)
        tone = sum(
            np.sin(2 * np.pi * chance.uniform(150, 280) * ratio * time) / ratio
            for ratio in (1.0, *chance.uniform(1.3, 2.5, chance.integers(0, 3)))
        )
        body = chance.uniform(0.1, 0.8)
        snare = (1 - body) * chance.normal(0, 1, len(time)) * np.exp(-time / 0.06)
        snare += body * tone * np.exp(-time / chance.uniform(0.04, 0.15))
        return cls(kick, snare, chance.uniform(0.3, 1.5))


def _drums(chance: Generator, score: Score, bar: Bar, beat: float) -> None:
    kit = score.kit
    hiss = chance.normal(0, kit.hiss, int(0.25 * RATE))
    hat = np.diff(hiss, prepend=0) * np.exp(-np.arange(len(hiss)) / RATE / 0.015)
    for number in range(bar.beats):
        at = bar.start + number * beat
        if number % 2 == 0 or chance.random() < 0.5:
            score.put(at, 0.7 * kit.kick)
        if number % 2 == 1:
            score.put(at, 0.35 * kit.snare)
        score.put(at, 0.08 * hat)
        score.put(at + beat / 2, 0.1 * hat)


def _struck(chance: Generator) -> list[tuple[int, NDArray[Any]]]:
    """Sixteenths of a bar, and what is struck there: toms, bells, tins, at any pitch."""
    time = np.arange(int(0.5 * RATE)) / RATE
    found = []
    for _ in range(chance.integers(1, 4)):
        base, bend = 2 ** chance.uniform(6.3, 10.5), chance.choice([0, 0, 0.3, 1])
        ratios = [1.0, *chance.uniform(1.2, 5, chance.integers(0, 4))]
        turns = np.cumsum(1 + bend * np.exp(-time / 0.03)) / RATE
        wave = sum(np.sin(2 * np.pi * base * ratio * turns) / ratio for ratio in ratios)
        wave = 0.15 * wave * np.exp(-time / chance.uniform(0.03, 0.2))
        found += [(place, wave) for place in range(16) if chance.random() < 0.2]
    return found


def _strike(score: Score, bar: Bar, struck: list[tuple[int, NDArray[Any]]]) -> None:
    for place, wave in struck:
        score.put(bar.start + place * bar.length / 16, wave)


def _pumping(count: int, beat: float, depth: float) -> NDArray[Any]:
    place = (np.arange(count) / RATE / beat) % 1
    return np.asarray(1 - depth * np.exp(-place / 0.2), np.float32)


def _opened(chance: Generator, sound: NDArray[Any], bars: Sequence[Bar]) -> None:
    """Harmony that grows out of nothing, or out of the bass, while the drums already play."""
    end = bars[min(len(bars) - 1, int(chance.choice([4, 8, 16])))].start
    count = int(end * RATE)
    rise = np.linspace(0, 1, count, dtype=np.float32) ** 3
    cut = butter(2, chance.uniform(150, 500), "lowpass", fs=RATE, output="sos")
    dull = sosfilt(cut, sound[:count]) * chance.choice([0, 1])
    sound[:count] = rise * sound[:count] + (1 - rise) * dull


def _coloured(chance: Generator, sound: NDArray[Any]) -> NDArray[Any]:
    """Bass or treble taken away, some noise, some drive."""
    if chance.random() < 0.2:
        cut = butter(1, chance.uniform(60, 250), "highpass", fs=RATE, output="sos")
        sound = sosfilt(cut, sound)
    if chance.random() < 0.3:
        cut = butter(1, chance.uniform(800, 5000), "lowpass", fs=RATE, output="sos")
        sound = sosfilt(cut, sound)
    if chance.random() < 0.3:
        sound = np.tanh(chance.uniform(1, 4) * sound / (np.abs(sound).max() or 1))
    if chance.random() < 0.4:
        level = 10 ** (chance.uniform(-60, -25) / 20) * np.abs(sound).max()
        sound = sound + level * chance.normal(0, 1, len(sound))
    return np.asarray(sound, np.float32)


def _room(chance: Generator, sound: NDArray[Any]) -> NDArray[Any]:
    if chance.random() < 0.4:
        return sound
    seconds = chance.uniform(0.2, 2.0)
    time = np.arange(int(seconds * RATE)) / RATE
    tail = chance.normal(0, 1, len(time)) * np.exp(-5 * time / seconds)
    tail *= chance.uniform(0.1, 0.6) / np.sqrt((tail**2).sum())
    return np.asarray(sound + fftconvolve(sound, tail)[: len(sound)], np.float32)
