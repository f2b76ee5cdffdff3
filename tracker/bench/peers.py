"""What others answer about the same sound: librosa, and essentia and aubio where importable.

Each as its authors' own example uses it. All hear what our decoder made of the file, so that they
answer about the same samples; only their own work is timed. They know no "none" and no
probability; a tempo of 0 is taken for no answer.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import util
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
Beat = tuple[float | None, tuple[float, ...]]
"""BPM and beats."""
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
# How well each pitch class fits, the tonic first (Krumhansl & Kessler 1982).
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


def librosa_beats(sound: Sound) -> Beat:
    import librosa

    tempo, times = librosa.beat.beat_track(y=sound, sr=22_050, units="time")
    return float(np.ravel(tempo)[0]) or None, tuple(map(float, times))


def librosa_key(sound: Sound) -> str | None:
    """The template of Krumhansl & Kessler that its mean chroma is likest to."""
    import librosa

    chroma = librosa.feature.chroma_cqt(y=sound, sr=22_050).mean(axis=1)
    if not chroma.any():
        return None
    scores = [
        np.corrcoef(np.roll(profile, tonic), chroma)[0, 1]
        for profile in (MAJOR, MINOR)
        for tonic in range(12)
    ]
    best = int(np.nan_to_num(scores, nan=-1.0).argmax())
    return f"{NAMES[best % 12]} {'minor' if best >= 12 else 'major'}"


def _essentia() -> Any:
    import essentia

    essentia.log.infoActive = essentia.log.warningActive = False
    import essentia.standard

    return essentia.standard


def essentia_beats(method: str) -> Callable[[Sound], Beat]:
    def beats(sound: Sound) -> Beat:
        bpm, times, *_ = _essentia().RhythmExtractor2013(method=method)(sound)
        return float(bpm) or None, tuple(map(float, times))

    return beats


def essentia_key(profile: str) -> Callable[[Sound], str | None]:
    def key(sound: Sound) -> str | None:
        tonic, mode, _ = _essentia().KeyExtractor(profileType=profile)(sound)
        return f"{tonic} {mode}"

    return key


def aubio_beats(sound: Sound) -> Beat:
    """Its beats, and the tempo of their median distance, as its own command line tells it."""
    import aubio

    hop = 512
    tracker = aubio.tempo("default", 1024, hop, 44_100)
    times = [
        float(tracker.get_last_s())
        for start in range(0, len(sound) - hop + 1, hop)
        if tracker(sound[start : start + hop])
    ]
    apart = np.diff(times)
    return 60 / float(np.median(apart)) if len(apart) else None, tuple(times)


class Peer(NamedTuple):
    package: str
    rate: int
    beats: Callable[[Sound], Beat] | None
    key: Callable[[Sound], str | None] | None


PEERS = {
    "librosa": Peer("librosa", 22_050, librosa_beats, librosa_key),
    "essentia": Peer("essentia", 44_100, essentia_beats("multifeature"), essentia_key("shaath")),
    "essentia degara": Peer("essentia", 44_100, essentia_beats("degara"), essentia_key("bgate")),
    "aubio": Peer("aubio", 44_100, aubio_beats, None),
}
"""Name of a column -> who answers. The second of essentia has its default key profile."""
PACKAGES = tuple(dict.fromkeys(peer.package for peer in PEERS.values()))


def present(packages: tuple[str, ...] = PACKAGES) -> list[str]:
    """The peers of these packages that can be imported here."""
    able = {name for name in packages if util.find_spec(name)}
    return [name for name, peer in PEERS.items() if peer.package in able]
