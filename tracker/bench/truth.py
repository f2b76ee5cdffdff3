"""What is known of recordings: a corpus is a folder with `truth.jsonl`, one JSON object a line.

The fields that are read; all but `path` and `set` may be null or absent, others are left alone:

- `path`: the file, below the folder.
- `set`: the source it comes from. Figures are told by it, and it is what similarity should find.
- `bpm`: the tempo people tap; null where that is not known, or there is none.
- `tempo_kind`: "constant"; "expressive", played with rubato; "changing", a beat whose tempo
  drifts, ramps or jumps.
- `beats`: their times in seconds of decoded sound.
- `grid_ok`: whether the beats are sharp enough (about 10 ms) to judge where a grid lies.
- `first_downbeat`: a time at which a bar begins; `meter` ("4/4", "3/4", "6/8") or `beats_per_bar`:
  how many beats it has. Those of 6/8 are dotted quarters, two in a bar.
- `key`: "F# minor"; null where that is not known, or there is none.
- `notes`: in words; where they speak of pick-up bars, `first_downbeat` is only where the tune
  begins, and no downbeat is judged.
- `kind`: what it is, in words; where it begins with "loop (drum" there is no key to be found.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from tracker.errors import Invalid
from tracker.mixing import harmony

NAME = "truth.jsonl"
DRUMS = "loop (drum"
PICK_UP = "pick-up"
MOST = 1 << 28
"""Bytes of a `truth.jsonl` that are read."""


class Truth(msgspec.Struct, frozen=True):
    path: str
    set: str
    bpm: float | None = None
    tempo_kind: str | None = None
    beats: tuple[float, ...] | None = None
    grid_ok: bool | None = None
    first_downbeat: float | None = None
    meter: str | None = None
    beats_per_bar: int | None = None
    key: str | None = None
    kind: str | None = None
    notes: str | None = None

    @property
    def steady(self) -> bool:
        """Whether its tempo is known and one."""
        return self.bpm is not None and self.tempo_kind == "constant"

    @property
    def gridded(self) -> bool:
        """Whether a grid of beats can be held against it."""
        return bool(self.steady and self.grid_ok and self.beats)

    @property
    def drums_alone(self) -> bool:
        return self.key is None and (self.kind or "").startswith(DRUMS)

    @property
    def metre(self) -> int | None:
        """Beats in a bar."""
        if self.meter is None:
            return self.beats_per_bar
        count, _, unit = self.meter.partition("/")
        return int(count) // 3 if unit == "8" and int(count) % 3 == 0 else int(count)

    @property
    def downbeats(self) -> tuple[float, ...]:
        """Where bars begin; none where that is not known."""
        metre, first, beats = self.metre, self.first_downbeat, self.beats
        if metre is None or first is None or not beats or PICK_UP in (self.notes or ""):
            return ()
        nearest = min(range(len(beats)), key=lambda number: abs(beats[number] - first))
        return beats[nearest % metre :: metre]


def read(corpus: Path, sets: Collection[str] = (), limit: int | None = None) -> list[Truth]:
    """Its rows, of these sets where any are named, of each the first *limit*.

    Raises:
        Invalid: there is no such file, a row cannot be understood, or names what is not there.
    """
    try:
        with (corpus / NAME).open("rb") as file:
            lines = file.read(MOST).splitlines()
    except OSError as error:
        raise Invalid(f"{corpus} is no corpus: {NAME} cannot be read ({error.strerror})") from error
    rows = [_row(corpus, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if unknown := sorted(set(sets) - {row.set for row in rows}):
        known = ", ".join(sorted({row.set for row in rows}))
        raise Invalid(f"no recording is of the set {unknown[0]!r}; known are {known}")
    found: list[Truth] = []
    counts: dict[str, int] = {}
    for row in rows:
        if not sets or row.set in sets:
            counts[row.set] = counts.get(row.set, 0) + 1
            if limit is None or counts[row.set] <= limit:
                found.append(row)
    return found


def _row(corpus: Path, number: int, line: bytes) -> Truth:
    where = f"{NAME}, line {number}"
    try:
        row = msgspec.json.decode(line, type=Truth)
        if row.metre is not None and row.metre < 1:
            raise ValueError(f"{row.metre} beats are no bar")
    except (msgspec.MsgspecError, ValueError, UnicodeDecodeError) as error:
        raise Invalid(f"{where}: {error}") from error
    if row.key is not None and harmony.parse(row.key) is None:
        raise Invalid(f"{where}: {row.key!r} is no key")
    if not (corpus / row.path).is_file():
        raise Invalid(f"{where}: there is no file {row.path!r}")
    return row
