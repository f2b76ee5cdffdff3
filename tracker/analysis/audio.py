"""One pass over a file: blocks go in, small finished series come out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from tracker.analysis import native
from tracker.analysis.chroma import Chroma
from tracker.analysis.container import breaks_off
from tracker.analysis.decode import (
    CannotDecode,
    Series,
    Sound,
    decoders,
    unbuffered,
)
from tracker.analysis.gathered import NotGathered
from tracker.analysis.native import Levels, Native
from tracker.analysis.overview import Overview
from tracker.analysis.printer import Printer
from tracker.analysis.series import RATE, Mono, Onsets
from tracker.analysis.shape import Shape, Texture
from tracker.errors import Unreadable
from tracker.model import Seconds
from tracker.model.tempi import ALL, Tempi
from tracker.text import clean

OF_FRAMES = frozenset({"onsets", "bands", "texture", "overview"})
OF_PITCH = frozenset({"chroma", "bass", "tones"})
SERIES = OF_FRAMES | OF_PITCH | {*native.SERIES, "prints"}
"""The fields of `Audio` that cost something to gather."""
LONGEST = 24 * 3600
"""Seconds; what comes after is left alone."""
AROUND = int(0.4 * Onsets.RATE) | 1
"""Frames around an onset whose mean is removed."""
LENIENCE = 0.5
"""Seconds that decoder delay, padding and rounding may take from a stated length."""


@dataclass(frozen=True)
class Audio:
    """What the pass leaves behind; nothing in it grows with the sample rate.

    A series that was not asked for is not there: reading it is an error.
    """

    seconds: Seconds
    onset_rate: float
    """Frames of `onsets` in a second; frame 0 is centred on the first sample."""
    onsets: Series
    """How much the sound rises: low, mid, high and all bands, by frames; 0.4 s mean removed."""
    bands: Series
    """Mean power of the 40 mel bands (`series.MEL_CENTRES`), one row for 0.74 s."""
    chroma: NDArray[np.float16]
    """Whitened strength of peaks by pitch class, `series.FINE` steps from A; a row for 0.19 s."""
    bass: NDArray[np.float16]
    """The same of the peaks from 32 to 220 Hz."""
    tones: complex
    """Where peaks lie between semitones: their weighted mean on the unit circle."""
    energies: Series
    """K-weighted mean square over all channels, one value for 100 ms (ITU-R BS.1770-4)."""
    texture: Texture
    """What the spectrum looks like, by rows of 0.74 s, and how eight bands move."""
    rate: int
    """Samples a second, of the file."""
    levels: Levels
    """Of the samples of all channels."""
    spectrum: Series
    """Mean power from 0 Hz to half of `rate`, of windows 311 ms apart; a full-scale sine is 1."""
    overview: tuple[Series, float]
    """Mean power of the low, mid and high band, by cells, and the seconds of a cell."""
    prints: tuple[bytes, float] | None
    """Chromaprint as little-endian uint32, and the seconds it heard."""
    lossless: bool | None = None
    """Whether the file's coding keeps every sample; None where that is not known."""
    damage: str | None = None
    """What of the file is broken."""
    complaint: str | None = None
    """That, and what else is to be known about how far it was measured."""
    tempi: Tempi = ALL
    """The tempi that are wanted; nothing heard, but what the octave is decided by."""

    @classmethod
    def read(cls, file: BinaryIO, name: bytes, series: Collection[str] = SERIES) -> Audio:
        """The pass over an open file; *name* is for messages, its extension decides nothing.

        Of `SERIES` those in *series* are gathered.

        Raises:
            Unreadable: there is no sound in it that we can decode.
        """
        shown = clean(name.rpartition(b"/")[2])
        with unbuffered(file) as handle:
            decoder, other = decoders(handle)
            first = _take(decoder, handle, series)
            second = _take(other, handle, series) if not first or first.short else None
            cut = breaks_off(handle)
        takes = [take for take in (first, second) if take]
        if not takes:
            raise Unreadable(f"{shown} is not audio we can decode; does it play?")
        best = max(takes, key=lambda take: take.audio.seconds)
        if first and second and second.audio.seconds <= first.audio.seconds + LENIENCE / 10:
            best = first
        if not best.audio.seconds:
            raise Unreadable(f"{shown} holds no sound; copy it again from where it came from")
        return _told(best, first, cut=cut)

    @classmethod
    def of(cls, blocks: Iterable[Series], rate: int, series: Collection[str] = SERIES) -> Audio:
        """The same from samples in memory, each block frames by channels."""
        flow: Pass | None = None
        for block in blocks:
            flow = flow or Pass(rate, block.shape[1], series)
            flow.feed(np.ascontiguousarray(block, np.float32))
        return (flow or Pass(rate, 1, series)).finish()


class Pass:
    """Each block is seen once, by every accumulator, and forgotten."""

    def __init__(self, rate: int, channels: int, series: Collection[str] = SERIES) -> None:
        self.rate, self.frames = rate, 0
        self.series = frozenset(series)
        self.onsets = Onsets(self._see) if self.series & OF_FRAMES else None
        self.shape = Shape() if "texture" in self.series else None
        self.overview = Overview() if "overview" in self.series else None
        self.chroma = Chroma() if self.series & OF_PITCH else None
        self.printer = Printer() if "prints" in self.series else None
        heard = self.onsets or self.chroma or self.printer
        self.mono = Mono(rate) if heard else None
        wanted = self.series.intersection(native.SERIES)
        self.native = Native(rate, channels, wanted, mono=bool(heard))

    @property
    def full(self) -> bool:
        return self.frames >= LONGEST * self.rate

    def feed(self, block: Series) -> None:
        self.frames += len(block)
        for piece in self.native.feed(block):
            if self.mono:
                self._hear(self.mono.feed(piece))

    def _hear(self, mono: Series) -> None:
        if self.printer:
            self.printer.feed(mono)
        if self.shape:
            self.shape.hear(mono)
        if self.onsets:
            self.onsets.feed(mono)
        if self.chroma:
            self.chroma.feed(mono)

    def _see(self, magnitudes: Series, bands: Series) -> None:
        if self.shape:
            self.shape.see(magnitudes, bands)
        if self.overview:
            self.overview.see(magnitudes)

    def finish(self) -> Audio:
        found = self._finished()
        gathered: dict[str, Any] = {
            name: found[name] if name in self.series else NotGathered(name) for name in SERIES
        }
        return Audio(
            seconds=Seconds(self.frames / self.rate),
            rate=self.rate,
            onset_rate=Onsets.RATE,
            **gathered,
        )

    def _finished(self) -> dict[str, Any]:
        """All that was gathered, by the names in `SERIES`; there may be more than was wanted."""
        found = self.native.finish()
        rest = self.mono.rest() if self.mono else np.zeros(0, np.float32)
        if self.shape:
            self.shape.hear(rest)
        if self.onsets:
            onsets, found["bands"] = self.onsets.finish(rest)
            found["onsets"] = _rises(onsets)
            self.onsets = None  # it holds us in turn, and our memory would wait for a collection
        if self.shape:
            found["texture"] = self.shape.finish()
        if self.overview:
            found["overview"] = self.overview.finish()
        if self.chroma:
            pitches = self.chroma.finish(rest)
            found |= {"chroma": pitches.chroma, "bass": pitches.bass, "tones": pitches.tuning}
        if self.printer:
            found["prints"] = self.printer.finish(rest)
        return found


def _rises(onsets: Series) -> Series:
    """The onsets by groups, less the mean around them."""
    rises = np.empty(onsets.shape[::-1], np.float32)
    for row, group in zip(rises, onsets.T, strict=True):
        row[:] = group
        row -= uniform_filter1d(row, AROUND, mode="nearest")
    return rises


@dataclass(frozen=True)
class Take:
    """One decoder's way through the file."""

    audio: Audio
    claimed: Seconds | None
    stopped: bool
    unread: bool
    full: bool
    dirty: bool

    @property
    def ends_early(self) -> bool:
        return bool(
            self.claimed
            and not self.full
            and self.audio.seconds < self.claimed - max(LENIENCE, 0.02 * self.claimed)
        )

    @property
    def short(self) -> bool:
        """Whether another decoder may find more."""
        return not self.full and (
            self.stopped or self.unread or self.ends_early or not self.audio.seconds
        )


def _take(
    decoder: Callable[[BinaryIO], Sound], file: BinaryIO, series: Collection[str]
) -> Take | None:
    """What *decoder* finds in *file*; None where it cannot make anything of it."""
    try:
        with decoder(file) as sound:
            flow = _through(sound, series)
            return Take(
                audio=replace(flow.finish(), lossless=sound.lossless),
                claimed=sound.claimed,
                stopped=sound.stopped,
                unread=sound.unread,
                full=flow.full,
                dirty=flow.native.dirty,
            )
    except CannotDecode:
        return None


def _through(sound: Sound, series: Collection[str]) -> Pass:
    flow: Pass | None = None
    for block in sound.blocks():
        # Only the first frame tells for sure what rate and channels come out.
        flow = flow or Pass(sound.rate, sound.channels, series)
        flow.feed(block)
        if flow.full:
            break
    return flow or Pass(RATE, 1, series)


def _told(best: Take, first: Take | None, *, cut: bool) -> Audio:
    """What was heard, with what was wrong with the file, as one sentence."""
    damage = "; ".join(_faults(best, first, cut=cut)) or None
    much = f"only the first {LONGEST // 3600} hours were measured" if best.full else None
    return replace(
        best.audio, damage=damage, complaint="; ".join(filter(None, (much, damage))) or None
    )


def _faults(best: Take, first: Take | None, *, cut: bool) -> list[str]:
    seconds = best.audio.seconds
    faults = []
    if best.ends_early:
        faults.append(f"it ends after {seconds:.1f} of the {best.claimed:.1f} s it should hold")
    elif cut and not best.full:
        faults.append("it breaks off: the page that ends it is missing")
    if first and first is not best:
        faults.append(
            f"some players stop after {first.audio.seconds:.1f} of its {seconds:.1f} s: "
            "it is damaged, or its header does not tell how long it is"
        )
    elif best.stopped:
        faults.append("parts of it are damaged and were left out")
    if best.dirty:
        faults.append("it holds samples that are no numbers or far beyond full scale")
    return faults
