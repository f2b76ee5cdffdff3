"""Made-up music of many styles whose beats are known: what `train_tempo.py` learns from.

Everything is synthesised here from numbers: no recording, no sample, no transcription. A style is
a range of tempi and the patterns its drums play; timbres, levels, parts and mistakes are drawn
anew for every piece, wider than taste allows, so that nothing is learned but the rhythm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

RATE = 22_050
Sound = NDArray[np.float64]
Rng = np.random.Generator


@dataclass(frozen=True)
class Style:
    """What a bar is made of. Patterns have one sign for a step: X loud, x, o sometimes, r a roll."""

    name: str
    tempi: tuple[float, float]
    patterns: tuple[dict[str, str], ...]
    beats: int = 4
    steps: int = 4
    """Of a beat."""
    swing: tuple[float, float] = (0.0, 0.0)
    """By how much of itself every second step is late."""
    live: float = 0.3
    """How often people play it: late and early, and drifting."""
    alone: float = 0.15
    """How often the drums play alone."""
    bare: float = 0.05
    """How often no drums play."""
    basses: tuple[str, ...] = ("roots", "kick", "eighths", "long", "syncopated")
    chords: tuple[str, ...] = ("pad", "arp", "stabs", "arp2")
    weight: float = 1.0


_FLOOR = "X...X...X...X..."
_BACK = "....X.......X..."
_OFF = "..x...x...x...x."
_8 = "x.x.x.x.x.x.x.x."
_16 = "xoxoxoxoxoxoxoxo"
_NONE = "................"

STYLES = (
    Style("house", (116, 130), (
        {"kick": _FLOOR, "clap": _BACK, "open": _OFF, "hat": "ooxoooxoooxoooxo"},
        {"kick": _FLOOR, "open": _OFF, "perc": "...x..x....x..o."},
        {"kick": _FLOOR, "snare": _BACK, "hat": _16, "open": _OFF},
    ), swing=(0, 0.25), live=0.05, weight=1.6),
    Style("techno", (124, 150), (
        {"kick": _FLOOR, "hat": _OFF, "clap": "....o.......x..."},
        {"kick": _FLOOR, "hat": _16, "perc": "..x..x..x..x..x."},
        {"kick": _FLOOR, "perc": "x..x..x.x..x..x.", "open": _OFF},
    ), live=0, weight=1.4),
    Style("trance", (128, 150), (
        {"kick": _FLOOR, "clap": _BACK, "open": _OFF, "hat": _16},
        {"kick": _FLOOR, "open": _OFF, "crash": "x..............."},
    ), live=0, basses=("offbeat", "rolling", "eighths"), chords=("arp2", "pad", "stabs")),
    Style("hard", (145, 200), (
        {"kick": _FLOOR, "open": _OFF, "clap": _BACK},
        {"kick": _FLOOR, "hat": _8, "snare": "....x.......x..o"},
    ), live=0, basses=("offbeat", "rolling"), weight=0.7),
    Style("breaks", (105, 142), (
        {"kick": "X.....x...X.....", "snare": _BACK, "hat": _8},
        {"kick": "X..x......x.....", "snare": "....X..o.o..X...", "hat": _16},
        {"kick": "X.x.......xx....", "snare": "....X..x.x..X..x", "hat": _8},
    ), swing=(0, 0.3), live=0.2, weight=1.3),
    Style("electro", (110, 135), (
        {"kick": "X.....x..x....x.", "snare": _BACK, "hat": _16, "cowbell": "..o..o..x..o..o."},
        {"kick": "X..X......X.....", "clap": _BACK, "hat": "x.xxx.xxx.xxx.xx"},
    ), live=0, basses=("syncopated", "eighths", "kick"), weight=0.8),
    Style("garage", (126, 138), (
        {"kick": "X.........x.....", "snare": _BACK, "hat": "..x..xx...x..xx.", "perc": "...o..o....o..o."},
        {"kick": "X......x..x.....", "clap": _BACK, "open": _OFF, "hat": _16},
    ), swing=(0.15, 0.5), live=0, weight=0.8),
    Style("dnb", (160, 186), (
        {"kick": "X.........X.....", "snare": _BACK, "hat": _8},
        {"kick": "X.........X.....", "snare": _BACK, "hat": _16, "ride": _8},
        {"kick": "X.x.......xx....", "snare": "....X..o.o..X..o", "hat": _8},
        {"kick": "X.x.......x.....", "snare": "....X..x.x..X..x", "ride": _8},
        {"kick": "X..........x....", "snare": "....X..o....X.o.", "hat": "x.x.xoxox.x.xoxo"},
    ), live=0, basses=("long", "syncopated", "kick", "eighths"), alone=0.25, weight=2.0),
    Style("jungle", (155, 178), (
        {"kick": "X.X.......XX....X.X.......X.....", "snare": "....X..x.x..X..x....X..x.x....X.",
         "ride": "x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x."},
        {"kick": "X.....X...X..X..", "snare": "....X..X....X.xo", "hat": _16},
    ), live=0.1, basses=("long", "syncopated"), alone=0.3),
    Style("dubstep", (136, 146), (
        {"kick": "X.........o...x.", "snare": "........X.......", "hat": "x.x.x.xox.x.x.xo"},
        {"kick": "X.....x.........", "snare": "........X.......", "hat": "..x...x...x..xx.", "perc": "...o..x....x..o."},
    ), live=0, basses=("long", "eighths", "wobble"), weight=0.8),
    Style("trap", (114, 168), (
        {"kick": "X.....x...x...o.", "clap": "........X.......", "hat": "x.x.x.x.x.rxx.x."},
        {"kick": "X..x......x..x..", "snare": "........X.......", "hat": "xrx.x.x.x.x.xrxx", "open": "......o........."},
        {"kick": "X.........o.....", "snare": "........X.......", "hat": "x.x.x.x.x.x.x.x."},
        {"kick": "X.....X.....x...X..x......x.....", "clap": "........X...............X.......",
         "hat": "x.x.x.x.xrx.x.x.x.x.r.r.x.x.xrx.", "perc": "..............o.......o........."},
        {"kick": "X.....o...o.o.o.x..o..o...o...o.", "clap": "........X...............X.......",
         "hat": "x.x.x.x.x.x.x.x.x.x.x.x.x.xxx.x."},
        {"kick": "X..o....o..x....X..o..o.o.....o.", "snare": "........X...o...........X.......",
         "hat": "xxx.xxx.xxx.xxx.xxx.xrx.xxx.rrx.", "open": "....o.......o.......o.......o..."},
        {"kick": "X......x.......oX.x.......o.....", "snare": "........X...............X.....o.",
         "hat": "x...x...x...x...x...x...x.x.x.rr", "open": "..............x................."},
    ), swing=(0, 0.2), live=0, basses=("kick", "long"), chords=("pad", "arp", "broken", "stabs"), alone=0.4, weight=1.8),
    Style("boombap", (78, 104), (
        {"kick": "X.....x..xo.....", "snare": _BACK, "hat": _8},
        {"kick": "X..o...x..X.....", "snare": _BACK, "hat": "x.x.x.xox.x.x.xo"},
        {"kick": "X.x.....x.x....o", "snare": "....X..o....X..o", "hat": _16},
    ), swing=(0, 0.6), live=0.3, alone=0.25, weight=2.0),
    Style("lofi", (66, 92), (
        {"kick": "X......x..x.....", "snare": _BACK, "hat": _8},
        {"kick": "X.........X..o..", "rim": _BACK, "hat": "x.xox.x.x.xox.x."},
    ), swing=(0.1, 0.7), live=0.3, chords=("pad", "stabs", "arp"), weight=1.0),
    Style("downtempo", (84, 112), (
        {"kick": "X.......X.x.....", "snare": _BACK, "hat": _8, "perc": "..o..x....o..x.."},
        {"kick": "X..x....X.......", "snare": "....X.......X.o.", "shaker": _16},
    ), swing=(0, 0.3), weight=1.2),
    Style("rnb", (60, 98), (
        {"kick": "X..o..x...x.....", "clap": _BACK, "hat": "x.x.x.xxx.x.xxx."},
        {"kick": "X.....x.....o.x.", "snare": _BACK, "hat": _16},
    ), swing=(0, 0.3), live=0.2),
    Style("reggae", (66, 92), (
        {"kick": "........X.......", "rim": "........X.......", "hat": _8},
        {"kick": "X.......X.......", "snare": "........X..o..o.", "hat": "x.x.x.x.x.x.x.xo"},
        {"kick": _FLOOR, "rim": "........X.......", "hat": _8},
    ), swing=(0, 0.4), live=0.6, basses=("syncopated", "roots"), chords=("skank", "skank"), weight=0.8),
    Style("dembow", (86, 108), (
        {"kick": _FLOOR, "snare": "...X..X....X..X.", "hat": _8},
        {"kick": "X.......X.......", "snare": "...X..X....X..X.", "shaker": _16},
    ), live=0, alone=0.25, weight=0.9),
    Style("rock", (92, 165), (
        {"kick": "X.......X.......", "snare": _BACK, "hat": _8},
        {"kick": "X.....x.X.......", "snare": _BACK, "ride": _8},
        {"kick": "X.......X.X.....", "snare": _BACK, "hat": "x...x...x...x..."},
        {"kick": "X......xX.x.....", "snare": _BACK, "crash": "x...x...x...x...", "tom": "..............oo"},
    ), live=0.7, basses=("eighths", "roots", "kick"), chords=("strum", "drive", "pad", "arp"), weight=1.8),
    Style("punk", (160, 215), (
        {"kick": "X.......X.x.....", "snare": _BACK, "hat": "x...x...x...x..."},
        {"kick": "X...x...X...x...", "snare": _BACK, "ride": _8},
        {"kick": "X.....X.X.....X.", "snare": _BACK, "crash": "x...x...x...x..."},
    ), live=0.6, basses=("eighths", "roots"), chords=("drive", "drive", "strum"), weight=1.0),
    Style("metal", (120, 215), (
        {"kick": _16.replace("o", "x"), "snare": _BACK, "crash": "x...x...x...x..."},
        {"kick": "X.xxX.xxX.xxX.xx", "snare": _BACK, "ride": "x...x...x...x..."},
        {"kick": "x.x.x.x.x.x.x.x.", "snare": "..x...x...x...x.", "crash": "x...x...x...x..."},
        {"kick": "X..X..X...X..X..", "snare": "........X.......", "crash": "x...x...x...x..."},
    ), live=0.7, basses=("kick", "eighths"), chords=("drive", "drive", "gallop"), weight=1.0),
    Style("ballad", (52, 92), (
        {"kick": "X.......X.......", "rim": _BACK, "hat": _8},
        {"kick": "X.......o.x.....", "snare": _BACK, "hat": "x...x...x...x..."},
        {"kick": "X...............", "snare": "........x.......", "ride": "x...x...x...x..."},
        {"kick": "X.......X.......", "snare": _BACK},
        {"kick": "X.....x.X.......", "snare": "....X.......X...", "hat": _16},
    ), live=0.5, alone=0.05, bare=0.3, basses=("long", "roots", "half", "kick"),
       chords=("arp", "arp", "arp2", "pad", "strum", "broken"), weight=2.6),
    Style("slow rock", (60, 96), (
        {"kick": "X.......X.x.....", "snare": _BACK, "hat": _8},
        {"kick": "X.....x.X.......", "snare": _BACK, "ride": _8},
    ), live=0.6, alone=0.1, chords=("strum", "arp", "drive", "pad"), weight=1.0),
    Style("pop", (92, 134), (
        {"kick": "X.......X.x.....", "snare": _BACK, "hat": _8},
        {"kick": _FLOOR, "clap": _BACK, "hat": _8},
        {"kick": "X..x..x...x.....", "clap": _BACK, "shaker": _16},
        {"kick": "X.....x...x.....", "snare": _BACK, "hat": _16},
    ), live=0.3, alone=0.08, weight=1.8),
    Style("funk", (92, 122), (
        {"kick": "X.x.......x..x..", "snare": "....X..o.o.oX..o", "hat": _16},
        {"kick": "X..x..x...x.....", "snare": "....X.......X..o", "hat": _8, "conga": "..o.x.xx..o.x.xx"},
    ), swing=(0, 0.25), live=0.6, basses=("syncopated", "kick"), chords=("stabs", "scratch")),
    Style("disco", (108, 132), (
        {"kick": _FLOOR, "snare": _BACK, "open": _OFF, "hat": "x.x.x.x.x.x.x.x."},
        {"kick": _FLOOR, "snare": _BACK, "hat": _16, "conga": "x..xx.xxx..xx.xx"},
    ), live=0.4, basses=("octaves", "octaves", "eighths"), chords=("stabs", "scratch", "pad")),
    Style("country", (88, 132), (
        {"kick": "X.......X.......", "snare": "xoxoXoxoxoxoXoxo"},
        {"kick": "X.......X.......", "snare": _BACK, "hat": _8},
    ), live=0.7, basses=("half",), chords=("boomchick", "strum", "arp"), weight=0.8),
    Style("folk", (86, 140), (
        {"kick": "X.......X.......", "snare": "....x.......x...", "hat": _8},
        {"kick": "X.......X.......", "shaker": _8},
        {"kick": _FLOOR, "tambourine": _BACK},
    ), live=0.6, alone=0.02, bare=0.4, basses=("half", "roots", "long"),
       chords=("boomchick", "strum", "arp", "reel", "reel"), weight=1.8),
    Style("waltz", (84, 190), (
        {"kick": "X...........", "snare": "....x...x...", "hat": "x...x...x..."},
        {"kick": "X...........", "rim": "....x...x..."},
        {"kick": "X.......o...", "snare": "....X.......", "ride": "x...x.x.x.x."},
    ), beats=3, live=0.5, alone=0.08, bare=0.25, basses=("long", "first"), chords=("oompah", "arp", "pad", "reel"), weight=1.4),
    Style("slow waltz", (60, 95), (
        {"kick": "X...........", "snare": "........x...", "hat": "x.x.x.x.x.x."},
        {"kick": "X...........", "rim": "....x...x...", "ride": "x...x.x.x..."},
    ), beats=3, live=0.5, alone=0.03, bare=0.3, basses=("long", "first"), chords=("arp", "oompah", "pad", "broken"), weight=1.0),
    Style("jig", (90, 136), (
        {"kick": "X.....X.....", "snare": "...o..X..o..", "hat": "x.x.x.x.x.x."},
        {"kick": "X.....X.....", "hat": "x.o.x.x.o.x."},
        {"kick": "X...........", "snare": "......X.....", "hat": "x.x.x.x.x.x.", "perc": "....x.....x."},
    ), beats=2, steps=6, live=0.5, alone=0.04, bare=0.35, basses=("roots", "first"), chords=("reel", "reel", "arp", "boomchick"), weight=1.6),
    Style("six eight", (48, 76), (
        {"kick": "X.....o...x.", "snare": "......X.....", "hat": "x.x.x.x.x.x."},
        {"kick": "X...........", "snare": "......X.....", "ride": "x.x.x.x.x.x."},
    ), beats=2, steps=6, live=0.5, alone=0.08, bare=0.1, basses=("roots", "long"), chords=("arp", "arp", "pad"), weight=0.7),
    Style("twelve eight", (50, 84), (
        {"kick": "X........x.......X......", "snare": "......X...........X.....".replace("X.....X", "X.....x"),
         "hat": "x.x.x.x.x.x.x.x.x.x.x.x."},
    ), steps=6, live=0.5, basses=("roots", "long"), chords=("arp", "pad", "stabs"), weight=0.5),
    Style("shuffle", (84, 150), (
        {"kick": "X.....X.....X.....X.....", "snare": "......X...........X.....", "ride": "x...x.x...x.x...x.x...x."},
        {"kick": "X...........X...x.......", "snare": "......X...........X.....", "hat": "x...x.x...x.x...x.x...x."},
    ), steps=6, live=0.6, basses=("roots", "walk"), chords=("stabs", "boomchick", "pad"), weight=0.9),
    Style("jazz", (104, 250), (
        {"ride": "x.....x...x.x.....x...x.", "hat": "......x...........x.....", "kick": "o.....o.....o.....o....."},
        {"ride": "x.....x...x.x.....x...x.", "hat": "......x...........x.....", "snare": "....o.....o.......o...o."},
        {"ride": "x.....x...x.x.....x...x.", "snare": "..........o.....o.......", "kick": "..........o............."},
        {"ride": "x.....x.....x.....x.....", "hat": "......x...........x.....", "snare": "....o...o......o....o..."},
        {"ride": "X...o.x...o.X...o.x...o.", "hat": "......x...........x.....", "kick": "o...........o.........o.",
         "snare": "o...o.o...o.o...o.o...o."},
        {"brush": "x.....X...o.x.....X...o.", "hat": "......x...........x.....", "kick": "o.....o.....o.....o....."},
        {"hat": "x.....x...x.x.....x...x.", "rim": "..................x.....", "kick": "o...........o.....o...o."},
    ), steps=6, live=0.9, alone=0.4, basses=("walk", "walk", "half"), chords=("comp", "comp", "pad"), weight=2.2),
    Style("bossa", (110, 150), (
        {"kick": "X..xX..xX..xX..x".replace("xX", "xx"), "rim": "x..x..x...x..x..", "hat": _8},
        {"kick": "X.....x.X.....x.", "rim": "x..x..x...x..x..", "shaker": _16},
    ), live=0.6, basses=("half",), chords=("comp", "strum", "pad"), weight=0.6),
    Style("samba", (84, 112), (
        {"kick": "x..xX..xx..xX..x", "snare": "xoxxoxoxxoxxoxox", "shaker": _16, "tom": "....X.......X..."},
        {"kick": "x...X..xx...X..x", "tambourine": "x.xxx.xxx.xxx.xx", "cowbell": "x.x.xx.x.x.xx.x."},
    ), live=0.5, alone=0.4, basses=("half", "kick"), chords=("comp", "strum"), weight=0.7),
    Style("salsa", (160, 220), (
        {"conga": "....x...x.....xx", "cowbell": "x...x.x.x...x.x.", "rim": "x.....x.....x.......x...x.......", "kick": "......x.....x..."},
        {"conga": "..x.X.x...x.X.xx", "rim": "....x...x.......x.....x.....x...", "shaker": _8},
    ), live=0.6, basses=("tumbao",), chords=("montuno", "comp"), alone=0.2, weight=0.7),
    Style("cumbia", (84, 106), (
        {"kick": _FLOOR, "shaker": "x.xxx.xxx.xxx.xx", "conga": "......xx......xx"},
    ), live=0.4, basses=("cumbia",), chords=("skank", "strum"), weight=0.4),
    Style("afro", (98, 124), (
        {"kick": _FLOOR, "rim": "...x..x...x.x...", "shaker": _16, "conga": "..x..xx...x..xx."},
        {"kick": "X.....x.X.....x.", "snare": "...x..x....x..x.", "shaker": _8},
        {"kick": "X..x..x.X..x..x.", "perc": "x.x.xx.x.x.xx.x.", "hat": _8},
    ), swing=(0, 0.2), live=0.3, alone=0.3, weight=1.0),
    Style("march", (96, 126), (
        {"kick": "X...X...X...X...", "snare": "..x.o.xx..x.o.xx", "crash": "x...x...x...x..."},
        {"kick": "X...X...X...X...", "snare": "..X...X...X...X."},
    ), live=0.5, basses=("roots",), chords=("oompah2", "reel"), weight=0.5),
    Style("chip", (108, 182), (
        {"kick": "X.......X.......", "snare": _BACK, "hat": _8},
        {"kick": _FLOOR, "snare": _BACK, "hat": _16},
    ), live=0, basses=("eighths", "octaves"), chords=("arp4", "arp2", "reel"), weight=0.9),
    Style("pulse", (72, 132), (
        {"kick": "X...............", "hat": "x...x...x...x..."},
        {"kick": _FLOOR},
    ), live=0.1, alone=0, bare=0.5, chords=("arp", "arp2", "arp"), weight=0.6),
    Style("seven", (100, 170), (
        {"kick": "X.......x.....", "snare": "....X.......X.", "hat": "x.x.x.x.x.x.x."},
        {"kick": "X...X...X.....", "snare": "..........X...", "ride": "x.x.x.x.x.x.x."},
    ), beats=7, steps=2, live=0.4, basses=("first", "kick"), chords=("arp", "pad", "strum"), weight=0.4),
    Style("percussion", (88, 136), (
        {"conga": "x.oxx.oxx.oxx.xx", "shaker": _16, "kick": "X.......X......."},
        {"conga": "X..X..X...X.X...", "perc": "..x...x...x...x.", "cowbell": "x...x...x...x..."},
        {"tom": "X..x..X.X..x..X.", "shaker": _8, "clap": "............X..."},
    ), live=0.4, alone=0.85, weight=1.0),
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A piece and what is known of it."""

    samples: NDArray[np.float32]
    style: str
    bpm: float
    beats: Sound
    """Seconds."""
    metre: float
    downbeat: int
    """The first of the beats that begins a bar."""


def piece(
    rng: Rng, style: Style | None = None, bpm: float | None = None, course: Sound | None = None
) -> Piece:
    """One piece of 10 to 50 seconds; *course* stretches its steps, from its beginning to its end."""
    style = style or _style(rng)
    low, high = style.tempi
    if bpm is None:
        middle, spread = np.sqrt(low * high), np.log(high / low) / 3.2
        bpm = float(np.clip(middle * np.exp(spread * rng.normal()), low * 0.94, high * 1.06))
    eighths = style.name == "seven"  # counted in quarters, three and a half to the bar
    seconds = float(rng.choice([10, 16, 24, 36, 50], p=[0.2, 0.2, 0.3, 0.2, 0.1]))
    return _Band(rng, style, bpm, seconds, 2 if eighths else 1, course).play()


def _style(rng: Rng, *, alone: bool = False) -> Style:
    """One of them, as often as it is heard, or heard as drums alone."""
    shares = np.array([each.weight * (each.alone if alone else 1) for each in STYLES])
    return STYLES[rng.choice(len(STYLES), p=shares / shares.sum())]


def drums(rng: Rng) -> Piece:
    """A piece of drums alone, as loops are."""
    return piece(rng, replace(_style(rng, alone=True), alone=1.0, bare=0.0))


def changing(rng: Rng) -> Piece:
    """A piece whose tempo changes: it hastens or slows down, turns to another, sways, breathes."""
    place, strength = np.linspace(-1, 1, 400), np.log(1 + rng.uniform(0.05, 0.2))
    match rng.integers(4):
        case 0:
            curve = place * rng.choice([-1, 1])
        case 1:
            curve = np.clip((place - rng.uniform(-0.5, 0.5)) / rng.uniform(0.02, 0.5), -1, 1)
            curve *= rng.choice([-1, 1])
        case 2:
            curve = 0.7 * np.sin(np.pi * rng.uniform(1, 5) * (place + rng.uniform(0, 2)))
        case _:
            walk = np.cumsum(rng.normal(0, 1, int(rng.integers(6, 40))))
            walk = walk - np.linspace(walk[0], walk[-1], len(walk))
            curve = np.interp(place, np.linspace(-1, 1, len(walk)), walk)
            curve = curve / max(np.abs(curve).max(), 1e-9)
    found = piece(rng, course=np.exp(strength * curve))
    return replace(found, bpm=float(60 / np.median(np.diff(found.beats))))


@dataclass
class _Band:
    rng: Rng
    style: Style
    bpm: float
    seconds: float
    halved: int
    course: Sound | None = None
    layers: dict[str, Sound] = field(default_factory=dict)

    def play(self) -> Piece:
        rng, style = self.rng, self.style
        per_bar = style.beats * style.steps
        step = 60 / self.bpm / style.steps / self.halved
        slack = 1.0 if self.course is None else 1 / float(self.course.min())
        self.bars = int(np.ceil(slack * self.seconds / (per_bar * step))) + 2
        self.live = rng.random() < style.live
        self.grid = self._grid(step, per_bar * self.bars)
        self.active = self._arrangement()
        drums, band = rng.random() >= style.bare, rng.random() >= style.alone
        band = band or not drums
        self.kicks: list[float] = []
        sound = np.zeros(int((self.grid[-1] + 4) * RATE))
        pattern = self._pattern()
        if drums:
            sound += self._drums(pattern, len(sound))
        if band:
            music = self._music(pattern, len(sound)) * _decibels(rng.uniform(-9, 5))
            sound += self._ducked(music) if self.kicks and rng.random() < 0.3 else music
        start = rng.uniform(0, per_bar * step) if rng.random() < 0.7 else 0.0
        begin = round(start * RATE)
        sound = self._finish(sound[begin : begin + round(self.seconds * RATE)])
        beats = self.grid[:: style.steps * self.halved] - begin / RATE
        bars = self.grid[::per_bar] - begin / RATE
        inside = beats[(beats >= 0) & (beats < self.seconds)]
        first_bar = bars[bars >= -1e-6][0]
        return Piece(
            samples=sound.astype(np.float32),
            style=style.name,
            bpm=self.bpm,
            beats=inside,
            metre=style.beats / self.halved,
            downbeat=int(np.abs(inside - first_bar).argmin()),
        )

    def _pattern(self) -> dict[str, str]:
        """One of the style's patterns, now and then with single voices of another."""
        one, other = (
            self.style.patterns[self.rng.integers(len(self.style.patterns))] for _ in "ab"
        )
        mixed = {
            name: other.get(name, signs) for name, signs in one.items() if self.rng.random() < 0.35
        }
        return {**one, **mixed}

    def _grid(self, step: float, count: int) -> Sound:
        """When each step is played; the beats themselves keep the tempo, people drift a little."""
        places = np.arange(count + 1.0)
        swing = self.rng.uniform(*self.style.swing) if self.rng.random() < 0.6 else 0.0
        self.late = np.where(places % 2 == 1, swing * step, 0.0)
        if self.style.name in ("jazz", "shuffle"):  # the faster, the less it swings
            ratio = np.clip(self.rng.normal(0.7 - 0.0006 * (self.bpm - 80), 0.04), 0.5, 0.75)
            self.late = np.where(places % 6 == 4, (ratio * 6 - 4) * step, 0.0)
        steps = np.full(count, step)
        if self.live and self.rng.random() < 0.5:
            drift = np.cumsum(self.rng.normal(0, 1, count // 16 + 2))
            drift -= drift.mean()
            curve = np.interp(places[:-1] / 16, np.arange(len(drift)), drift)
            steps *= 1 + 0.004 * curve / max(np.abs(curve).max(), 1)
        if self.course is not None:
            along = np.linspace(0, len(self.course) - 1, count)
            steps *= np.interp(along, np.arange(len(self.course)), self.course)
        return np.concatenate([[0.0], np.cumsum(steps)])

    def _arrangement(self) -> NDArray[Any]:
        """Which of eight groups of instruments play in which bar."""
        plays = np.ones((8, self.bars), bool)
        if self.rng.random() < 0.5:
            size = int(self.rng.choice([2, 4, 8]))
            for begin in range(0, self.bars, size):
                plays[:, begin : begin + size] = (self.rng.random(8) < 0.75)[:, None]
        return plays

    def _times(self, pattern: str, group: int, ghost: float = 0.5) -> list[tuple[int, float]]:
        """Steps and velocities of what a pattern says, over the whole piece."""
        found = []
        per_bar = self.style.beats * self.style.steps
        for place in range(per_bar * self.bars):
            sign = pattern[place % len(pattern)]
            if sign == "." or not self.active[group, place // per_bar]:
                continue
            if sign == "o" and self.rng.random() > ghost:
                continue
            loud = {"X": 1.0, "x": 0.75, "o": 0.4, "r": 0.6}[sign]
            found.append((place, loud * (1 + 0.12 * self.rng.normal())))
        return found

    def _put(self, sound: Sound, struck: Sound, place: int, loud: float, off: float = 0.0) -> None:
        at = self.grid[place] + self.late[place] + off
        if self.live:
            at += 0.006 * self.rng.normal()
        begin = max(0, round(at * RATE))
        part = struck[: max(0, len(sound) - begin)]
        sound[begin : begin + len(part)] += loud * part

    def _drums(self, pattern: dict[str, str], size: int) -> Sound:
        rng = self.rng
        sound = np.zeros(size)
        groups = {"kick": 0, "snare": 1, "clap": 1, "rim": 1}
        dropped = rng.random() < 0.25
        for name, signs in pattern.items():
            if dropped and name not in ("kick", "snare", "clap") and rng.random() < 0.5:
                continue
            if rng.random() < 0.3:
                signs = _varied(signs, rng)
            struck = VOICES[name](rng)
            level = _decibels(rng.normal(LEVELS[name], 4))
            ghost, off = rng.uniform(0.2, 0.9), rng.normal(0, 0.002)
            for place, loud in self._times(signs, groups.get(name, 2 + hash_of(name) % 2), ghost):
                self._put(sound, struck, place, loud * level, off)
                if signs[place % len(signs)] == "r":
                    self._roll(sound, struck, place, 0.7 * loud * level)
                if name == "kick":
                    self.kicks.append(self.grid[place])
        if rng.random() < 0.25:
            self._fills(sound)
        return sound

    def _roll(self, sound: Sound, struck: Sound, place: int, loud: float) -> None:
        step, count = (
            float(self.grid[place + 1] - self.grid[place]),
            int(self.rng.choice([2, 2, 3])),
        )
        for part in range(1, count):
            self._put(sound, struck, place, loud, step * part / count)

    def _fills(self, sound: Sound) -> None:
        per_bar = self.style.beats * self.style.steps
        struck = VOICES[str(self.rng.choice(["snare", "tom", "clap"]))](self.rng)
        for bar in range(3, self.bars, 4):
            for place in range(int(per_bar * 0.75), per_bar):
                if self.rng.random() < 0.6:
                    self._put(sound, struck, bar * per_bar + place, 0.4 + 0.4 * self.rng.random())

    def _music(self, pattern: dict[str, str], size: int) -> Sound:
        rng, style = self.rng, self.style
        self.tonic = int(rng.integers(36, 48))
        minor = rng.random() < 0.5
        self.scale = np.array([0, 2, 3, 5, 7, 8, 10] if minor else [0, 2, 4, 5, 7, 9, 11])
        length = int(rng.choice([1, 1, 2])) if style.beats > 2 else int(rng.choice([1, 2, 4]))
        self.roots = np.repeat(
            rng.choice([0, 3, 4, 5, 1, 2], size=4 if rng.random() < 0.8 else 8), length
        )
        sound = np.zeros(size)
        if rng.random() < 0.85:
            kind = str(rng.choice(style.basses))
            sound += _decibels(rng.normal(-6, 4)) * self._bass(kind, pattern, size)
        for _ in range(int(rng.choice([1, 1, 2, 3]))):
            kind = str(rng.choice(style.chords))
            sound += _decibels(rng.normal(-9, 4)) * self._chords(kind, size)
        if rng.random() < 0.5:
            sound += _decibels(rng.normal(-8, 4)) * self._melody(size)
        return sound

    def _root(self, bar: int) -> int:
        return int(self.roots[bar % len(self.roots)])

    def _note(self, degree: int, octave: int) -> int:
        return int(self.tonic + self.scale[degree % 7] + 12 * (degree // 7 + octave))

    def _bass(self, kind: str, pattern: dict[str, str], size: int) -> Sound:
        per_bar, beat = self.style.beats * self.style.steps, self.style.steps
        half = max(1, beat // 2)
        sign = ["."] * per_bar

        def every(start: int, step: int) -> None:
            sign[start::step] = "x" * len(sign[start::step])

        match kind:
            case "roots" | "walk" | "octaves_":
                every(0, beat)
            case "eighths" | "octaves" | "wobble":
                every(0, half)
            case "rolling":
                every(0, max(1, beat // 4))
                sign[::beat] = "." * len(sign[::beat])
            case "offbeat":
                every(half, beat)
            case "half":
                every(0, 2 * beat)
            case "kick":
                sign = list((pattern.get("kick", "x") * per_bar)[:per_bar])
            case "syncopated":
                for place in (0, 3, 6, 10, 14):
                    if place < per_bar and (place == 0 or self.rng.random() < 0.7):
                        sign[place] = "x"
            case "tumbao":
                for place in (6, 12):
                    sign[place] = "x"
            case "cumbia":
                for place in (0, 4, 6, 8, 12, 14):
                    sign[place] = "x"
            case _:
                sign[0] = "x"
        long = (
            per_bar
            if kind in ("long", "first")
            else beat * (0.9 if kind in ("roots", "walk", "half") else 0.5)
        )
        voice = _Voice.drawn(self.rng, bass=True)
        sound = np.zeros(size)
        step = float(np.diff(self.grid).mean())
        for place, loud in self._times("".join(sign), 4):
            degree = self._root(place // per_bar)
            if kind == "walk" and place % per_bar:
                degree += int(self.rng.integers(-3, 4))
            octave = int(kind == "octaves" and place // half % 2)
            struck = voice.note(self._note(degree, octave), max(0.08, long * step))
            self._put(sound, struck, place, 0.8 * loud)
        return sound

    def _chords(self, kind: str, size: int) -> Sound:
        per_bar, beat = self.style.beats * self.style.steps, self.style.steps
        half, quarter = max(1, beat // 2), max(1, beat // (3 if beat == 6 else 4))
        if beat == 6:
            half = 2  # the eighths of a compound beat
        voice = _Voice.drawn(self.rng, soft=kind == "pad")
        step = float(np.diff(self.grid).mean())
        sound = np.zeros(size)
        plan: list[
            tuple[int, tuple[int, ...], float, float]
        ] = []  # step, degrees, length, loudness
        orders = ((0, 2, 4, 2), (0, 4, 2, 4), (0, 2, 4, 7), (7, 4, 2, 0), (0, 4, 7, 9, 7, 4))
        order = orders[self.rng.integers(len(orders))]
        group = int(self.rng.integers(5, 8))
        rhythm = _rhythm(kind, per_bar, beat, self.rng)
        for bar in range(self.bars):
            if not self.active[group, bar]:
                continue
            first = bar * per_bar
            match kind:
                case "pad":
                    plan.append((first, (0, 2, 4), per_bar * step, 1))
                case "arp" | "arp2" | "arp4" | "broken":
                    every = {"arp": half, "arp2": quarter, "arp4": 1, "broken": beat}[kind]
                    plan += [
                        (
                            first + place,
                            (order[place // every % len(order)],),
                            2.5 * every * step,
                            1 if place else 1.3,
                        )
                        for place in range(0, per_bar, every)
                    ]
                case "reel":
                    plan += [
                        (
                            first + place,
                            (int(self.rng.integers(0, 9)),),
                            every_ * step,
                            1.2 if place % beat == 0 else 0.9,
                        )
                        for place, every_ in _tune(per_bar, beat, half, self.rng)
                    ]
                case _:
                    plan += [
                        (first + place, (0, 2, 4), long * step, loud)
                        for place, long, loud in rhythm
                    ]
        for place, degrees, seconds, loud in plan:
            root = self._root(place // per_bar)
            for degree in degrees:
                struck = voice.note(self._note(root + degree, 2), max(0.06, seconds))
                self._put(sound, struck, place, 0.4 * loud * (1 + 0.1 * self.rng.normal()))
        return sound

    def _melody(self, size: int) -> Sound:
        per_bar, beat = self.style.beats * self.style.steps, self.style.steps
        voice = _Voice.drawn(self.rng, soft=self.rng.random() < 0.5)
        unit = 2 if beat == 6 else max(1, beat // 2)
        lengths = np.array([1, 2, 3, 4, 6, 8]) * unit
        shares = self.rng.dirichlet([2, 4, 1.5, 2, 0.7, 0.7])
        step = float(np.diff(self.grid).mean())
        sound, place, degree = np.zeros(size), 0, 4
        while place < per_bar * self.bars:
            long = int(self.rng.choice(lengths, p=shares))
            degree = int(np.clip(degree + self.rng.integers(-3, 4), -2, 12))
            if self.rng.random() < 0.82 and self.active[7, place // per_bar]:
                struck = voice.note(self._note(degree, 2), 0.95 * long * step)
                self._put(sound, struck, place, 0.7)
            place += long
        return sound

    def _ducked(self, music: Sound) -> Sound:
        gain = np.ones(len(music))
        depth, back = self.rng.uniform(0.4, 1), self.rng.uniform(0.08, 0.3)
        dip = 1 - depth * np.exp(-np.arange(int(3 * back * RATE)) / (back * RATE))
        for kick in self.kicks:
            begin = round(kick * RATE)
            end = min(len(gain), begin + len(dip))
            if begin < end:
                gain[begin:end] = np.minimum(gain[begin:end], dip[: end - begin])
        return music * gain

    def _finish(self, sound: Sound) -> Sound:
        rng = self.rng
        if rng.random() < 0.6:
            long = rng.uniform(0.1, 1.5)
            tail = rng.normal(0, 1, int(2 * long * RATE)) * np.exp(
                -np.arange(int(2 * long * RATE)) / (0.4 * long * RATE)
            )
            wet = fftconvolve(sound, tail / np.sqrt((tail**2).sum()))[: len(sound)]
            sound = sound + rng.uniform(0.05, 0.6) * wet
        if rng.random() < 0.4:
            kind, edge = (
                ("low", rng.uniform(1_500, 9_000))
                if rng.random() < 0.5
                else ("high", rng.uniform(40, 250))
            )
            sound = sosfilt(butter(2, edge, kind, fs=RATE, output="sos"), sound)
        sound = sound / max(np.abs(sound).max(), 1e-9)
        if rng.random() < 0.6:
            drive = rng.uniform(1, 6)
            sound = np.tanh(drive * sound) / np.tanh(drive)
        sound = sound + _decibels(rng.uniform(-90, -38)) * rng.normal(0, 1, len(sound))
        return sound * _decibels(rng.uniform(-16, 0))


def _varied(signs: str, rng: Rng) -> str:
    """With some hits left out, and a few soft ones where there were none."""
    draw = rng.random(len(signs))
    return "".join(
        "." if sign != "." and chance < 0.1 else "o" if sign == "." and chance > 0.94 else sign
        for sign, chance in zip(signs, draw, strict=True)
    )


def _rhythm(kind: str, per_bar: int, beat: int, rng: Rng) -> list[tuple[int, float, float]]:
    """Steps, lengths in steps and loudness of a bar of chords."""
    half = max(1, beat // 2)
    beats = range(0, per_bar, beat)
    match kind:
        case "skank":
            return [(place + half, 0.6 * half, 1) for place in beats]
        case "stabs":
            places = [
                place for place in (0, 3, 6, 8, 11, 14) if place < per_bar and rng.random() < 0.7
            ]
            return [(place, half, 1) for place in places or [0]]
        case "strum":
            return [
                (place, half, 1 if place % beat == 0 else 0.6)
                for place in range(0, per_bar, half)
                if place % beat == 0 or rng.random() < 0.6
            ]
        case "drive":
            return [(place, half, 1) for place in range(0, per_bar, half)]
        case "gallop":
            return [(place, 1, 1) for place in range(per_bar) if place % beat != 1]
        case "scratch":
            return [
                (place, 0.7, 0.5 + 0.5 * rng.random())
                for place in range(per_bar)
                if rng.random() < 0.7
            ]
        case "boomchick":
            return [(place, half, 0.9) for place in beats if place // beat % 2 or beat == 6] + [
                (place + half, half, 0.6) for place in beats if rng.random() < 0.5
            ]
        case "oompah":
            return [(place, 0.7 * beat, 0.9) for place in list(beats)[1:]]
        case "oompah2":
            return [(place + half, 0.7 * half, 0.9) for place in beats]
        case "montuno":
            return [(place, 1.5, 1) for place in (0, 3, 4, 6, 8, 10, 12, 14) if place < per_bar]
        case _:  # comping
            return [
                (place, half, 0.8)
                for place in range(0, per_bar, half)
                if rng.random() < 0.3
            ]  # fmt: skip


def _tune(per_bar: int, beat: int, half: int, rng: Rng) -> list[tuple[int, int]]:
    """Steps and lengths of a bar of a fiddler's tune: running notes, now and then a longer one."""
    found, place = [], 0
    while place < per_bar:
        long = half
        if place % beat == 0 and rng.random() < 0.3:
            long = beat if rng.random() < 0.6 else min(2 * half, beat)
        found.append((place, long))
        place += long
    return found


def hash_of(name: str) -> int:
    """The same in every process, unlike `hash`."""
    return sum(name.encode())


def _decibels(level: float) -> float:
    return float(10 ** (level / 20))


@dataclass
class _Voice:
    """An instrument: partials that fall off, an attack, a decay; each note is made once."""

    slope: float
    partials: int
    odd: bool
    attack: float
    decay: float
    vibrato: float
    detune: float
    noise: float
    rng: Rng
    made: dict[tuple[int, int], Sound] = field(default_factory=dict)

    @classmethod
    def drawn(cls, rng: Rng, *, bass: bool = False, soft: bool = False) -> _Voice:
        plucked = rng.random() < 0.6 and not soft
        return cls(
            slope=rng.uniform(0.7, 2.2) + 0.3 * bass,
            partials=int(rng.integers(3, 16)),
            odd=bool(rng.random() < 0.2),
            attack=rng.uniform(0.03, 0.25) if soft else 10 ** rng.uniform(-3, -1.7),
            decay=10 ** rng.uniform(-1, 0.2) if plucked else 4.0,
            vibrato=rng.uniform(0, 0.4) if soft and rng.random() < 0.5 else 0.0,
            detune=rng.uniform(0, 0.004),
            noise=rng.uniform(0, 0.15) if rng.random() < 0.3 else 0.0,
            rng=rng,
        )

    def note(self, midi: int, seconds: float) -> Sound:
        key = (midi, round(seconds * 50))
        if key not in self.made:
            self.made[key] = self._note(midi, key[1] / 50 + 0.02)
        return self.made[key]

    def _note(self, midi: int, seconds: float) -> Sound:
        time = np.arange(int(min(seconds, 6.0) * RATE)) / RATE
        pitch = 440 * 2 ** ((midi - 69) / 12)
        phase = 2 * np.pi * pitch * time
        if self.vibrato:
            phase = phase + self.vibrato * pitch / 5.5 * 0.03 * np.sin(2 * np.pi * 5.5 * time)
        sound = np.zeros(len(time))
        turning = [np.exp(1j * phase).astype(np.complex64)]
        if self.detune:
            turning.append(np.exp(1j * phase * (1 + self.detune)).astype(np.complex64))
        for turn in turning:
            wave, step = turn, turn**2 if self.odd else turn
            for partial in range(1, self.partials + 1, 2 if self.odd else 1):
                if pitch * partial > 0.45 * RATE:
                    break
                sound += wave.imag / partial**self.slope
                wave = wave * step
        if self.noise:
            sound += self.noise * self.rng.normal(0, 1, len(time)) * np.exp(-time / 0.02)
        release = np.minimum(1, (time[-1] - time) / 0.015) if len(time) else time
        return (
            sound * np.minimum(1, time / self.attack) * np.exp(-time / self.decay) * release * 0.4
        )


def _shaped(seconds: float, decay: float) -> tuple[Sound, Sound]:
    time = np.arange(int(seconds * RATE)) / RATE
    return time, np.exp(-time / decay)


def _kick(rng: Rng) -> Sound:
    time, fade = _shaped(0.6, rng.uniform(0.04, 0.25))
    base, sweep = rng.uniform(42, 75), rng.uniform(20, 250)
    fall = rng.uniform(0.008, 0.05)
    tone = np.sin(2 * np.pi * (base * time - sweep * fall * np.exp(-time / fall)))
    click = rng.uniform(0, 0.4) * rng.normal(0, 1, len(time)) * np.exp(-time / 0.003)
    return np.asarray((tone * np.minimum(1, time / rng.uniform(0.0005, 0.004)) + click) * fade)


def _snare(rng: Rng) -> Sound:
    time, fade = _shaped(0.5, rng.uniform(0.03, 0.16))
    tone = np.sin(2 * np.pi * rng.uniform(140, 280) * time) * np.exp(
        -time / rng.uniform(0.02, 0.08)
    )
    return np.asarray(
        rng.uniform(0.2, 1) * tone
        + rng.uniform(0.3, 1) * _hiss(rng, len(time), rng.uniform(500, 3000)) * fade
    )


def _clap(rng: Rng) -> Sound:
    time, fade = _shaped(0.5, rng.uniform(0.04, 0.15))
    noise = _hiss(rng, len(time), rng.uniform(600, 1500))
    bursts = sum(np.exp(-np.abs(time - at) / 0.003) * (time >= at) for at in (0, 0.009, 0.019))
    return np.asarray(noise * (0.6 * bursts + fade * (time > 0.02)))


def _hat(low: float, high: float) -> Callable[[Rng], Sound]:
    def made(rng: Rng) -> Sound:
        time, fade = _shaped(6 * high if high < 0.2 else 1.5, rng.uniform(low, high))
        return np.asarray(_hiss(rng, len(time), rng.uniform(3_000, 8_000)) * fade)

    return made


def _shaker(rng: Rng) -> Sound:
    time, fade = _shaped(0.2, rng.uniform(0.02, 0.06))
    return np.asarray(
        _hiss(rng, len(time), rng.uniform(2_000, 6_000))
        * fade
        * np.minimum(1, time / rng.uniform(0.005, 0.03))
    )


def _brush(rng: Rng) -> Sound:
    time, fade = _shaped(0.4, rng.uniform(0.04, 0.1))
    noise = sosfilt(
        butter(1, [300, rng.uniform(3_000, 7_000)], "band", fs=RATE, output="sos"),
        rng.normal(0, 1, len(time)),
    )
    return np.asarray(noise * fade * np.minimum(1, time / rng.uniform(0.002, 0.03)))


def _pitched(low: float, high: float, decay: float, noise: float) -> Callable[[Rng], Sound]:
    def made(rng: Rng) -> Sound:
        time, fade = _shaped(5 * decay, decay * rng.uniform(0.5, 1.5))
        pitch = rng.uniform(low, high)
        tone = np.sin(2 * np.pi * pitch * time) + 0.4 * np.sin(2 * np.pi * 1.51 * pitch * time)
        return np.asarray(
            (tone + noise * rng.normal(0, 1, len(time)) * np.exp(-time / 0.01)) * fade
        )

    return made


def _hiss(rng: Rng, size: int, above: float) -> Sound:
    return np.asarray(
        sosfilt(butter(2, above, "high", fs=RATE, output="sos"), rng.normal(0, 0.7, size))
    )


VOICES: dict[str, Callable[[Rng], Sound]] = {
    "kick": _kick, "snare": _snare, "clap": _clap, "hat": _hat(0.01, 0.05), "open": _hat(0.06, 0.2),
    "ride": _hat(0.1, 0.4), "crash": _hat(0.3, 0.6), "shaker": _shaker, "tambourine": _hat(0.02, 0.1),
    "brush": _brush, "rim": _pitched(400, 1800, 0.02, 0.5), "tom": _pitched(80, 220, 0.12, 0.2),
    "conga": _pitched(160, 420, 0.07, 0.3), "cowbell": _pitched(500, 900, 0.08, 0.0),
    "perc": _pitched(250, 2500, 0.05, 0.3),
}  # fmt: skip
LEVELS = {
    "kick": 0, "snare": -3, "clap": -5, "hat": -15, "open": -14, "ride": -15, "crash": -14,
    "brush": -12, "shaker": -17, "tambourine": -13, "rim": -8, "tom": -6, "conga": -7, "cowbell": -12, "perc": -9,
}  # fmt: skip
"""Decibels, about."""


def beatless(rng: Rng) -> NDArray[np.float32]:
    """Four to forty seconds of what has no beat: noise, wind, pads, speech, drops, a rubato tune."""
    seconds = rng.uniform(4, 40)
    makers = (_hum, _hum, _wind, _pads, _speech, _drops, _pads, _speech)
    sound = makers[rng.integers(len(makers))](rng, int(seconds * RATE))
    sound = sound / max(np.abs(sound).max(), 1e-9) * _decibels(rng.uniform(-60, 0))
    return (sound + _decibels(rng.uniform(-95, -60)) * rng.normal(0, 1, len(sound))).astype(
        np.float32
    )


def _hum(rng: Rng, size: int) -> Sound:
    time = np.arange(size) / RATE
    sound = rng.uniform(0, 1) * rng.normal(0, 0.3, size)
    for _ in range(int(rng.integers(0, 5))):
        sound = sound + np.sin(2 * np.pi * 10 ** rng.uniform(1.7, 3.3) * time)
    return np.asarray(sound)


def _slow(rng: Rng, size: int, seconds: float) -> Sound:
    """A curve that wanders between 0 and 1, from turn to turn at uneven distances."""
    turns = np.cumsum(rng.gamma(4, seconds / 4, int(2 * size / RATE / seconds) + 8))
    return np.asarray(np.interp(np.arange(size) / RATE, turns, rng.uniform(0, 1, len(turns))))


def _wind(rng: Rng, size: int) -> Sound:
    low = butter(
        2, [10 ** rng.uniform(1.8, 2.5), 10 ** rng.uniform(2.8, 3.9)], "band", fs=RATE, output="sos"
    )
    return np.asarray(
        sosfilt(low, rng.normal(0, 1, size)) * _slow(rng, size, rng.uniform(0.3, 3)) ** 2
    )


def _pads(rng: Rng, size: int) -> Sound:
    time, sound = np.arange(size) / RATE, np.zeros(size)
    for _ in range(int(rng.integers(3, 9))):
        pitch = 440 * 2 ** ((rng.integers(40, 80) - 69) / 12)
        tone = sum(
            np.sin(2 * np.pi * pitch * k * time) / k**1.5 for k in range(1, int(rng.integers(2, 7)))
        )
        sound += tone * _slow(rng, size, rng.uniform(1.0, 6)) ** 2
    return sound


def _speech(rng: Rng, size: int) -> Sound:
    """Syllables of uneven length in phrases with pauses, a buzz through moving formants."""
    sound, at = np.zeros(size), 0.3
    pitch = rng.uniform(90, 220)
    while at < size / RATE - 0.6:
        for _ in range(int(rng.integers(3, 14))):
            long = float(rng.gamma(8, 0.022))
            time = np.arange(int(long * RATE)) / RATE
            bend = pitch * (1 + 0.15 * rng.normal()) * (1 - 0.2 * time / long)
            buzz = sum(np.sin(2 * np.pi * k * np.cumsum(bend) / RATE) / k for k in range(1, 20))
            peaks = [rng.uniform(300, 800), rng.uniform(900, 2_300)]
            voiced = sum(
                sosfilt(butter(1, [p * 0.85, p * 1.15], "band", fs=RATE, output="sos"), buzz)
                for p in peaks
            )
            hiss = rng.uniform(0, 0.5) * rng.normal(0, 1, len(time)) * (time < 0.05)
            begin = int(at * RATE)
            syllable = (voiced + hiss) * np.sin(np.pi * time / long) ** 0.7 * rng.uniform(0.4, 1)
            part = syllable[: size - begin]
            sound[begin : begin + len(part)] += part
            at += long + (rng.uniform(0.02, 0.12) if rng.random() < 0.4 else 0.0)
            if at > size / RATE - 0.5:
                break
        at += rng.gamma(3, 0.2)
    return sound


def _drops(rng: Rng, size: int) -> Sound:
    """Sounds at random moments, as rain, steps of a crowd or applause."""
    sound, rate = np.zeros(size), 10 ** rng.uniform(0, 1.5)
    voices = [VOICES[str(name)](rng) for name in rng.choice(list(VOICES), 4)]
    for _ in range(int(rate * size / RATE)):
        struck = voices[rng.integers(4)]
        begin = int(rng.integers(0, size))
        part = struck[: size - begin]
        sound[begin : begin + len(part)] += rng.uniform(0.1, 1) * part
    return sound


def rubato(rng: Rng) -> Piece:
    """A keyboard piece in two or three voices whose tempo breathes."""
    bpm, seconds = float(np.exp(rng.uniform(*np.log((38, 150))))), float(rng.uniform(40, 90))
    ways = (2, 4, 8) if rng.random() < 0.7 else (3, 6)  # fingers play two to ten notes a second
    divisions = [way for way in ways if 2 <= way * bpm / 60 <= 10] or [ways[0]]
    even = rng.random() < 0.3  # a perpetual motion stresses nothing
    count = int(seconds * bpm / 60 * 1.4) + 8
    sway = np.cumsum(rng.normal(0, 1, count)) * rng.uniform(0.01, 0.035)
    sway -= np.linspace(0, sway[-1], count)
    metre = int(rng.choice([3, 4]))
    ritard = np.where(np.arange(count) % (4 * metre) >= 4 * metre - 2, rng.uniform(0.02, 0.25), 0)
    beats = 0.4 + np.concatenate([[0.0], np.cumsum(60 / bpm * np.exp(sway + ritard))])
    beats = beats[beats < seconds - 1]
    sound, scale = np.zeros(int(seconds * RATE)), np.array([0, 2, 4, 5, 7, 9, 11])
    for octave, busy in zip((36, 48, 60), rng.permutation([0.15, 0.6, 0.9]), strict=True):
        voice, degree, div = _Voice.drawn(rng), 7, int(rng.choice(divisions) if busy > 0.5 else 1)
        level = even and busy > 0.8
        voice.attack, voice.decay, voice.vibrato = 0.004, rng.uniform(0.3, 1.2), 0.0
        places = np.interp(np.arange(0, len(beats) - 1, 1 / div), np.arange(len(beats)), beats)
        for place, at in enumerate(places):
            stressed = place % div == 0 and not level
            if rng.random() > (0.95 if stressed or level else busy):
                continue
            degree = int(np.clip(degree + rng.integers(-2, 3), 0, 13))
            struck = voice.note(
                int(octave + scale[degree % 7] + 12 * (degree // 7)), 60 / bpm / div * 1.2
            )
            begin = max(0, int((at + 0.01 * rng.normal()) * RATE))
            part = struck[: len(sound) - begin]
            sound[begin : begin + len(part)] += (
                part * rng.uniform(0.5, 1) * (1.25 if stressed else 1)
            )
    sound = sound / np.abs(sound).max() * 0.7 + 1e-4 * rng.normal(0, 1, len(sound))
    return Piece(
        sound.astype(np.float32), "rubato", float(60 / np.median(np.diff(beats))), beats, metre, 0
    )
