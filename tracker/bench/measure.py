"""How dear and how right measuring is: `python -m tracker.bench measure [CORPUS]`.

Parts, of which `--only` chooses: `cost` (CPU by stage and format, and of music), `memory` (of a
caged worker), `levels` (loudness, true peak); and of CORPUS, a folder that `truth` describes:
`tempo`, `beats` (with changing tempo made here, and rubato), `key`, `false` (answers where there is
none, on sounds that `made` makes), `confidence` (whether it is a probability), `alike` (retrieval of
the same source, and what its neighbours' labels suggest). Peers that can be imported hear the same
files; `--peers none` spares the time. At the end stands each goal, met or missed. Without CORPUS
only `cost` is measured, unless others are named.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from tracker.bench import accuracy, answers, cost, goals, interval, judged, levels, made, truth
from tracker.bench import peers as others
from tracker.bench.decoder import opened
from tracker.bench.figure import Figure, Table
from tracker.bench.goals import Reached
from tracker.bench.judged import Blank, Judged, Reach
from tracker.bench.stage import Stage
from tracker.errors import Invalid, TrackerError

ALONE = ("cost", "memory", "levels", "false")
"""Parts that need no corpus."""
PARTS = ("tempo", "beats", "key", "false", "confidence", "alike", "levels", "cost", "memory")
MIREXED = ("tempo", "beats", "key", "confidence")
"""Parts that score answers."""
COMPARED = ("tempo", "beats", "key", "false")
MINUTES = (3, 10)
HOURS = 3
FILES, PIECE, JOBS = 10, 1 << 18, 2
"""How many short files, of how many bytes, show what a new worker costs; each is read and measured."""
SAMPLE = 12
"""Recordings whose loudness is held against pyloudnorm."""


def run(stage: Stage) -> Iterator[Figure | Table]:
    trial = stage.trial
    parts = chosen(trial.parts, trial.corpus)
    if set(parts) & set(MIREXED):
        accuracy.needed()
    reached: Reach = {}
    if trial.corpus and set(parts) - {"cost", "memory"}:
        rows = truth.read(trial.corpus, trial.sets, trial.limit)
        yield from heard(stage, parts, rows, reached)
    elif "false" in parts:
        yield from heard(stage, parts, [], reached)
    failed: Exception | None = None
    for part, work in (("levels", loudness), ("cost", spending), ("memory", remembering)):
        if part in parts:
            stage.say(part)
            try:
                yield from work(stage, reached)
            except (TrackerError, OSError) as error:  # what is known is told all the same
                failed = error
    if reached and (trial.corpus or parts != ("cost",)):
        yield goals.table(reached)
    if failed:
        raise failed


def chosen(wanted: Collection[str], corpus: Path | None) -> tuple[str, ...]:
    """The parts in our order. Raises Invalid for one that is unknown, or needs a corpus."""
    if unknown := sorted(set(wanted) - set(PARTS)):
        raise Invalid(f"measure has no part {unknown[0]!r}; known are {', '.join(PARTS)}")
    if corpus is None and (homeless := sorted(set(wanted) - set(ALONE))):
        raise Invalid(f"{homeless[0]} needs a corpus; name its folder behind measure")
    usual = PARTS if corpus else ("cost",)
    return tuple(part for part in PARTS if part in (wanted or usual))


def heard(
    stage: Stage, parts: Sequence[str], rows: Sequence[truth.Truth], reached: Reach
) -> Iterator[Table]:
    """All that answers tell: each file is heard once, by everybody."""
    trial, folder = stage.trial, stage.folder / "made"
    folder.mkdir(exist_ok=True)
    stage.say("making sounds")
    wandering = [*made.changing(folder, trial.limit)] if "beats" in parts else []
    blank = [*made.blanks(folder, trial.limit)] if "false" in parts else []
    known = [*rows, *(one for one, _ in wandering)]
    corpus = [(trial.corpus or folder) / one.path for one in rows]
    paths = [*corpus, *(path for _, path in wandering), *(path for _, path in blank)]
    wanted = others.PACKAGES if trial.peers is None else trial.peers
    able = tuple(others.present(wanted)) if set(parts) & set(COMPARED) else ()
    needed = {*parts, *(("tempo", "key") if "confidence" in parts else ())}
    question = answers.Question(
        answers.features(needed),
        beats=bool(needed & {"tempo", "beats", "false"}),
        key=bool(needed & {"key", "false"}),
        peers=able,
    )
    everything = [*answers.hear(paths, question, trial.jobs, stage.say)]
    judging = [
        Judged(one, found) for one, found in zip(known, everything[: len(known)], strict=True)
    ]
    blanks = [
        Blank(kind, found) for (kind, _), found in zip(blank, everything[len(known) :], strict=True)
    ]
    yield from tables(parts, judging, blanks, reached)
    if able:
        yield from judged.spent(judging)


def tables(
    parts: Sequence[str], rows: Sequence[Judged], blanks: Sequence[Blank], reached: Reach
) -> Iterator[Table]:
    for part, judge in (
        ("tempo", judged.tempo), ("beats", judged.beats), ("key", judged.key),
        ("confidence", judged.confidence),
    ):  # fmt: skip
        if part in parts:
            found, new = judge(rows)
            reached |= new
            yield from found
    if "false" in parts:
        loops = [Blank("drums of the corpus", one.heard) for one in rows if one.truth.drums_alone]
        found, new = judged.false([*blanks, *loops])
        reached |= new
        yield from found
    if "alike" in parts:
        yield from judged.alike([one for one in rows if one.truth.tempo_kind != judged.CHANGING])


def loudness(stage: Stage, reached: Reach) -> Iterator[Table]:
    found = [*levels.deviations()]
    rows = [(one.what, one.loudness, one.true_peak) for one in found]
    if stage.trial.corpus:
        rows += [(f"pyloudnorm, {name}", value, None) for name, value in _held(stage)]
    yield Table("levels: how much too high", ("against", "LU", "dB of true peak"), rows)
    for name, place in (("loudness", 1), ("true peak", 2)):
        off = [abs(row[place]) for row in rows if row[place] is not None]  # type: ignore[arg-type]
        reached[name] = Reached(max(off), note=f"n {len(off)}") if off else None


def _held(stage: Stage) -> Iterator[tuple[str, float]]:
    """Some recordings of the corpus, from all over it."""
    from tracker.analysis import analyse

    trial = stage.trial
    assert trial.corpus  # noqa: S101
    rows = truth.read(trial.corpus, trial.sets, trial.limit)
    for row in rows[:: max(1, len(rows) // SAMPLE)]:
        path = trial.corpus / row.path
        with path.open("rb", buffering=0) as file:
            ours = analyse(file, os.fsencode(path), ["loudness"]).loudness
        with path.open("rb", buffering=0) as file, opened(file) as sound:
            blocks = [*sound.blocks()]
        if ours and sum(map(len, blocks)) > sound.rate:
            import numpy as np

            off = levels.against_pyloudnorm(np.concatenate(blocks), sound.rate, ours.integrated)
            if off is not None:
                yield path.name[:40], off


def spending(stage: Stage, reached: Reach) -> Iterator[Figure | Table]:
    sounds = stage.sounds
    found = {}
    for kind, one in zip(sounds, cost.costs(sounds.values()), strict=True):
        found[kind] = one
        yield from cost.figures(kind, one)
    yield cost.table(found)
    judged_on = [found["mp3"]] if "mp3" in found else []
    if corpus := stage.trial.corpus:
        stage.say("music as MP3")
        rows = truth.read(corpus, stage.trial.sets, stage.trial.limit)
        folder = stage.folder / "music"
        folder.mkdir()
        pieces = dict(cost.recordings(corpus, rows, folder))
        music = dict(zip(pieces, cost.costs(pieces.values()), strict=True))
        if music:
            yield cost.music(music)
            judged_on = [*music.values()]
    reached["cost"] = Reached.of(interval.mean(one.ratio for one in judged_on))
    reached["same cost"] = Reached.of(interval.mean(one.same / one.decode for one in judged_on))
    reached["speed"] = Reached.of(interval.mean(map(cost.tracks, judged_on)))


def remembering(stage: Stage, reached: Reach) -> Iterator[Figure]:
    """PSS of a caged worker; and how long a first file, and a new worker, take."""
    from tracker.bench import drop, memory, sounds
    from tracker.bench.figure import Goal

    for minutes in MINUTES:
        folder = stage.folder / f"long-{minutes}"
        folder.mkdir()
        piece = sounds.make_one(folder, ".mp3", minutes * 60)
        piece = piece.rename(folder / f"{minutes}-minutes.mp3")
        for figure in memory.worker(stage, piece, f"{minutes} minutes", Goal("<", 200)):
            if "at most" in figure.what and figure.value is not None:
                reached["memory"] = Reached(figure.value)
            yield figure
    if stage.size.long:
        whole = memory.long_piece(piece, stage.folder / "hours.mp3", HOURS * 60 / MINUTES[-1])
        for figure in memory.worker(stage, whole, f"{HOURS} hours", Goal("<", 400)):
            if "at most" in figure.what and figure.value is not None:
                reached["long memory"] = Reached(figure.value, note=f"{HOURS} h")
            yield figure
    first = drop.cold(stage)
    reached["cold"] = Reached(first, note=f"a piece of {stage.size.seconds} s")
    yield Figure("start of the daemon to the first measured row", first, "s", Goal("<", 5))
    again = renewed(stage)
    reached["new worker"] = Reached(again)
    yield Figure("what a new worker adds to a job", again, "s", Goal("<", 1))


def renewed(stage: Stage) -> float:
    """Seconds that a new worker adds to a job: the same with one for each, and with one for all."""
    from tracker.bench import memory
    from tracker.bench.private import Private

    piece = stage.sounds["mp3"].read_bytes()[:PIECE]
    taken = []
    for recycle in (1, 1_000):
        config = f"{memory.ONE_WORKER}recycle = {recycle}\n"
        with Private(stage.folder / f"recycle-{recycle}", config) as private:
            private.start(private.music)
            private.call("settled")
            start = time.monotonic()
            for number in range(FILES):
                target = private.music / f"{number}.mp3"
                target.write_bytes(piece[: PIECE - number * PIECE // 100])
            private.call("settled")
            taken.append(time.monotonic() - start)
            if private.call("tracks.page").total != FILES:
                raise TrackerError("not all of the pieces became tracks")
    return max(0.0, taken[0] - taken[1]) / (FILES * JOBS)
