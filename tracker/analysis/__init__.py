"""What the audio says: one module per feature, each a pure function of `Audio`.

A feature is a module with a `VERSION` and a `measure(audio)`; its name is its
field in `tracker.model.Analysis`. Raise `VERSION` when `measure` would answer
differently, and every track is measured again, for that feature alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection
from dataclasses import replace
from typing import Any, BinaryIO, Protocol

import numpy as np

from tracker.analysis import (
    beats,
    duration,
    embedding,
    energy,
    fingerprint,
    hamms,
    key,
    loudness,
    quality,
    structure,
    tempo,
    timbre,
    waveform,
)
from tracker.analysis.audio import Audio
from tracker.errors import Invalid
from tracker.model import Analysis
from tracker.model.tempi import ALL, Tempi
from tracker.text import clean


class Feature(Protocol):
    """What a feature module holds."""

    @property
    def VERSION(self) -> int: ...  # noqa: N802

    def measure(self, audio: Audio, /) -> Any: ...


FEATURES: dict[str, Feature] = {
    "duration": duration,
    "tempo": tempo,
    "beats": beats,
    "key": key,
    "loudness": loudness,
    "energy": energy,
    "timbre": timbre,
    "hamms": hamms,
    "embedding": embedding,
    "waveform": waveform,
    "fingerprint": fingerprint,
    "quality": quality,
    "structure": structure,
}


_TEMPO = frozenset({"onsets", "bands", "energies"})
_KEY = frozenset({"chroma", "bass", "tones", "energies"})
_SOUND = frozenset({"texture", "chroma", "tones"})

READS: dict[str, frozenset[str]] = {
    "duration": frozenset(),
    "tempo": _TEMPO,
    "beats": _TEMPO | {"chroma", "tones"},
    "key": _KEY,
    "loudness": frozenset({"energies", "levels"}),
    "energy": _TEMPO | {"texture"},
    "timbre": _SOUND,
    "hamms": _TEMPO | _KEY | _SOUND,
    "embedding": _SOUND,
    "waveform": frozenset({"overview"}),
    "fingerprint": frozenset({"prints", "levels"}),
    "quality": frozenset({"levels", "spectrum"}),
    "structure": _TEMPO | _SOUND,
}
"""The series of `Audio` that each looks at: the pass gathers no others.

One that is missing here raises LookupError where it is read.
"""


def versions() -> dict[str, int]:
    """Feature -> version, of those we can measure now.

    A fingerprint without its library is left out, lest it count as measured when that is installed.
    """
    return {
        name: feature.VERSION
        for name, feature in FEATURES.items()
        if name != "fingerprint" or fingerprint.available()
    }


def known(wanted: Collection[str] | None) -> list[str]:
    """The wanted features in our order, all where None. Raises Invalid for one we have not."""
    able = versions()
    if wanted is None:
        return list(able)
    if unknown := sorted(set(wanted) - FEATURES.keys()):
        raise Invalid(
            f"there is no feature {clean(', '.join(unknown))}; known are {', '.join(FEATURES)}"
        )
    if impossible := sorted(set(wanted) - able.keys()):
        raise Invalid(f"{impossible[0]} needs libchromaprint; install it, as libchromaprint1")
    return [name for name in able if name in wanted]


def analyse(
    file: BinaryIO, name: bytes, wanted: Collection[str] | None = None, tempi: Tempi = ALL
) -> Analysis:
    """Measure the wanted features of one open file, all where None. Runs in a worker process.

    The octave of its tempo is one of *tempi*, where it can be.

    Raises:
        Unreadable: there is no sound in it that we can decode; the sentence calls it *name*.
        Invalid: a feature we do not know is wanted.
    """
    names = known(wanted)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        series = frozenset().union(*(READS[name] for name in names))
        audio = replace(Audio.read(file, name, series), tempi=tempi)
        values = {name: FEATURES[name].measure(audio) for name in names}
    measured = {name: tempi.version(name, FEATURES[name].VERSION) for name in names}
    return Analysis(measured=measured, **values)
