"""What the audio itself says."""

from __future__ import annotations

import msgspec

from tracker.model.units import Bpm, Lufs, Seconds


class Tempo(msgspec.Struct, frozen=True, omit_defaults=True):
    bpm: Bpm
    confidence: float
    """The probability that this is the tempo people tap, 0 to 1."""
    alternatives: tuple[Bpm, ...] = ()
    """Other readings of the same beat, the likeliest first."""
    second: float | None = None
    """The probability of the first of them: with `confidence` it tells how clear the octave is."""
    outside: Bpm | None = None
    """The likelier reading, where it lies outside the wanted range of tempi."""

    @property
    def why(self) -> str | None:
        """What speaks for another octave, a sentence; None where nothing does."""
        if self.outside is not None:
            return f"{self.outside:.2f} BPM is likelier, but outside the wanted range"
        if self.alternatives and self.second is not None and self.second >= 0.005:
            return f"{self.alternatives[0]:.2f} BPM is {self.second:.0%} likely"
        return None


class Key(msgspec.Struct, frozen=True, omit_defaults=True):
    camelot: str
    """"8A" is A minor, "8B" C major."""
    confidence: float
    """The probability that tonic and mode are right, 0 to 1."""
    alternatives: tuple[str, ...] = ()
    """The next likeliest keys, Camelot."""
    shares: tuple[float, ...] = ()
    """Their probabilities."""
    modulates: bool = False
    """A considerable part is in another key."""


class Beats(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the beats fall, in decoded time: as a grid where it is steady, one by one where not."""

    first: Seconds
    """The first beat."""
    count: int
    period: Seconds | None = None
    """From one beat to the next, where that never changes."""
    times: tuple[Seconds, ...] = ()
    """Every beat, where there is no one period."""
    metre: int | None = None
    """Beats in a bar."""
    downbeat: int | None = None
    """The first beat that begins a bar, counted from 0."""
    phrase: int | None = None
    """The first beat that begins a phrase of eight bars, counted from 0."""
    confidence: float = 0.0
    """The probability that the beats are where people tap, not between."""
    downbeat_confidence: float | None = None
    stability: float | None = None
    """How well one tempo holds: 1 a machine, 0 rubato."""
    curve: tuple[tuple[Seconds, Bpm], ...] = ()
    """The tempo over time, for music whose tempo changes."""

    @property
    def all(self) -> tuple[Seconds, ...]:
        """Every beat, one by one."""
        if self.period is None:
            return self.times
        return tuple(
            Seconds(round(self.first + number * self.period, 4)) for number in range(self.count)
        )

    @property
    def downbeats(self) -> tuple[Seconds, ...]:
        """Those that begin a bar; none where the metre is not known."""
        if self.metre is None or self.downbeat is None:
            return ()
        return self.all[self.downbeat :: self.metre]

    @property
    def phrases(self) -> tuple[Seconds, ...]:
        """Those that begin a phrase of eight bars; none where that is not known."""
        if self.metre is None or self.phrase is None:
            return ()
        return self.all[self.phrase :: 8 * self.metre]


class Loudness(msgspec.Struct, frozen=True, omit_defaults=True):
    integrated: Lufs
    """ITU-R BS.1770-4, both gates."""
    short_term: Lufs | None = None
    """The loudest three seconds (EBU Tech 3341)."""
    momentary: Lufs | None = None
    """The loudest 400 ms."""
    range: float | None = None
    """Loudness range, LU (EBU Tech 3342)."""
    true_peak: float | None = None
    """dBTP: the highest point between the samples, four times oversampled (BS.1770-4, annex 2)."""
    peak: float | None = None
    """dBFS of the highest sample."""

    @property
    def replay_gain(self) -> float:
        """DB that bring it to -18 LUFS (ReplayGain 2.0)."""
        return round(-18.0 - self.integrated, 2)


class Energy(msgspec.Struct, frozen=True, omit_defaults=True):
    level: int
    """1 (a whisper) to 10 (peak time), on a fixed scale."""
    value: float
    """The same before rounding, 0 to 1: what sorting and later scales read."""
    confidence: float | None = None
    """The probability that a part of 20 s, heard alone, has the same level within one."""


class Timbre(msgspec.Struct, frozen=True):
    """How it sounds, over the whole recording: means and standard deviations."""

    mfcc: tuple[float, ...]
    """13 means, then 13 deviations."""
    centroid: tuple[float, float]
    """Hz."""
    rolloff: tuple[float, float]
    """Hz below which 85 % of the power lies."""
    flatness: tuple[float, float]
    """0 a tone, 1 noise."""
    crossings: tuple[float, float]
    """Zero crossings, as a share of the samples."""
    rms: tuple[float, float]
    """dBFS."""
    chroma: tuple[float, ...]
    """12 means, C first, the strongest 1; then 12 deviations."""
    contrast: tuple[float, ...]
    """dB from valley to peak in 7 bands, from low to high."""


class Hamms(msgspec.Struct, frozen=True, omit_defaults=True):
    """Twelve dimensions of a track, each 0 to 1 and measured; None where it cannot be told."""

    bpm: float | None = None
    key: float | None = None
    energy: float | None = None
    danceability: float | None = None
    valence: float | None = None
    acousticness: float | None = None
    instrumentalness: float | None = None
    rhythmic_pattern: float | None = None
    spectral_centroid: float | None = None
    tempo_stability: float | None = None
    harmonic_complexity: float | None = None
    dynamic_range: float | None = None
    confidence: dict[str, float] = {}
    """Dimension -> how far to trust it, 0 to 1."""


class Embedding(msgspec.Struct, frozen=True):
    """A point in the space of sounds; near ones sound alike."""

    vector: bytes
    """float32, little-endian, of length 1 in the Euclidean sense."""


class Section(msgspec.Struct, frozen=True, omit_defaults=True):
    start: Seconds
    end: Seconds
    label: str | None = None
    """"intro", "break", "drop", ...; None where nothing supports one."""
    confidence: float | None = None


class Cue(msgspec.Struct, frozen=True):
    """A proposal where to mix or jump."""

    kind: str
    """"mix-in", "mix-out", "drop" or "break"."""
    at: Seconds
    confidence: float


class Structure(msgspec.Struct, frozen=True, omit_defaults=True):
    sections: tuple[Section, ...]
    cues: tuple[Cue, ...] = ()
    curve: bytes = b""
    """The energy over time, one byte for each of at most 200 equal parts, 255 the loudest."""


class Waveform(msgspec.Struct, frozen=True):
    """An overview in 1 000 equal parts, one byte each, 255 full scale."""

    low: bytes
    """Below 200 Hz."""
    mid: bytes
    high: bytes
    """Above 2 kHz."""


class Fingerprint(msgspec.Struct, frozen=True):
    """Chromaprint of the first two minutes."""

    raw: bytes
    """uint32, little-endian, eight for each second about."""
    seconds: Seconds
    """Of sound it covers."""


class Quality(msgspec.Struct, frozen=True, omit_defaults=True):
    """Evidence about the recording, not a verdict."""

    bandwidth: float | None = None
    """Hz up to which there is sound."""
    wall: float | None = None
    """dB by which the spectrum falls there within a few hundred Hz; high where a coder cut it."""
    suspicion: str | None = None
    """What the evidence points at, one sentence; None where at nothing."""
    clips: int = 0
    """Runs of three or more samples at full scale."""
    longest_clip: int = 0
    """Samples."""
    silence_start: Seconds = Seconds(0.0)
    silence_end: Seconds = Seconds(0.0)
    correlation: float | None = None
    """Of left and right: 1 mono, 0 unrelated, -1 opposite; None where there are not two."""
    dc: float = 0.0
    """The mean of the samples, of full scale."""
    damage: str | None = None
    """What could not be decoded, one sentence."""


class Duration(msgspec.Struct, frozen=True):
    seconds: Seconds
    """Decoded frames, counted; not what a header claims."""
    complaint: str | None = None
    """What was wrong with the file though it could be decoded: one sentence."""


IN_ROW = ("duration", "tempo", "key", "loudness", "energy")
"""The features that a row of the library shows."""


class Analysis(msgspec.Struct, frozen=True):
    """What was found in one pass, one field per feature; None where it has no answer.

    `measured` names the features that were asked and answered, "no beat" included.
    """

    measured: dict[str, int]
    """Feature -> version that answered."""
    duration: Duration | None = None
    tempo: Tempo | None = None
    key: Key | None = None
    beats: Beats | None = None
    loudness: Loudness | None = None
    energy: Energy | None = None
    timbre: Timbre | None = None
    hamms: Hamms | None = None
    embedding: Embedding | None = None
    structure: Structure | None = None
    waveform: Waveform | None = None
    fingerprint: Fingerprint | None = None
    quality: Quality | None = None
