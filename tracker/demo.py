"""A small library of synthesised music, so that one without music sees tracker at work.

`python -m tracker.demo FOLDER` makes it; what is there already stays. Every piece has a tempo
and a key that are known, in the formats that people have.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import av
import mutagen
import numpy as np
import soundfile
from mutagen.id3 import ID3, TALB, TBPM, TCON, TDRC, TIT2, TKEY, TPE1, TPUB
from numpy.typing import NDArray

Sound = NDArray[np.float32]
RATE = 44_100
BARS = 24
INTRO, BREAK = 4, (12, 16)
"""Bars of drums alone; bars without drums."""
MINOR_CHORDS = ((0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7))  # i iv V i: not its relative major
MAJOR_CHORDS = ((0, 4, 7), (-3, 0, 4), (5, 9, 12), (7, 11, 14))  # I vi IV V


class Piece(NamedTuple):
    artist: str
    title: str
    genre: str
    bpm: float
    tonic: int
    """Pitch class, 0 is C."""
    minor: bool
    suffix: str
    drive: float
    """How hard it is played, 0 to 1."""
    tagged: bool = True


PIECES = (
    Piece("Northgate", "Ostia", "House", 124, 9, True, ".flac", 0.7),
    Piece("Tidal Works", "Harbour (Dub Mix)", "House", 122, 9, True, ".mp3", 0.5),
    Piece("Salt Ferry", "Slow Lantern", "Deep House", 120, 4, True, ".m4a", 0.4),
    Piece("Okto", "Ninth Window", "Techno", 130, 2, True, ".mp3", 0.9),
    Piece("Lune", "Paper Boats", "Pop", 104, 0, False, ".ogg", 0.4),
    Piece("Glasshouse", "Fern & Iron", "Techno", 134, 11, True, ".aiff", 1.0),
    Piece("Mira Solveig", "Élan", "Downtempo", 92, 7, False, ".opus", 0.3),
    Piece("Northgate", "Breakwater", "House", 126, 4, True, ".flac", 0.8),
    Piece("Okto", "Signal Fires", "Trance", 138, 6, True, ".mp3", 0.9),
    Piece("Kestrel", "Low Tide", "Drum and Bass", 174, 5, True, ".wav", 0.8),
    Piece("Salt Ferry", "Weather Station", "Deep House", 121, 11, True, ".flac", 0.5),
    Piece("東京ループ", "夜の電車", "House", 125, 2, False, ".m4a", 0.6),
    Piece("Lune", "Paper Boats (Acappella Sketch)", "Pop", 104, 0, False, ".mp3", 0.2, False),
)


def make(folder: Path, pieces: Iterable[Piece] = PIECES) -> Iterable[Path]:
    """Write the pieces that are not there yet; each path as it is done."""
    folder.mkdir(parents=True, exist_ok=True)
    for piece in pieces:
        path = folder / name_of(piece)
        if not path.exists():
            unfinished = path.with_name(f".{path.name}.part")
            write(unfinished, play(piece), piece.suffix)
            if piece.tagged:
                tag(unfinished, piece)
            unfinished.replace(path)
        yield path


def name_of(piece: Piece) -> str:
    if not piece.tagged:
        return f"track01{piece.suffix}"
    return f"{piece.artist} - {piece.title}{piece.suffix}".replace("/", "-")


def play(piece: Piece) -> Sound:
    """Drums, bass and chords, stereo, shape (samples, 2)."""
    beat = 60 / piece.bpm * RATE
    length = round(beat * 4 * BARS)
    drums, harmony = np.zeros(length, np.float32), np.zeros((length, 2), np.float32)
    progression = chords(piece, round(4 * beat))
    for bar in range(BARS):
        start = bar * 4 * beat
        if not BREAK[0] <= bar < BREAK[1]:
            play_drums(drums, start, beat, piece.drive)
        if bar >= INTRO:
            add(harmony, start, progression[bar % 4])
    sound = 0.8 * drums[:, None] + harmony
    return np.tanh(sound * (0.4 + 0.8 * piece.drive)).astype(np.float32) * np.float32(0.9)


def play_drums(drums: Sound, start: float, beat: float, drive: float) -> None:
    noise = np.random.default_rng(7)
    for quarter in range(4):
        at = start + quarter * beat
        add(drums, at, kick() * np.float32(0.6 + 0.4 * drive))
        add(drums, at + beat / 2, burst(noise, 0.04, 0.02) * np.float32(0.3 * drive))
        if quarter % 2:
            add(drums, at, burst(noise, 0.18, 0.05) * np.float32(0.35))


def kick() -> Sound:
    time = np.arange(round(0.28 * RATE)) / RATE
    phase = 2 * np.pi * (48 * time + 90 * 0.03 * (1 - np.exp(-time / 0.03)))
    return (np.sin(phase) * np.exp(-time / 0.09)).astype(np.float32)


def burst(noise: np.random.Generator, seconds: float, decay: float) -> Sound:
    time = np.arange(round(seconds * RATE)) / RATE
    white = np.diff(noise.standard_normal(len(time) + 1))
    return (0.4 * white * np.exp(-time / decay)).astype(np.float32)


def chords(piece: Piece, length: int) -> list[Sound]:
    """The four chords of a piece, each *length* samples of stereo: root in the bass, notes apart."""
    time = np.arange(length) / RATE
    swell = np.minimum(1, np.minimum(time, time[::-1]) / 0.02)
    found = []
    for chord in MINOR_CHORDS if piece.minor else MAJOR_CHORDS:
        notes = [36 + piece.tonic + chord[0] % 12, *(60 + piece.tonic + n for n in chord)]
        both = np.zeros((length, 2))
        for place, note in enumerate(notes):
            pitch = 440 * 2 ** ((note - 69) / 12)
            wave = sum(np.sin(2 * np.pi * pitch * k * time) / k**1.5 for k in range(1, 5))
            side = 0.5 + 0.12 * (place % 3 - 1)
            level = (0.2 if place == 0 else 0.07) * swell * wave
            both += np.stack([level * side, level * (1 - side)], axis=1)
        found.append(both.astype(np.float32))
    return found


def add(sound: Sound, at: float, what: Sound) -> None:
    start = round(at)
    piece = what[: max(0, len(sound) - start)]
    sound[start : start + len(piece)] += piece


def write(path: Path, sound: Sound, suffix: str) -> None:
    """Encode what libsndfile can, and AAC with PyAV."""
    if suffix == ".m4a":
        write_aac(path, sound)
        return
    kind, subtype = {
        ".mp3": ("MP3", "MPEG_LAYER_III"),
        ".ogg": ("OGG", "VORBIS"),
        ".opus": ("OGG", "OPUS"),
        ".flac": ("FLAC", "PCM_16"),
        ".aiff": ("AIFF", "PCM_16"),
        ".wav": ("WAV", "PCM_16"),
    }[suffix]
    rate = 48_000 if suffix == ".opus" else RATE
    with soundfile.SoundFile(os.fspath(path), "w", rate, 2, subtype, format=kind) as file:
        if rate != RATE:
            import soxr

            sound = soxr.resample(sound, RATE, rate)
        for start in range(0, len(sound), RATE):  # libsndfile's encoders overflow on more at once
            file.write(sound[start : start + RATE])


def write_aac(path: Path, sound: Sound) -> None:
    with av.open(os.fspath(path), "w", format="ipod") as container:
        stream = container.add_stream("aac", rate=RATE, layout="stereo")
        for start in range(0, len(sound), 1024):
            block = np.ascontiguousarray(sound[start : start + 1024].T)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def tag(path: Path, piece: Piece) -> None:
    """As people's files are tagged; most of them say no tempo and no key."""
    if piece.suffix in (".mp3", ".aiff", ".wav"):
        tag_id3(path, piece)
        return
    file = mutagen.File(os.fspath(path), easy=piece.suffix == ".m4a")
    file.update(
        {
            "title": [piece.title],
            "artist": [piece.artist],
            "album": ["Harbour Sessions"],
            "genre": [piece.genre],
            "date": ["2026"],
        }
    )
    file.save()


def tag_id3(path: Path, piece: Piece) -> None:
    frames = [
        TIT2(3, [piece.title]),
        TPE1(3, [piece.artist]),
        TALB(3, ["Harbour Sessions"]),
        TCON(3, [piece.genre]),
        TDRC(3, ["2026"]),
        TPUB(3, ["Quayside"]),
    ]
    if piece.title == "Ninth Window":  # a careless one: half the tempo, another key
        frames += [TBPM(3, ["65"]), TKEY(3, ["Fm"])]
    if piece.suffix == ".mp3":
        tags = ID3()
        for frame in frames:
            tags.add(frame)
        tags.save(os.fspath(path))
        return
    file = mutagen.File(os.fspath(path))
    file.add_tags()
    for frame in frames:
        file.tags.add(frame)
    file.save()


def main() -> int:
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m tracker.demo FOLDER\n")
        return 2
    for number, path in enumerate(make(Path(sys.argv[1])), 1):
        print(f"{number}/{len(PIECES)} {path.name}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
